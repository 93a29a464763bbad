-- What each point was given (import) or gave (export), and what is left: from the supplier, or surplus.
-- While an interval is held, nothing is known of either.
SELECT
    interval_start,
    metering_point_id,
    direction,
    energy_kwh,
    allocated_kwh,
    energy_kwh - allocated_kwh AS rest_kwh,
    quality,
    status,
    key_version,
    run_id,
    community_id
FROM sharing
ORDER BY interval_start, metering_point_id, direction
