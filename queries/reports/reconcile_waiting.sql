-- How many intervals of a time, $start to $end (exclusive), still wait: nothing of them can be compared, because
-- readings or the operator's figures have not come.
SELECT COUNT(*) AS interval_count
FROM balances AS b
LEFT ANTI JOIN reconciliation AS r ON r.interval_start = b.interval_start
WHERE b.interval_start >= $start AND b.interval_start < $end AND b.status IN ('provisional', 'held')
