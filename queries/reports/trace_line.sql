-- One statement line by its id.
SELECT
    community_id, month, member_id, line_id, line_number, kind, item, producer_id, price_segment, price, vat_category,
    vat_percent, energy_kwh, exact_amount, amount, status, run_id, COALESCE(document, 'invoice') AS document,
        COALESCE(fund_id, '') AS fund_id,
    COALESCE(fund_part, 0) AS fund_part
FROM statement_lines
WHERE line_id = $line
