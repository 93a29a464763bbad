-- Up to when the data of a community are complete: the first interval that is not, else the end of the last one.
SELECT
    MIN(interval_start) FILTER (WHERE NOT is_settled(status)) AS first_incomplete_start,
    MIN(interval_start) AS first_start,
    MAX(interval_start) AS last_start
FROM balances
