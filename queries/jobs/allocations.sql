-- What each point was given (import) or gave (export), and what is left: from the supplier, or surplus.
-- While an interval is held, nothing is known of either. Shares that a rule rounds each for itself may sum to a unit
-- more than a plant made: then nothing is left of it, and allocated + rest - energy is that rounding. Where an operator
-- says what is left, that is it, and its rounding shows in the same way.
SELECT
    interval_start,
    metering_point_id,
    direction,
    energy_kwh,
    allocated_kwh,
    COALESCE(
        operator_rest_kwh, CASE WHEN allocated_kwh > energy_kwh THEN 0 ELSE energy_kwh - allocated_kwh END
    ) AS rest_kwh,
    quality,
    status,
    key_version,
    run_id,
    community_id
FROM sharing
ORDER BY interval_start, metering_point_id, direction
