-- CO2 of a time, in grams, with how far it can be relied on. One row per factor set and scope, which are never added
-- up; none without factors. An interval is covered when it has factors, and its data and those of the grid are
-- complete; of the hours only those count whose every interval is. The widest uncertainty of a set is that of its sum.
WITH expected AS (
    SELECT DATE_TRUNC('hour', interval_start) AS hour, COUNT(*) AS intervals
    FROM balances
    WHERE interval_start >= $start AND interval_start < $end
    GROUP BY 1
),
estimated AS (
    SELECT DISTINCT interval_start
    FROM allocations
    WHERE quality IN ('estimated', 'substituted') AND interval_start >= $start AND interval_start < $end
),
hours AS (
    SELECT
        c.factor_set,
        c.scope,
        DATE_TRUNC('hour', c.interval_start) AS hour,
        SUM(c.avoided_g) AS avoided_g,
        SUM(c.inventory_g) AS inventory_g,
        SUM(c.market_inventory_g) AS market_inventory_g,
        COUNT(*) AS intervals,
        COUNT(c.market_inventory_g) AS market_intervals,
        COUNT(*) FILTER (WHERE is_settled(c.status)) AS covered,
        COUNT(*) FILTER (WHERE c.status IN ('estimated', 'zeroed') OR e.interval_start IS NOT NULL) AS estimated,
        MAX(c.uncertainty_percent) AS uncertainty_percent,
        BOOL_OR(COALESCE(c.uncertainty_is_default, FALSE)) AS uncertainty_is_default
    FROM co2 AS c
    LEFT JOIN estimated AS e ON e.interval_start = c.interval_start
    WHERE c.interval_start >= $start AND c.interval_start < $end
    GROUP BY 1, 2, 3
),
sums AS (
    SELECT
        h.factor_set,
        h.scope,
        SUM(h.avoided_g) AS avoided_g,
        SUM(h.inventory_g) AS inventory_g,
        SUM(h.market_inventory_g) AS market_inventory_g,
        SUM(h.intervals) AS intervals,
        SUM(h.market_intervals) AS market_intervals,
        SUM(h.covered) AS covered_intervals,
        SUM(h.estimated) AS estimated_intervals,
        SUM(CASE WHEN h.covered = x.intervals THEN 1 ELSE 0 END) AS covered_hours,
        MAX(h.uncertainty_percent) AS uncertainty_percent,
        BOOL_OR(h.uncertainty_is_default) AS uncertainty_is_default
    FROM hours AS h
    JOIN expected AS x ON x.hour = h.hour
    GROUP BY h.factor_set, h.scope
),
totals AS (
    SELECT SUM(intervals) AS all_intervals, COUNT(*) AS all_hours
    FROM expected
)
SELECT
    s.factor_set,
    s.scope,
    s.avoided_g,
    s.inventory_g,
    CASE WHEN s.market_intervals = s.intervals THEN s.market_inventory_g END AS market_inventory_g,
    s.intervals,
    s.covered_intervals,
    s.estimated_intervals,
    t.all_intervals,
    s.covered_hours,
    t.all_hours,
    s.uncertainty_percent,
    s.uncertainty_is_default
FROM sums AS s
CROSS JOIN totals AS t
ORDER BY s.factor_set, s.scope
