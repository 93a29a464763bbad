-- What the bills of the month say, line by line, as it was told to the members.
SELECT m.month, l.*, r.run_id, m.community_id
FROM bill_lines AS l
CROSS JOIN months AS m
CROSS JOIN billing_run AS r
ORDER BY l.bill_number, l.position
