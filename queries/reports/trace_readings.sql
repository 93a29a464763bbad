-- Every reading ever received that starts in a time, $start to $end (exclusive), or up to an hour before it, in the
-- order in which one replaces another.
SELECT
    metering_point_id, direction, interval_start, interval_seconds, energy_kwh, quality, revision, message_at,
        received_at,
    source, position, position_index, origin_source, origin_position
FROM readings_raw
WHERE (kind IS NULL OR kind = 'measured') AND interval_start >= $start - INTERVAL '1 hour' AND interval_start < $end
ORDER BY metering_point_id, direction, interval_start, revision, message_at, source, position, position_index
