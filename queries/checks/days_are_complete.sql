-- A local day whose deadline has passed holds all its 92, 96 or 100 quarter-hours, each present or marked as missing.
SELECT d.local_day, d.interval_count, COUNT(i.interval_start) AS found
FROM days AS d
LEFT JOIN intervals AS i ON i.local_day = d.local_day
WHERE d.closed
GROUP BY d.local_day, d.interval_count
HAVING COUNT(i.interval_start) <> d.interval_count
