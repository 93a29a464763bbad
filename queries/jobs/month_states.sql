-- How far a month has come. RAW: nothing could be shared out yet; PROVISIONAL: an interval or a price is still open;
-- SETTLED: nothing is, and it is not billed; BILLED; CORRECTED: since the bill a correction was drafted or billed. A
-- month that nobody has sent anything of has no state.
WITH counted AS (
    SELECT
        COUNT(*) AS intervals,
        COUNT(*) FILTER (WHERE status = 'complete') AS complete_intervals,
        COUNT(*) FILTER (WHERE status = 'estimated') AS estimated_intervals,
        COUNT(*) FILTER (WHERE status = 'zeroed') AS zeroed_intervals,
        COUNT(*) FILTER (WHERE status = 'provisional') AS provisional_intervals,
        COUNT(*) FILTER (WHERE status = 'held') AS held_intervals,
        COUNT(*) FILTER (WHERE is_settled(status)) AS settled_intervals
    FROM balances
),
-- Days whose intervals are all settled and that wait for a price.
unpriced AS (
    SELECT COUNT(DISTINCT d.local_day) AS unpriced_days
    FROM member_days AS d
    CROSS JOIN counted AS c
    CROSS JOIN months AS m
    WHERE d.provisional_intervals > 0 AND c.settled_intervals = m.interval_count
),
billed AS (
    SELECT COUNT(*) AS bills, MIN(billed_at) AS billed_at, MAX(billed_at) AS last_at FROM bills
),
told AS (
    SELECT COALESCE(SUM(amount), 0) AS billed_amount FROM billed_lines WHERE COALESCE(document, 'invoice') = 'invoice'
),
drafted AS (
    SELECT
        COUNT(DISTINCT line_id) AS open_corrections,
        COUNT(DISTINCT member_id) AS open_members,
        -- What members owe more, less what they are credited more.
        COALESCE(SUM(CASE WHEN document = 'credit_note' THEN -amount ELSE amount END), 0) AS open_amount
    FROM corrections
)
SELECT
    m.month,
    CASE
        WHEN b.bills > 1 OR (b.bills = 1 AND d.open_corrections > 0) THEN 'CORRECTED'
        WHEN b.bills = 1 THEN 'BILLED'
        WHEN c.settled_intervals = m.interval_count AND u.unpriced_days = 0 THEN 'SETTLED'
        WHEN c.settled_intervals + c.provisional_intervals > 0 THEN 'PROVISIONAL'
        ELSE 'RAW'
    END AS state,
    m.interval_count,
    c.complete_intervals,
    c.estimated_intervals,
    c.zeroed_intervals,
    c.provisional_intervals,
    c.held_intervals,
    u.unpriced_days,
    b.bills,
    b.billed_at,
    CASE WHEN b.bills > 1 THEN b.last_at END AS corrected_at,
    t.billed_amount,
    d.open_corrections,
    d.open_members,
    d.open_amount,
    r.statement_run_id,
    r.run_id,
    m.community_id
FROM months AS m
CROSS JOIN counted AS c
CROSS JOIN unpriced AS u
CROSS JOIN billed AS b
CROSS JOIN told AS t
CROSS JOIN drafted AS d
CROSS JOIN billing_run AS r
WHERE c.intervals > 0 OR b.bills > 0
