-- The pots of a month and their parts, with what members got of each.
SELECT
    p.pot_id, p.source, p.pot_amount, p.part, p.percent, p.beneficiary, p.weight_by, p.amount,
    COALESCE(SUM(l.amount), 0) AS given_amount
FROM pots AS p
LEFT JOIN statement_lines AS l
    ON l.month = p.month AND l.fund_id = p.pot_id AND l.fund_part = p.part
WHERE p.month = $month
GROUP BY p.pot_id, p.source, p.pot_amount, p.part, p.percent, p.beneficiary, p.weight_by, p.amount
ORDER BY p.pot_id, p.part
