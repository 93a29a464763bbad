-- The month on a member's documents is the sum of its days, in energy and, before rounding, in money; revenue of
-- surplus only where no fund takes it.
WITH pot AS (
    SELECT COUNT(*) AS parts FROM pots WHERE pot_id = 'surplus_sale'
),
days AS (
    SELECT d.member_id, d.item, SUM(d.energy_kwh) AS energy_kwh, SUM(d.amount) AS amount
    FROM member_days AS d
    CROSS JOIN pot AS p
    WHERE d.item <> 'surplus_revenue' OR (d.price_segment <> 0 AND p.parts > 0)
    GROUP BY d.member_id, d.item
),
lines AS (
    SELECT s.member_id, s.item, SUM(s.energy_kwh) AS energy_kwh, SUM(s.exact_amount) AS amount
    FROM statement_lines AS s
    JOIN items AS i ON i.item = s.item AND i.of_intervals
    WHERE s.kind = 'net'
    GROUP BY s.member_id, s.item
)
SELECT
    COALESCE(d.member_id, l.member_id) AS member_id, COALESCE(d.item, l.item) AS item,
    d.energy_kwh AS days_kwh, l.energy_kwh AS lines_kwh, d.amount AS days_amount, l.amount AS lines_amount
FROM days AS d
FULL JOIN lines AS l ON l.member_id = d.member_id AND l.item = d.item
WHERE (d.energy_kwh IS DISTINCT FROM l.energy_kwh) OR (d.amount IS DISTINCT FROM l.amount)
