-- The community as a whole, interval by interval.
SELECT
    i.interval_start,
    COALESCE(SUM(a.energy_kwh) FILTER (WHERE a.direction = 'export'), 0) AS production_kwh,
    COALESCE(SUM(a.energy_kwh) FILTER (WHERE a.direction = 'import'), 0) AS consumption_kwh,
    CASE WHEN i.status <> 'held'
        THEN COALESCE(SUM(a.allocated_kwh) FILTER (WHERE a.direction = 'import'), 0) END AS shared_kwh,
    CASE WHEN i.status <> 'held'
        THEN COALESCE(SUM(a.rest_kwh) FILTER (WHERE a.direction = 'import'), 0) END AS residual_kwh,
    CASE WHEN i.status <> 'held'
        THEN COALESCE(SUM(a.rest_kwh) FILTER (WHERE a.direction = 'export'), 0) END AS surplus_kwh,
    i.expected_points,
    i.missing_points,
    i.status,
    i.run_id,
    i.community_id
FROM intervals AS i
LEFT JOIN allocations AS a ON a.interval_start = i.interval_start
GROUP BY i.interval_start, i.expected_points, i.missing_points, i.status, i.run_id, i.community_id
ORDER BY interval_start
