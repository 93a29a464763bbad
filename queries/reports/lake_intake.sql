-- What came in, by kind of source: values, and the span of time that they cover.
SELECT
    SPLIT_PART(source, '/', 1) = 'file' AS is_file,
    SPLIT_PART(source, '/', 1) = 'replay' AS is_replay,
    COUNT(*) AS reading_count,
    COUNT(DISTINCT source) AS source_count,
    COUNT(DISTINCT metering_point_id) AS point_count,
    MIN(interval_start) AS first_start,
    MAX(interval_start) AS last_start,
    MAX(received_at) AS last_received_at
FROM readings_raw
GROUP BY 1, 2
ORDER BY 1, 2
