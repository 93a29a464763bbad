-- The books of a month: sums of postings by account, item and VAT, and by producing member where the account has one.
SELECT
    account,
    CASE WHEN account IN ('rounding', 'revenue_energy') THEN member_id ELSE '' END AS member_id,
    item, vat_category, vat_percent, SUM(debit) AS debit, SUM(credit) AS credit
FROM postings
WHERE month = $month
GROUP BY
    account, CASE WHEN account IN ('rounding', 'revenue_energy') THEN member_id ELSE '' END, item, vat_category,
    vat_percent
ORDER BY account, member_id, item, vat_category, vat_percent
