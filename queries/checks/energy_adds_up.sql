-- Per interval: what consumers received equals what producers gave, nobody receives more than it used or gives more
-- than it made, but for the rounding of a rule that rounds each share for itself; and where the last round is pro rata,
-- production and consumption do not both remain.
WITH sums AS (
    SELECT
        interval_start, key_version,
        COALESCE(SUM(allocated_kwh) FILTER (WHERE direction = 'import'), 0) AS received_kwh,
        COALESCE(SUM(allocated_kwh) FILTER (WHERE direction = 'export'), 0) AS given_kwh,
        COALESCE(SUM(rest_kwh) FILTER (WHERE direction = 'import'), 0) AS residual_kwh,
        COALESCE(SUM(rest_kwh) FILTER (WHERE direction = 'export'), 0) AS surplus_kwh,
        COUNT(*) FILTER (WHERE allocated_kwh < 0 OR rest_kwh < 0) AS negative,
        COUNT(*) FILTER (WHERE direction = 'import' AND allocated_kwh + rest_kwh <> energy_kwh) AS outside,
        SUM(ABS(allocated_kwh + rest_kwh - energy_kwh)) AS rounding_kwh,
        COUNT(*) FILTER (WHERE direction = 'import') AS shares
    FROM allocations
    WHERE status <> 'held'
    GROUP BY interval_start, key_version
)
SELECT s.*
FROM sums AS s
LEFT JOIN keys AS k ON k.version = s.key_version
WHERE s.received_kwh <> s.given_kwh
    OR s.negative > 0
    OR s.outside > 0
    OR s.rounding_kwh > COALESCE(k.rounding_unit_kwh, 0) * s.shares
    OR (k.shares_all AND s.residual_kwh > 0 AND s.surplus_kwh > 0)
