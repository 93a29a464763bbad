-- The figures of a community over a time, $start to $end (exclusive). What held intervals made and used is not yet
-- shared out, so it stands apart: production = shared + surplus + held production, consumption = shared + residual +
-- held consumption. Where shares are rounded each for itself, by the rule or by an operator, they differ from that by
-- the rounding, which is given beside them as far as the key of the time explains it: anything else would be an error.
WITH exact AS (
    SELECT
        b.*,
        b.shared_kwh + b.surplus_kwh - b.production_kwh AS production_rounding_kwh,
        b.shared_kwh + b.residual_kwh - b.consumption_kwh AS consumption_rounding_kwh,
        GREATEST(k.rounding_unit_kwh, COALESCE(k.operator_unit_kwh, 0)) * b.expected_points AS rounding_max_kwh
    FROM balances AS b
    LEFT JOIN keys AS k ON k.valid_from <= b.interval_start AND b.interval_start < k.valid_to
    WHERE b.interval_start >= $start AND b.interval_start < $end
)
SELECT
    COUNT(*) AS intervals,
    COUNT(*) FILTER (WHERE is_settled(status)) AS complete_intervals,
    COUNT(*) FILTER (WHERE status = 'estimated') AS estimated_intervals,
    COUNT(*) FILTER (WHERE status = 'zeroed') AS zeroed_intervals,
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
    COALESCE(
        SUM(production_rounding_kwh) FILTER (WHERE ABS(production_rounding_kwh) <= rounding_max_kwh), 0
    ) AS production_rounding_kwh,
    COALESCE(
        SUM(consumption_rounding_kwh) FILTER (WHERE ABS(consumption_rounding_kwh) <= rounding_max_kwh), 0
    ) AS consumption_rounding_kwh,
    MIN(interval_start) AS first_interval_start,
    MAX(interval_start) AS last_interval_start
FROM exact
