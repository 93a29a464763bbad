-- What did not come in, by reason and field, with an example. A row is released when `readings_raw` holds its position
-- or names it as origin.
WITH taken AS (
    SELECT source, position, position_index FROM readings_raw
    WHERE source IN (SELECT source FROM quarantine)
    UNION
    SELECT origin_source, origin_position, origin_index FROM readings_raw WHERE origin_source IS NOT NULL
)
SELECT
    q.reason,
    q.rule_id,
    q.field,
    COUNT(*) FILTER (WHERE t.source IS NULL) AS open_count,
    COUNT(t.source) AS released_count,
    MIN(q.value) AS example
FROM quarantine AS q
LEFT JOIN taken AS t
    ON t.source = q.source AND t.position = q.position AND t.position_index = q.position_index
GROUP BY q.reason, q.rule_id, q.field
ORDER BY open_count DESC, q.reason, q.field
