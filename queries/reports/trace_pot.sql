-- The lines that share the surplus revenue of the month with one line, each with what decides its part.
WITH asked AS (
    SELECT community_id, month, CASE WHEN exact_amount < 0 THEN 2 ELSE 1 END AS part
    FROM statement_lines
    WHERE line_id = $line
)
SELECT
    l.line_id, l.exact_amount, l.amount, ABS(CAST(l.exact_amount AS DECIMAL(18, 6))) AS weight,
    CONCAT_WS(
        '|', l.member_id, CAST(l.price_segment AS VARCHAR), CAST(l.price AS VARCHAR), l.vat_category,
        CAST(l.vat_percent AS VARCHAR)
    ) AS id
FROM statement_lines AS l
JOIN asked AS a
    ON a.community_id = l.community_id AND a.month = l.month
    AND a.part = CASE WHEN l.exact_amount < 0 THEN 2 ELSE 1 END
WHERE l.item = 'surplus_revenue'
ORDER BY id
