-- Per interval: what consumers received equals what producers gave, nobody receives more than it used or gives more
-- than it made, but for the rounding of a rule or of an operator that rounds each share for itself (one unit of a
-- share, half a unit of a sum for each figure in it); and where the last round is pro rata, production and consumption
-- do not both remain.
WITH sums AS (
    SELECT
        a.interval_start, a.key_version,
        COALESCE(SUM(a.allocated_kwh) FILTER (WHERE a.direction = 'import'), 0) AS received_kwh,
        COALESCE(SUM(a.allocated_kwh) FILTER (WHERE a.direction = 'export'), 0) AS given_kwh,
        COALESCE(SUM(a.rest_kwh) FILTER (WHERE a.direction = 'import'), 0) AS residual_kwh,
        COALESCE(SUM(a.rest_kwh) FILTER (WHERE a.direction = 'export'), 0) AS surplus_kwh,
        COUNT(*) FILTER (WHERE a.allocated_kwh < 0 OR a.rest_kwh < 0) AS negative,
        COUNT(*) FILTER (
            WHERE a.direction = 'import'
            AND ABS(a.allocated_kwh + a.rest_kwh - a.energy_kwh) > COALESCE(k.operator_unit_kwh, 0)
        ) AS outside,
        COALESCE(SUM(ABS(a.allocated_kwh + a.rest_kwh - a.energy_kwh)) FILTER (WHERE a.direction = 'export'), 0)
            AS rounding_kwh,
        COUNT(*) FILTER (WHERE a.direction = 'import') AS shares,
        COUNT(*) AS figures
    FROM allocations AS a
    LEFT JOIN keys AS k ON k.version = a.key_version
    WHERE a.status <> 'held'
    GROUP BY a.interval_start, a.key_version
)
SELECT s.*
FROM sums AS s
LEFT JOIN keys AS k ON k.version = s.key_version
WHERE s.received_kwh <> s.given_kwh
    OR s.negative > 0
    OR s.outside > 0
    OR s.rounding_kwh
        > GREATEST(COALESCE(k.rounding_unit_kwh, 0) * s.shares, COALESCE(k.operator_unit_kwh, 0) * s.figures / 2)
    OR (k.shares_all AND s.residual_kwh > 0 AND s.surplus_kwh > 0)
