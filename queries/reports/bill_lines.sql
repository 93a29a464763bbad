-- The lines that the next bill of a month has, $month: those of its statement, after the first bill the drafted
-- corrections.
SELECT 'charge' AS entry, s.* EXCEPT (month, status, run_id, community_id)
FROM statement_lines AS s
WHERE s.month = $month AND NOT EXISTS (SELECT 1 FROM billed_lines AS b WHERE b.month = $month)
UNION ALL BY NAME
SELECT c.* EXCEPT (month, status, run_id, community_id, difference_kwh, difference_exact, difference_amount)
FROM corrections AS c
WHERE c.month = $month
ORDER BY member_id, line_number, line_id, entry DESC
