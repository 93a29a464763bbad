-- The community as a whole, interval by interval. What went into storages is consumption, what came out of them is
-- production: stored and released are the parts of the shared energy that did, so shared - stored was used at once or
-- later, and shared - released came from the plants.
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
    CASE WHEN i.status <> 'held' THEN i.stored_kwh END AS stored_kwh,
    CASE WHEN i.status <> 'held' THEN i.released_kwh END AS released_kwh,
    i.expected_points,
    i.missing_points,
    i.status,
    i.run_id,
    i.community_id
FROM intervals AS i
LEFT JOIN allocations AS a ON a.interval_start = i.interval_start
GROUP BY
    i.interval_start, i.stored_kwh, i.released_kwh, i.expected_points, i.missing_points, i.status, i.run_id,
        i.community_id
ORDER BY interval_start
