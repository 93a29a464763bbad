-- A member's month, as lines of two documents: the invoice says what it owes, the credit note what it is owed. Each net
-- line is rounded once from its unrounded sum, half away from zero, or is a part of a pot; VAT is a line of its own per
-- document, category and rate, from the sum of the net lines; the monthly fee comes once per member with an importing
-- participation. Free quantities are credited and minimum quantities charged by lines of their own, so that the energy
-- on energy lines stays what was shared.
WITH usage AS (
    SELECT m.* FROM member_months AS m JOIN items AS i ON i.item = m.item AND i.document = 'invoice'
),
-- The versions of each price that has quantities, as they count for a member; one that a price for a kind of member
-- interrupts counts on both sides of it.
term_days AS (
    SELECT
        b.member_id, t.item, t.producer_id, t.band, t.version, t.price, t.vat_category, t.vat_percent,
        t.free_kwh, t.minimum_kwh, t.minimum_amount, t.prorated, MAX(t.begins) AS begins,
        SUM(GREATEST(LEAST(t.end_day, b.end_day) - GREATEST(t.first_day, b.first_day), 0)) AS days
    FROM billed_members AS b
    JOIN quantity_terms AS t ON t.member_kind = b.member_kind
    WHERE EXISTS (SELECT 1 FROM balances)
    GROUP BY
        b.member_id, t.item, t.producer_id, t.band, t.version, t.price, t.vat_category, t.vat_percent, t.free_kwh,
        t.minimum_kwh, t.minimum_amount, t.prorated
),
terms AS (
    SELECT
        *,
        ROW_NUMBER() OVER (
            PARTITION BY member_id, item, producer_id, band ORDER BY begins DESC, version DESC
        ) AS from_last
    FROM term_days
),
-- Quantities are those of the month, over all versions of a price: of the version that counts last, or, where a version
-- is prorated, its part by days.
parts AS (
    SELECT
        t.*,
        CASE
            WHEN t.prorated THEN round_half_up(CAST(t.free_kwh * t.days / m.day_count AS DECIMAL(38, 12)), 6)
            WHEN t.from_last = 1 THEN t.free_kwh ELSE 0
        END AS free_part_kwh,
        CASE
            WHEN t.prorated THEN round_half_up(CAST(t.minimum_kwh * t.days / m.day_count AS DECIMAL(38, 12)), 6)
            WHEN t.from_last = 1 THEN t.minimum_kwh ELSE 0
        END AS minimum_part_kwh,
        CASE
            WHEN t.prorated THEN round_half_up(CAST(t.minimum_amount * t.days / m.day_count AS DECIMAL(38, 12)), 6)
            WHEN t.from_last = 1 THEN t.minimum_amount ELSE 0
        END AS minimum_part_amount
    FROM terms AS t
    CROSS JOIN months AS m
),
used AS (
    SELECT p.*, COALESCE(SUM(u.energy_kwh), 0) AS used_kwh
    FROM parts AS p
    LEFT JOIN usage AS u
        ON u.member_id = p.member_id AND u.item = p.item AND u.price_segment = p.version AND u.price = p.price
    GROUP BY
        p.member_id, p.item, p.producer_id, p.band, p.version, p.price, p.vat_category, p.vat_percent, p.begins,
        p.free_kwh, p.minimum_kwh, p.minimum_amount, p.prorated, p.days, p.from_last, p.free_part_kwh,
        p.minimum_part_kwh, p.minimum_part_amount
),
sums AS (
    SELECT
        u.*,
        SUM(u.used_kwh) OVER (PARTITION BY u.member_id, u.item, u.producer_id, u.band) AS month_kwh,
        SUM(u.used_kwh) OVER (
            PARTITION BY u.member_id, u.item, u.producer_id, u.band ORDER BY u.begins, u.version
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS until_kwh,
        SUM(u.free_part_kwh) OVER (PARTITION BY u.member_id, u.item, u.producer_id, u.band) AS month_free_kwh,
        SUM(u.minimum_part_kwh) OVER (PARTITION BY u.member_id, u.item, u.producer_id, u.band) AS month_minimum_kwh,
        SUM(u.minimum_part_amount) OVER (PARTITION BY u.member_id, u.item, u.producer_id, u.band)
        AS month_minimum_amount
    FROM used AS u
),
-- The first energy of the month is free; what is missing to the minimum costs what the last energy would.
adjustments AS (
    SELECT
        s.member_id, s.item, s.producer_id, s.band, s.version, s.price, s.vat_category, s.vat_percent, s.from_last,
        s.used_kwh, s.month_minimum_amount,
        -GREATEST(LEAST(s.month_free_kwh - (s.until_kwh - s.used_kwh), s.used_kwh), 0) AS free_part_kwh,
        CASE
            WHEN s.from_last = 1
                THEN GREATEST(s.month_minimum_kwh - GREATEST(s.month_kwh - s.month_free_kwh, 0), 0)
            ELSE 0
        END AS minimum_part_kwh
    FROM sums AS s
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
        CAST(CAST(minimum_part_kwh AS DECIMAL(18, 6)) * CAST(price AS DECIMAL(18, 6)) AS DECIMAL(38, 12))
            AS exact_amount
    FROM adjustments
    WHERE minimum_part_kwh > 0
),
-- What is missing to a minimum amount, after the energy that is free and that which is paid for in any case.
charged AS (
    SELECT
        a.*,
        SUM(CAST(
            CAST(a.used_kwh + a.free_part_kwh + a.minimum_part_kwh AS DECIMAL(18, 6)) * CAST(a.price AS DECIMAL(18, 6))
            AS DECIMAL(38, 12)
        )) OVER (PARTITION BY a.member_id, a.item, a.producer_id, a.band) AS month_amount
    FROM adjustments AS a
),
minimum_amounts AS (
    SELECT
        member_id, 'minimum_amount' AS item, producer_id, version AS price_segment,
        CAST(month_minimum_amount AS DECIMAL(18, 6)) AS price, vat_category, vat_percent,
        CAST(0 AS DECIMAL(18, 6)) AS energy_kwh,
        CAST(CAST(month_minimum_amount AS DECIMAL(38, 12)) - month_amount AS DECIMAL(38, 12)) AS exact_amount
    FROM charged
    WHERE from_last = 1 AND month_minimum_amount > month_amount
),
monthly AS (
    SELECT
        b.member_id, p.version, p.price_per_month, p.vat_category, p.vat_percent,
        ROW_NUMBER() OVER (PARTITION BY b.member_id ORDER BY p.member_kind DESC) AS rank
    FROM billed_members AS b
    JOIN prices AS p
        ON p.item = 'monthly_fee' AND p.price_per_month IS NOT NULL
        AND p.valid_from <= b.member_from AND b.member_from < p.valid_to
        AND (p.member_kind = b.member_kind OR p.member_kind = '')
    WHERE EXISTS (SELECT 1 FROM balances)
),
fees AS (
    SELECT
        member_id, 'monthly_fee' AS item, '' AS producer_id, version AS price_segment, price_per_month AS price,
        vat_category, vat_percent,
        CAST(0 AS DECIMAL(18, 6)) AS energy_kwh,
        CAST(price_per_month AS DECIMAL(38, 12)) AS exact_amount
    FROM monthly
    WHERE rank = 1
),
credits AS (
    SELECT m.* FROM member_months AS m JOIN items AS i ON i.item = m.item AND i.document = 'credit_note'
        AND NOT i.by_pot
),
surplus AS (
    SELECT
        s.*, p.amount AS part_amount, p.part, CAST(ABS(s.exact_amount) AS DECIMAL(18, 6)) AS weight,
        CONCAT_WS(
            '|', s.member_id, CAST(s.price_segment AS VARCHAR), CAST(s.price AS VARCHAR), s.vat_category,
            CAST(s.vat_percent AS VARCHAR)
        ) AS id
    FROM member_months AS s
    JOIN pots AS p ON p.pot_id = 'surplus_sale' AND p.part = CASE WHEN s.exact_amount < 0 THEN 2 ELSE 1 END
    WHERE s.item = 'surplus_revenue' AND s.price_segment <> 0
),
energy_weights AS (
    SELECT i.weight_by, m.member_id, CAST(SUM(m.energy_kwh) AS DECIMAL(18, 6)) AS energy_kwh
    FROM member_months AS m
    JOIN items AS i ON i.item = m.item AND i.weight_by IS NOT NULL
    GROUP BY i.weight_by, m.member_id
),
fund_shares AS (
    SELECT
        f.member_id, p.pot_id AS fund_id, p.version, p.part, p.amount AS part_amount, t.tie_by_id,
        CAST(COALESCE(e.energy_kwh, 0) AS DECIMAL(18, 6)) AS energy_kwh,
        CASE p.weight_by
            WHEN 'equal' THEN CAST(1 AS DECIMAL(18, 6))
            WHEN 'capital' THEN CAST(COALESCE(c.capital_days, 0) AS DECIMAL(18, 6))
            ELSE CAST(COALESCE(e.energy_kwh, 0) AS DECIMAL(18, 6))
        END AS weight
    FROM pots AS p
    JOIN fund_parts AS t ON t.version = p.version AND t.part = p.part
    JOIN fund_members AS f ON f.version = p.version AND f.part = p.part
    LEFT JOIN energy_weights AS e ON e.weight_by = p.weight_by AND e.member_id = f.member_id
    LEFT JOIN capital_days AS c ON c.member_id = f.member_id
),
interest_shares AS (
    SELECT
        c.member_id, t.version,
        interest(c.capital_days, t.rate_percent, CAST(1 AS BIGINT), t.days_of_year, m.minor_digits) AS amount
    FROM interest_terms AS t
    JOIN capital_of_years AS c ON c.version = t.version
    CROSS JOIN months AS m
    WHERE t.budget IS NULL
    UNION ALL
    SELECT
        c.member_id, t.version,
        largest_remainder(
            t.budget, c.capital_days, c.member_id, m.minor_digits, CASE WHEN NOT t.tie_by_id THEN m.month_start END
        ) OVER (PARTITION BY t.version) AS amount
    FROM interest_terms AS t
    JOIN capital_of_years AS c ON c.version = t.version
    CROSS JOIN months AS m
    WHERE t.budget IS NOT NULL
),
shares AS (
    SELECT
        s.member_id, s.item, s.producer_id, s.price_segment, s.price, s.vat_category, s.vat_percent, s.energy_kwh,
        s.exact_amount,
        largest_remainder(s.part_amount, s.weight, s.id, m.minor_digits, m.month_start) OVER (PARTITION BY s.part)
        AS amount,
        '' AS fund_id, 0 AS fund_part
    FROM surplus AS s
    CROSS JOIN months AS m
    UNION ALL
    SELECT
        f.member_id, 'fund_share' AS item, '' AS producer_id, f.version AS price_segment,
        CAST(NULL AS DECIMAL(18, 6)) AS price, 'O' AS vat_category, CAST(0 AS DECIMAL(5, 2)) AS vat_percent,
            f.energy_kwh,
        CAST(f.amount AS DECIMAL(38, 12)) AS exact_amount, f.amount, f.fund_id, f.part AS fund_part
    FROM (
        SELECT
            s.*,
            largest_remainder(
                s.part_amount, s.weight, s.member_id, m.minor_digits, CASE WHEN NOT s.tie_by_id THEN m.month_start END
            ) OVER (PARTITION BY s.fund_id, s.version, s.part) AS amount
        FROM fund_shares AS s
        CROSS JOIN months AS m
    ) AS f
    WHERE f.amount <> 0
    UNION ALL
    SELECT
        i.member_id, 'capital_interest' AS item, '' AS producer_id, i.version AS price_segment,
        CAST(NULL AS DECIMAL(18, 6)) AS price, 'O' AS vat_category, CAST(0 AS DECIMAL(5, 2)) AS vat_percent,
        CAST(0 AS DECIMAL(18, 6)) AS energy_kwh, CAST(i.amount AS DECIMAL(38, 12)) AS exact_amount, i.amount,
        '' AS fund_id, 0 AS fund_part
    FROM interest_shares AS i
    WHERE i.amount <> 0 AND EXISTS (SELECT 1 FROM balances)
),
net AS (
    SELECT 'net' AS kind, i.document, l.*
    FROM (
        SELECT
            u.member_id, u.item, u.producer_id, u.price_segment, u.price, u.vat_category, u.vat_percent, u.energy_kwh,
            u.exact_amount, CAST(round_half_up(u.exact_amount, m.minor_digits) AS DECIMAL(18, 6)) AS amount,
            '' AS fund_id, 0 AS fund_part
        FROM (
            SELECT * FROM usage
            UNION ALL
            SELECT * FROM free_and_minimum
            UNION ALL
            SELECT * FROM minimum_amounts
            UNION ALL
            SELECT * FROM fees
            UNION ALL
            SELECT * FROM credits
        ) AS u
        CROSS JOIN months AS m
        UNION ALL
        SELECT * FROM shares
    ) AS l
    JOIN items AS i ON i.item = l.item
),
vat_base AS (
    SELECT
        document, member_id, vat_category, vat_percent,
        CAST(
            CAST(SUM(amount) AS DECIMAL(20, 6)) * CAST(vat_percent AS DECIMAL(5, 2)) * CAST('0.01' AS DECIMAL(3, 2))
            AS DECIMAL(38, 12)
        ) AS exact_amount
    FROM net
    WHERE vat_percent <> 0
    GROUP BY document, member_id, vat_category, vat_percent
),
vat AS (
    SELECT
        'vat' AS kind, v.document, v.member_id, 'vat' AS item, '' AS producer_id, 0 AS price_segment,
        CAST(0 AS DECIMAL(18, 6)) AS price, v.vat_category, v.vat_percent,
        CAST(0 AS DECIMAL(18, 6)) AS energy_kwh, v.exact_amount,
        CAST(round_half_up(v.exact_amount, m.minor_digits) AS DECIMAL(18, 6)) AS amount, '' AS fund_id, 0 AS fund_part
    FROM vat_base AS v
    CROSS JOIN months AS m
),
counted AS (
    SELECT COUNT(*) FILTER (WHERE is_settled(status)) AS complete_intervals FROM balances
    WHERE NOT EXISTS (SELECT 1 FROM member_days WHERE provisional_intervals > 0)
)
SELECT
    m.month,
    l.member_id,
    SUBSTR(ENCODE(SHA256(CONCAT_WS(
        '|', m.community_id, CAST(m.month AS VARCHAR), l.member_id, l.kind, l.item, l.producer_id,
        CAST(l.price_segment AS VARCHAR), l.vat_category, CAST(l.vat_percent AS VARCHAR),
        CASE WHEN l.document = 'credit_note' THEN CONCAT('credit_note|', l.fund_id, '|', CAST(l.fund_part
            AS VARCHAR)) END
    )), 'hex'), 1, 16) AS line_id,
    ROW_NUMBER() OVER (
        PARTITION BY l.member_id, l.document
        ORDER BY i.position, l.producer_id, l.fund_id, l.fund_part, l.price_segment, l.vat_category, l.vat_percent
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
    l.document,
    l.fund_id,
    l.fund_part,
    m.community_id
FROM (SELECT * FROM net UNION ALL SELECT * FROM vat) AS l
CROSS JOIN months AS m
CROSS JOIN counted AS c
JOIN items AS i ON i.item = l.item
ORDER BY l.member_id, l.document DESC, line_number
