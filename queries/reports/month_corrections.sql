-- The drafted corrections of a billed month, $month.
SELECT
    member_id, line_id, entry, COALESCE(document, 'invoice') AS document, kind, item, producer_id, price,
        vat_category, vat_percent, energy_kwh, exact_amount, amount,
    difference_kwh, difference_exact, difference_amount, status
FROM corrections
WHERE month = $month
