-- What the statements of a time come to, member by member, document by document and item by item.
SELECT
    l.member_id, l.document, l.item, l.kind, SUM(l.amount) AS amount,
    CAST(SUM(l.exact_amount) AS DECIMAL(38, 12)) AS exact_amount
FROM statement_lines AS l
JOIN items AS i ON i.item = l.item
GROUP BY l.member_id, l.document, l.item, l.kind, i.position
ORDER BY l.member_id, l.document DESC, i.position
