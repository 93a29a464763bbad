-- Where an operator decides, what each point was given is the operator's figure to the last digit, and an interval that
-- shows anything else is not complete.
SELECT f.interval_start, f.metering_point_id, f.operator_kwh, a.allocated_kwh, a.status, f.adopted
FROM operator_figures AS f
JOIN allocations AS a
    ON a.interval_start = f.interval_start AND a.metering_point_id = f.metering_point_id AND a.direction = f.direction
WHERE f.direction = 'import'
    AND (
        (f.adopted AND f.operator_kwh IS NOT NULL AND a.allocated_kwh <> f.operator_kwh)
        OR (NOT f.adopted AND a.status NOT IN ('provisional', 'held'))
    )
