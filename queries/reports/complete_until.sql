-- Up to when the data of a community are complete: the first interval that is not, or the one before the first hole of
-- more than $grid_seconds, else the last one.
WITH steps AS (
    SELECT
        interval_start,
        status,
        LEAD(interval_start) OVER (ORDER BY interval_start) AS next_start
    FROM balances
)
SELECT
    MIN(interval_start) FILTER (WHERE NOT is_settled(status)) AS first_incomplete_start,
    MIN(interval_start) FILTER (
        WHERE DATE_PART('epoch', next_start) - DATE_PART('epoch', interval_start) > $grid_seconds
    ) AS last_start_before_hole,
    MIN(interval_start) AS first_start,
    MAX(interval_start) AS last_start
FROM steps
