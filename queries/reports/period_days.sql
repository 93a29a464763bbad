-- The local days of a community over a time, $start to $end (exclusive), in $zone. Of held intervals, whose energy is
-- not shared out, nothing is in the sums: they are counted.
SELECT
    local_day(b.interval_start, $zone) AS local_day,
    MIN(b.interval_start) AS first_start,
    SUM(b.production_kwh) FILTER (WHERE b.status <> 'held') AS production_kwh,
    SUM(b.consumption_kwh) FILTER (WHERE b.status <> 'held') AS consumption_kwh,
    SUM(b.shared_kwh) AS shared_kwh,
    SUM(b.residual_kwh) AS residual_kwh,
    SUM(b.surplus_kwh) AS surplus_kwh,
    COUNT(*) AS intervals,
    COUNT(*) FILTER (WHERE b.status = 'held') AS held_intervals,
    COUNT(*) FILTER (WHERE NOT is_settled(b.status)) AS open_intervals,
    MAX(b.missing_points) AS missing_points,
    MAX(COALESCE(e.estimated_points, 0)) AS estimated_points
FROM balances AS b
LEFT JOIN (
    SELECT
        interval_start,
        COUNT(DISTINCT metering_point_id) AS estimated_points
    FROM allocations
    WHERE quality IN ('estimated', 'substituted') AND interval_start >= $start AND interval_start < $end
    GROUP BY interval_start
) AS e ON e.interval_start = b.interval_start
WHERE b.interval_start >= $start AND b.interval_start < $end
GROUP BY local_day(b.interval_start, $zone)
ORDER BY local_day
