-- The load curve of a community over a time, interval by interval.
SELECT
    interval_start,
    production_kwh,
    consumption_kwh,
    shared_kwh,
    residual_kwh,
    surplus_kwh,
    status
FROM balances
WHERE interval_start >= $start AND interval_start < $end
ORDER BY interval_start
