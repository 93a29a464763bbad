-- The current truth on the community's grid: one row per metering point, direction and interval.
SELECT
    interval_start,
    metering_point_id,
    direction,
    energy_kwh,
    quality,
    revision,
    community_id
FROM current_readings
ORDER BY interval_start, metering_point_id, direction
