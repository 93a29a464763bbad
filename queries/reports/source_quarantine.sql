-- What of a source was put aside from a position on, by reason and field, with the first example. Values of an energy
-- are told apart by whether they hold a comma, white space or a unit.
SELECT
    reason,
    field,
    FIRST_VALUE(value ORDER BY position, position_index) AS example,
    MIN(position) AS first_position,
    COUNT(*) AS value_count
FROM quarantine
WHERE source = $source AND position >= $from
GROUP BY
    reason, field,
    CASE WHEN field = 'energy_kwh' AND reason = 'malformed' THEN regexp_replace(value, '[0-9]+', '0', 'g') END
ORDER BY value_count DESC, first_position
