-- How many intervals of a time, $start to $end (exclusive), differ from the operator's figures, by cause.
SELECT cause, COUNT(DISTINCT interval_start) AS interval_count, COUNT(*) AS figure_count
FROM reconciliation
WHERE interval_start >= $start AND interval_start < $end
GROUP BY cause
ORDER BY cause
