-- CO2 of a time, in grams, and how many intervals it covers. One row per factor set and scope; none without factors.
SELECT
    factor_set,
    scope,
    SUM(avoided_g) AS avoided_g,
    SUM(inventory_g) AS inventory_g,
    COUNT(*) AS intervals
FROM co2
WHERE interval_start >= $start AND interval_start < $end
GROUP BY factor_set, scope
ORDER BY factor_set, scope
