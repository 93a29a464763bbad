-- What each member was billed of a month by its invoices, from `bill_lines` of bills that were known at some time.
SELECT
    bill_number,
    member_id,
    CAST(COALESCE(SUM(amount) FILTER (WHERE kind <> 'vat'), 0) AS DECIMAL(18, 6)) AS net_amount,
    CAST(COALESCE(SUM(amount) FILTER (WHERE kind = 'vat'), 0) AS DECIMAL(18, 6)) AS vat_amount,
    CAST(SUM(amount) AS DECIMAL(18, 6)) AS total_amount
FROM bill_lines
WHERE COALESCE(document, 'invoice') = 'invoice'
GROUP BY bill_number, member_id
ORDER BY bill_number, member_id
