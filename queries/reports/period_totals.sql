-- The figures of a community over a time, $start to $end (exclusive). What held intervals made and used is not yet
-- shared out, so it stands apart: production = shared + surplus + held production, consumption = shared + residual +
-- held consumption.
SELECT
    COUNT(*) AS intervals,
    COUNT(*) FILTER (WHERE status IN ('complete', 'estimated', 'zeroed')) AS complete_intervals,
    COUNT(*) FILTER (WHERE status = 'provisional') AS provisional_intervals,
    COUNT(*) FILTER (WHERE status = 'held') AS held_intervals,
    MAX(missing_points) AS missing_points,
    COALESCE(SUM(production_kwh), 0) AS production_kwh,
    COALESCE(SUM(consumption_kwh), 0) AS consumption_kwh,
    COALESCE(SUM(shared_kwh), 0) AS shared_kwh,
    COALESCE(SUM(residual_kwh), 0) AS residual_kwh,
    COALESCE(SUM(surplus_kwh), 0) AS surplus_kwh,
    COALESCE(SUM(stored_kwh), 0) AS stored_kwh,
    COALESCE(SUM(released_kwh), 0) AS released_kwh,
    COALESCE(SUM(production_kwh) FILTER (WHERE status = 'held'), 0) AS held_production_kwh,
    COALESCE(SUM(consumption_kwh) FILTER (WHERE status = 'held'), 0) AS held_consumption_kwh,
    MIN(interval_start) AS first_interval_start,
    MAX(interval_start) AS last_interval_start
FROM balances
WHERE interval_start >= $start AND interval_start < $end
