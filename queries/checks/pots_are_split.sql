-- What members get of a part of a pot is that part, or nothing where nobody could get any of it; parts sum to their
-- pot.
WITH given AS (
    SELECT
        CASE WHEN item = 'fund_share' THEN fund_id ELSE 'surplus_sale' END AS pot_id, fund_part AS part,
        SUM(amount) AS amount
    FROM statement_lines
    WHERE item IN ('fund_share', 'surplus_revenue')
    GROUP BY CASE WHEN item = 'fund_share' THEN fund_id ELSE 'surplus_sale' END, fund_part
),
wanted AS (
    SELECT pot_id, CASE WHEN version = 0 THEN 0 ELSE part END AS part, version, SUM(amount) AS amount
    FROM pots
    WHERE beneficiary <> 'social'
    GROUP BY pot_id, CASE WHEN version = 0 THEN 0 ELSE part END, version
)
SELECT
    COALESCE(w.pot_id, g.pot_id) AS pot_id, COALESCE(w.part, g.part) AS part, w.amount AS pot_amount,
    g.amount AS given_amount
FROM wanted AS w
FULL JOIN given AS g ON g.pot_id = w.pot_id AND g.part = w.part
WHERE (g.amount IS NOT NULL AND w.amount IS DISTINCT FROM g.amount)
    OR (g.amount IS NULL AND w.version = 0 AND w.amount <> 0)
UNION ALL
SELECT pot_id, CAST(NULL AS INT) AS part, pot_amount, SUM(amount) AS given_amount
FROM pots
GROUP BY pot_id, version, pot_amount
HAVING SUM(amount) <> pot_amount
