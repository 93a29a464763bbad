-- The month on a member's statement is the sum of its days, in energy and, before rounding, in money.
WITH days AS (
    SELECT member_id, item, SUM(energy_kwh) AS energy_kwh, SUM(amount) AS amount
    FROM member_days
    GROUP BY member_id, item
),
lines AS (
    SELECT member_id, item, SUM(energy_kwh) AS energy_kwh, SUM(exact_amount) AS amount
    FROM statement_lines
    WHERE kind = 'net' AND item IN ('internal_energy', 'community_fee')
    GROUP BY member_id, item
)
SELECT
    COALESCE(d.member_id, l.member_id) AS member_id, COALESCE(d.item, l.item) AS item,
    d.energy_kwh AS days_kwh, l.energy_kwh AS lines_kwh, d.amount AS days_amount, l.amount AS lines_amount
FROM days AS d
FULL JOIN lines AS l ON l.member_id = d.member_id AND l.item = d.item
WHERE (d.energy_kwh IS DISTINCT FROM l.energy_kwh) OR (d.amount IS DISTINCT FROM l.amount)
