-- The local days of a time, $start to $end (exclusive), in $zone, with how many of their intervals are settled.
SELECT
    local_day(interval_start, $zone) AS local_day,
    COUNT(*) FILTER (WHERE is_settled(status)) AS settled_intervals,
    COUNT(*) FILTER (WHERE status = 'provisional') AS provisional_intervals,
    COUNT(*) FILTER (WHERE status = 'held') AS held_intervals
FROM balances
WHERE interval_start >= $start AND interval_start < $end
GROUP BY local_day(interval_start, $zone)
ORDER BY local_day
