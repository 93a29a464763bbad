-- The operator's figures beside ours, where they differ: by one unit at most (`rounding`), because the operator shares
-- otherwise (`different_rule`), or because readings or figures are missing or do not add up (`not_closing`). The cause
-- is that of the interval.
WITH differences AS (
    SELECT
        f.*,
        f.operator_kwh - f.computed_kwh AS difference_kwh,
        COALESCE(ABS(f.operator_kwh - f.computed_kwh) > f.tolerance_kwh, TRUE) AS exceeds_tolerance
    FROM operator_figures AS f
),
apart AS (
    SELECT
        interval_start,
        BOOL_OR(exceeds_tolerance)
        OR ABS(COALESCE(SUM(difference_kwh) FILTER (WHERE direction = 'import'), 0)) > MAX(sum_tolerance_kwh)
            AS is_apart
    FROM differences
    GROUP BY interval_start
)
SELECT
    d.interval_start,
    d.metering_point_id,
    d.direction,
    d.operator_kwh,
    d.computed_kwh,
    d.difference_kwh,
    d.tolerance_kwh,
    d.exceeds_tolerance,
    CASE WHEN NOT d.closes THEN 'not_closing' WHEN a.is_apart THEN 'different_rule' ELSE 'rounding' END AS cause,
    d.key_version,
    d.run_id,
    d.community_id
FROM differences AS d
JOIN apart AS a ON a.interval_start = d.interval_start
WHERE d.difference_kwh IS DISTINCT FROM 0
ORDER BY d.interval_start, d.metering_point_id, d.direction
