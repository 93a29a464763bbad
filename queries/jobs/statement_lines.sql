-- A member's month: each net line rounded once from its unrounded sum, half away from zero; VAT as a line of its own per
-- category and rate, from the sum of the net lines; the monthly fee once per member with an importing participation.
-- Free quantities are credited and minimum quantities charged by lines of their own, so that the energy on energy lines
-- stays what was shared.
WITH usage AS (
    SELECT
        member_id, item, producer_id, price_segment, price_per_kwh AS price, vat_category, vat_percent,
        CAST(SUM(energy_kwh) AS DECIMAL(18, 6)) AS energy_kwh,
        CAST(SUM(amount) AS DECIMAL(38, 12)) AS exact_amount
    FROM member_days
    GROUP BY member_id, item, producer_id, price_segment, price_per_kwh, vat_category, vat_percent
),
terms AS (
    SELECT DISTINCT version, item, producer_id, price_per_kwh AS price, vat_category, vat_percent, free_kwh, minimum_kwh
    FROM prices
    WHERE NOT varies AND (free_kwh > 0 OR minimum_kwh > 0)
),
quantities AS (
    SELECT
        b.member_id, t.item, t.producer_id, t.version, t.price, t.vat_category, t.vat_percent, t.free_kwh, t.minimum_kwh,
        COALESCE(SUM(u.energy_kwh), 0) AS used_kwh
    FROM billed_members AS b
    CROSS JOIN terms AS t
    LEFT JOIN usage AS u
        ON u.member_id = b.member_id AND u.item = t.item AND u.price_segment = t.version AND u.price = t.price
    WHERE EXISTS (SELECT 1 FROM balances)
    GROUP BY
        b.member_id, t.item, t.producer_id, t.version, t.price, t.vat_category, t.vat_percent, t.free_kwh, t.minimum_kwh
),
adjustments AS (
    SELECT
        q.*, -LEAST(q.used_kwh, COALESCE(q.free_kwh, 0)) AS free_part_kwh,
        GREATEST(COALESCE(q.minimum_kwh, 0) - GREATEST(q.used_kwh - COALESCE(q.free_kwh, 0), 0), 0) AS minimum_part_kwh
    FROM quantities AS q
),
free_and_minimum AS (
    SELECT
        member_id, 'free_energy' AS item, producer_id, version AS price_segment, price, vat_category, vat_percent,
        CAST(free_part_kwh AS DECIMAL(18, 6)) AS energy_kwh,
        CAST(CAST(free_part_kwh AS DECIMAL(18, 6)) * CAST(price AS DECIMAL(18, 6)) AS DECIMAL(38, 12)) AS exact_amount
    FROM adjustments
    WHERE free_part_kwh <> 0
    UNION ALL
    SELECT
        member_id, 'minimum_energy' AS item, producer_id, version AS price_segment, price, vat_category, vat_percent,
        CAST(minimum_part_kwh AS DECIMAL(18, 6)) AS energy_kwh,
        CAST(CAST(minimum_part_kwh AS DECIMAL(18, 6)) * CAST(price AS DECIMAL(18, 6)) AS DECIMAL(38, 12)) AS exact_amount
    FROM adjustments
    WHERE minimum_part_kwh > 0
),
fees AS (
    SELECT
        b.member_id, 'monthly_fee' AS item, '' AS producer_id, p.version AS price_segment, p.price_per_month AS price,
        p.vat_category, p.vat_percent,
        CAST(0 AS DECIMAL(18, 6)) AS energy_kwh,
        CAST(p.price_per_month AS DECIMAL(38, 12)) AS exact_amount
    FROM billed_members AS b
    JOIN prices AS p
        ON p.item = 'monthly_fee' AND p.price_per_month IS NOT NULL
        AND p.valid_from <= b.member_from AND b.member_from < p.valid_to
    WHERE EXISTS (SELECT 1 FROM balances)
),
net AS (
    SELECT
        'net' AS kind, u.member_id, u.item, u.producer_id, u.price_segment, u.price, u.vat_category, u.vat_percent,
        u.energy_kwh, u.exact_amount, round_half_up(u.exact_amount, m.minor_digits) AS amount
    FROM (SELECT * FROM usage UNION ALL SELECT * FROM free_and_minimum UNION ALL SELECT * FROM fees) AS u
    CROSS JOIN months AS m
),
vat_base AS (
    SELECT
        member_id, vat_category, vat_percent,
        CAST(
            CAST(SUM(amount) AS DECIMAL(20, 6)) * CAST(vat_percent AS DECIMAL(5, 2)) * CAST('0.01' AS DECIMAL(3, 2))
            AS DECIMAL(38, 12)
        ) AS exact_amount
    FROM net
    WHERE vat_percent <> 0
    GROUP BY member_id, vat_category, vat_percent
),
vat AS (
    SELECT
        'vat' AS kind, v.member_id, 'vat' AS item, '' AS producer_id, 0 AS price_segment,
        CAST(0 AS DECIMAL(18, 6)) AS price, v.vat_category, v.vat_percent,
        CAST(0 AS DECIMAL(18, 6)) AS energy_kwh, v.exact_amount,
        round_half_up(v.exact_amount, m.minor_digits) AS amount
    FROM vat_base AS v
    CROSS JOIN months AS m
),
counted AS (
    SELECT COUNT(*) FILTER (WHERE status IN ('complete', 'estimated', 'zeroed')) AS complete_intervals FROM balances
    WHERE NOT EXISTS (SELECT 1 FROM member_days WHERE provisional_intervals > 0)
)
SELECT
    m.month,
    l.member_id,
    SUBSTR(ENCODE(SHA256(CONCAT_WS(
        '|', m.community_id, CAST(m.month AS VARCHAR), l.member_id, l.kind, l.item, l.producer_id,
        CAST(l.price_segment AS VARCHAR), l.vat_category, CAST(l.vat_percent AS VARCHAR)
    )), 'hex'), 1, 16) AS line_id,
    ROW_NUMBER() OVER (
        PARTITION BY l.member_id
        ORDER BY
            CASE l.item
                WHEN 'internal_energy' THEN 1 WHEN 'community_fee' THEN 2 WHEN 'free_energy' THEN 3
                WHEN 'minimum_energy' THEN 4 WHEN 'monthly_fee' THEN 5 ELSE 6
            END,
            l.producer_id, l.price_segment, l.vat_category, l.vat_percent
    ) AS line_number,
    l.kind,
    l.item,
    l.producer_id,
    l.price_segment,
    l.price,
    l.vat_category,
    l.vat_percent,
    l.energy_kwh,
    l.exact_amount,
    l.amount,
    CASE WHEN c.complete_intervals = m.interval_count THEN 'final' ELSE 'provisional' END AS status,
    m.run_id,
    m.community_id
FROM (SELECT * FROM net UNION ALL SELECT * FROM vat) AS l
CROSS JOIN months AS m
CROSS JOIN counted AS c
ORDER BY member_id, line_number
