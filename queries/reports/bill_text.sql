-- The lines of bills that were known at some time, from `bill_lines`, in the order of the bills.
SELECT
    bill_number, billed_at, member_id, line_id, entry, COALESCE(document, 'invoice') AS document, kind, item,
        producer_id, price, vat_category, vat_percent, energy_kwh,
    exact_amount, amount
FROM bill_lines
ORDER BY bill_number, position
