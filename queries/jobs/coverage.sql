-- How many values of a point and local day were expected, and how many are there: of these, how many are sums of
-- shorter ones and how many parts of longer ones. Partial ones are missing although something came that does not fill
-- them.
SELECT
    local_day,
    metering_point_id,
    direction,
    expected,
    present,
    expected - present AS missing,
    run_id,
    summed,
    split,
    partial,
    community_id
FROM point_days
ORDER BY local_day, metering_point_id, direction
