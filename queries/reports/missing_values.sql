-- Which points lack values of local days $first_day to $end_day (exclusive), and how many.
SELECT
    metering_point_id, direction, MIN(local_day) AS first_day, MAX(local_day) AS last_day, SUM(missing) AS missing
FROM coverage
WHERE local_day >= $first_day AND local_day < $end_day AND missing > 0
GROUP BY metering_point_id, direction
ORDER BY missing DESC, metering_point_id, direction
