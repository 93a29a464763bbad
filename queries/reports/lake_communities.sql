-- Up to when each community's data are complete: its first interval that is not, else the end of its last one.
SELECT
    community_id,
    MIN(interval_start) AS first_start,
    MAX(interval_start) AS last_start,
    MIN(interval_start) FILTER (WHERE NOT is_settled(status)) AS first_incomplete_start,
    COUNT(*) AS interval_count,
    COUNT(*) FILTER (WHERE status = 'provisional') AS provisional_count,
    COUNT(*) FILTER (WHERE status = 'held') AS held_count
FROM balances
GROUP BY community_id
ORDER BY community_id
