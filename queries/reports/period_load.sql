-- The load curve of a community over a time, interval by interval, with what is missing and what is estimated.
SELECT
    b.interval_start,
    b.production_kwh,
    b.consumption_kwh,
    b.shared_kwh,
    b.residual_kwh,
    b.surplus_kwh,
    b.status,
    b.missing_points,
    COALESCE(e.estimated_points, 0) AS estimated_points
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
ORDER BY b.interval_start
