-- Intervals of a time, $start to $end (exclusive), that differ from the operator's figures by more than rounding,
-- figure by figure: what the operator does not say comes first, then the largest differences.
SELECT
    interval_start, cause, metering_point_id, direction, operator_kwh, computed_kwh, difference_kwh, tolerance_kwh,
    exceeds_tolerance
FROM reconciliation
WHERE interval_start >= $start AND interval_start < $end AND cause <> 'rounding'
ORDER BY interval_start, ABS(difference_kwh) DESC NULLS FIRST, metering_point_id, direction
