-- Per storage and interval: opening + charged = used + closing, by origin; used = delivered + loss; what it was given
-- and gave is what `allocations` has of it; it never delivers more of the community's energy than it held, and where
-- the key decides never gives more than that. An operator's figures know nothing of a stock: they stand as they are. A
-- storage that was away begins with nothing.
WITH numbered AS (
    SELECT interval_start, ROW_NUMBER() OVER (ORDER BY interval_start) AS number
    FROM intervals
),
books AS (
    SELECT
        s.*,
        COALESCE(LAG(s.stock_community_kwh) OVER points, o.community_kwh, 0) AS opening_community_kwh,
        COALESCE(LAG(s.stock_grid_kwh) OVER points, o.grid_kwh, 0) AS opening_grid_kwh,
        n.number - LAG(n.number) OVER points > 1 AS was_away
    FROM storage AS s
    JOIN numbered AS n ON n.interval_start = s.interval_start
    LEFT JOIN opening_stocks AS o ON o.metering_point_id = s.metering_point_id
    WINDOW points AS (PARTITION BY s.metering_point_id ORDER BY s.interval_start)
),
moved AS (
    SELECT
        *,
        stock_community_kwh + used_community_kwh - charged_community_kwh AS before_community_kwh,
        stock_grid_kwh + used_grid_kwh - charged_grid_kwh AS before_grid_kwh
    FROM books
),
shared AS (
    SELECT
        interval_start, metering_point_id, MAX(key_version) AS key_version,
        SUM(allocated_kwh) FILTER (WHERE direction = 'import') AS received_kwh,
        SUM(energy_kwh) FILTER (WHERE direction = 'import') AS charged_kwh,
        SUM(allocated_kwh) FILTER (WHERE direction = 'export') AS given_kwh,
        SUM(energy_kwh) FILTER (WHERE direction = 'export') AS delivered_kwh
    FROM allocations
    GROUP BY interval_start, metering_point_id
),
sums AS (
    SELECT interval_start, SUM(charged_community_kwh) AS stored_kwh, SUM(released_kwh) AS released_kwh
    FROM storage
    GROUP BY interval_start
)
SELECT m.*, a.received_kwh, a.charged_kwh, a.given_kwh, a.delivered_kwh, b.stored_kwh, b.released_kwh
    AS all_released_kwh
FROM moved AS m
JOIN sums AS t ON t.interval_start = m.interval_start
JOIN balances AS b ON b.interval_start = m.interval_start
LEFT JOIN shared AS a ON a.interval_start = m.interval_start AND a.metering_point_id = m.metering_point_id
LEFT JOIN keys AS k ON k.version = a.key_version
WHERE (
        (m.before_community_kwh <> m.opening_community_kwh OR m.before_grid_kwh <> m.opening_grid_kwh)
        AND NOT (COALESCE(m.was_away, FALSE) AND m.before_community_kwh = 0 AND m.before_grid_kwh = 0)
    )
    OR m.used_community_kwh + m.used_grid_kwh
        <> m.delivered_community_kwh + m.delivered_grid_kwh + m.loss_kwh
    OR m.used_community_kwh > m.before_community_kwh
    OR m.delivered_community_kwh > m.used_community_kwh
    OR m.offered_kwh > m.delivered_community_kwh
    OR (
        k.operator_unit_kwh IS NULL
        AND m.released_kwh > m.offered_kwh + COALESCE(k.rounding_unit_kwh, 0) * b.expected_points
    )
    OR LEAST(m.stock_community_kwh, m.stock_grid_kwh, m.loss_kwh, m.charged_community_kwh, m.charged_grid_kwh) < 0
    OR (m.status <> 'held' AND (
        m.charged_community_kwh <> COALESCE(a.received_kwh, 0)
        OR m.released_kwh <> COALESCE(a.given_kwh, 0)
        OR b.stored_kwh <> t.stored_kwh
        OR b.released_kwh <> t.released_kwh
    ))
    OR ABS(m.charged_community_kwh + m.charged_grid_kwh - a.charged_kwh) > COALESCE(k.operator_unit_kwh, 0)
    OR (m.delivered_community_kwh + m.delivered_grid_kwh + m.delivered_unknown_kwh <> a.delivered_kwh)
