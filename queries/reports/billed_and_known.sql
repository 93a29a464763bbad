-- What each member was billed of a month by its invoices, with all bills of `bill_lines`, beside what its statement
-- says, $month.
WITH told AS (
    SELECT member_id, SUM(amount) AS amount FROM bill_lines WHERE COALESCE(document, 'invoice') = 'invoice'
    GROUP BY member_id
),
stated AS (
    SELECT member_id, SUM(amount) AS amount FROM statement_lines
    WHERE month = $month AND COALESCE(document, 'invoice') = 'invoice'
    GROUP BY member_id
)
SELECT
    COALESCE(t.member_id, s.member_id) AS member_id,
    CAST(COALESCE(t.amount, 0) AS DECIMAL(18, 6)) AS billed_amount,
    CAST(COALESCE(s.amount, 0) AS DECIMAL(18, 6)) AS known_amount,
    CAST(COALESCE(s.amount, 0) - COALESCE(t.amount, 0) AS DECIMAL(18, 6)) AS difference_amount
FROM told AS t
FULL JOIN stated AS s ON s.member_id = t.member_id
ORDER BY member_id
