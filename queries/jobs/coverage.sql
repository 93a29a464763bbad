-- How many values of a point and local day were expected, and how many are there.
SELECT
    local_day,
    metering_point_id,
    direction,
    expected,
    present,
    expected - present AS missing,
    run_id,
    community_id
FROM point_days
ORDER BY local_day, metering_point_id, direction
