-- What members are owed for a month by their credit notes, by item and fund, VAT as an item of its own.
SELECT member_id, item, COALESCE(fund_id, '') AS fund_id, SUM(amount) AS amount
FROM statement_lines
WHERE month = $month AND document = 'credit_note'
GROUP BY member_id, item, COALESCE(fund_id, '')
ORDER BY member_id, MIN(line_number)
