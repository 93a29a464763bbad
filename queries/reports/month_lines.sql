-- The statement lines of a month, in the order in which a statement shows them.
SELECT
    member_id, line_number, line_id, kind, item, producer_id, price, vat_category, vat_percent, energy_kwh,
        exact_amount,
    amount, status, run_id, COALESCE(document, 'invoice') AS document, COALESCE(fund_id, '') AS fund_id,
    COALESCE(fund_part, 0) AS fund_part
FROM statement_lines
WHERE month = $month
ORDER BY member_id, document DESC, line_number
