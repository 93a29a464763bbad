-- What is handed out with a month, part by part: the revenue of the surplus, rounded once, to its producers by what
-- each one's was sold for, or by the rules of a fund that takes it; and the funds, whose parts sum to the pot. Surplus
-- that was sold below nothing stands in a part of its own, so that both are split among those whose it was.
WITH revenue AS (
    SELECT CASE WHEN exact_amount < 0 THEN 2 ELSE 1 END AS part, CAST(SUM(exact_amount) AS DECIMAL(38, 12))
        AS exact_amount
    FROM member_months
    WHERE item = 'surplus_revenue' AND price_segment <> 0
    GROUP BY CASE WHEN exact_amount < 0 THEN 2 ELSE 1 END
),
surplus AS (
    SELECT r.part, CAST(round_half_up(r.exact_amount, m.minor_digits) AS DECIMAL(18, 6)) AS amount
    FROM revenue AS r
    CROSS JOIN months AS m
),
sold AS (
    SELECT CAST(COALESCE(SUM(amount), 0) AS DECIMAL(18, 6)) AS amount FROM surplus
),
taken AS (
    SELECT COUNT(*) AS funds FROM fund_parts WHERE source = 'surplus_sale'
),
fund_pots AS (
    SELECT
        f.fund_id, f.version, f.source, f.part, f.percent, f.beneficiary, f.weight_by, m.minor_digits,
        CAST(
            round_half_up(CAST(COALESCE(f.fund_amount, s.amount) AS DECIMAL(38, 12)), m.minor_digits) AS DECIMAL(18, 6)
        ) AS pot_amount
    FROM fund_parts AS f
    CROSS JOIN sold AS s
    CROSS JOIN months AS m
    WHERE EXISTS (SELECT 1 FROM balances)
),
parts AS (
    SELECT
        'surplus_sale' AS pot_id, CAST(0 AS BIGINT) AS version, 'surplus_sale' AS source, t.amount AS pot_amount,
            s.part,
        CAST(100 AS DECIMAL(5, 2)) AS percent, 'producers' AS beneficiary, 'revenue' AS weight_by, s.amount
    FROM surplus AS s
    CROSS JOIN sold AS t
    CROSS JOIN taken AS k
    WHERE k.funds = 0
    UNION ALL
    SELECT
        fund_id, version, source, pot_amount, part, percent, beneficiary, weight_by,
        largest_remainder(
            pot_amount, CAST(percent AS DECIMAL(18, 6)), LPAD(CAST(part AS VARCHAR), 4, '0'), minor_digits,
            CAST(NULL AS TIMESTAMP)
        ) OVER (PARTITION BY fund_id, version) AS amount
    FROM fund_pots
),
counted AS (
    SELECT COUNT(*) FILTER (WHERE is_settled(status)) AS complete_intervals FROM balances
)
SELECT
    m.month,
    p.pot_id,
    p.version,
    p.source,
    p.pot_amount,
    p.part,
    p.percent,
    p.beneficiary,
    p.weight_by,
    p.amount,
    CASE WHEN c.complete_intervals = m.interval_count THEN 'final' ELSE 'provisional' END AS status,
    m.run_id,
    m.community_id
FROM parts AS p
CROSS JOIN months AS m
CROSS JOIN counted AS c
ORDER BY p.pot_id, p.version, p.part
