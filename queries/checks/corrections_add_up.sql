-- What a member was billed for a month, with what is drafted to correct it, is what its statement says now.
WITH told AS (
    SELECT member_id, energy_kwh, exact_amount, amount FROM billed_lines
    UNION ALL
    SELECT member_id, energy_kwh, exact_amount, amount FROM corrections
),
billed AS (
    SELECT member_id, SUM(energy_kwh) AS energy_kwh, SUM(exact_amount) AS exact_amount, SUM(amount) AS amount
    FROM told
    GROUP BY member_id
),
stated AS (
    SELECT member_id, SUM(energy_kwh) AS energy_kwh, SUM(exact_amount) AS exact_amount, SUM(amount) AS amount
    FROM statement_lines
    GROUP BY member_id
),
drafted AS (
    SELECT
        member_id,
        SUM(difference_kwh) - SUM(energy_kwh) AS energy_kwh,
        SUM(difference_exact) - SUM(exact_amount) AS exact_amount,
        SUM(difference_amount) - SUM(amount) AS amount
    FROM corrections
    GROUP BY member_id
)
SELECT
    COALESCE(b.member_id, s.member_id) AS member_id,
    COALESCE(b.energy_kwh, 0) AS billed_kwh, COALESCE(s.energy_kwh, 0) AS stated_kwh,
    COALESCE(b.exact_amount, 0) AS billed_exact, COALESCE(s.exact_amount, 0) AS stated_exact,
    COALESCE(b.amount, 0) AS billed_amount, COALESCE(s.amount, 0) AS stated_amount
FROM billed AS b
FULL JOIN stated AS s ON s.member_id = b.member_id
LEFT JOIN drafted AS d ON d.member_id = COALESCE(b.member_id, s.member_id)
WHERE EXISTS (SELECT 1 FROM bills)
    AND (
        COALESCE(b.energy_kwh, 0) <> COALESCE(s.energy_kwh, 0)
        OR COALESCE(b.exact_amount, 0) <> COALESCE(s.exact_amount, 0)
        OR COALESCE(b.amount, 0) <> COALESCE(s.amount, 0)
        OR d.energy_kwh <> 0 OR d.exact_amount <> 0 OR d.amount <> 0
    )
