-- How each community of `local_days` does: what was shared out of the energy of its local day, day_start to day_end
-- (exclusive), with its intervals by what they wait for, and up to when its data are complete: its first interval that
-- is not, else the start of its last one; how many intervals it has in all tells whether there is a hole.
-- $start and $end (exclusive) hold all the days.
WITH today AS (
    SELECT
        b.community_id,
        SUM(b.production_kwh) FILTER (WHERE b.status <> 'held') AS production_kwh,
        SUM(b.consumption_kwh) FILTER (WHERE b.status <> 'held') AS consumption_kwh,
        SUM(b.shared_kwh) AS shared_kwh,
        SUM(b.residual_kwh) AS residual_kwh,
        SUM(b.surplus_kwh) AS surplus_kwh,
        COUNT(*) FILTER (WHERE is_settled(b.status)) AS settled_intervals,
        COUNT(*) FILTER (WHERE b.status = 'provisional') AS provisional_intervals,
        COUNT(*) FILTER (WHERE b.status = 'held') AS held_intervals,
        MAX(b.interval_start) AS last_start
    FROM balances AS b
    JOIN local_days AS d ON d.community_id = b.community_id
    WHERE
        b.interval_start >= $start AND b.interval_start < $end
        AND b.interval_start >= d.day_start AND b.interval_start < d.day_end
    GROUP BY b.community_id
),
completeness AS (
    SELECT
        community_id,
        MIN(interval_start) FILTER (WHERE NOT is_settled(status)) AS first_incomplete_start,
        MIN(interval_start) AS first_start,
        MAX(interval_start) AS last_start,
        COUNT(*) AS intervals
    FROM balances
    GROUP BY community_id
)
SELECT
    d.community_id,
    COALESCE(t.production_kwh, 0) AS production_kwh,
    COALESCE(t.consumption_kwh, 0) AS consumption_kwh,
    COALESCE(t.shared_kwh, 0) AS shared_kwh,
    COALESCE(t.residual_kwh, 0) AS residual_kwh,
    COALESCE(t.surplus_kwh, 0) AS surplus_kwh,
    COALESCE(t.settled_intervals, 0) AS settled_intervals,
    COALESCE(t.provisional_intervals, 0) AS provisional_intervals,
    COALESCE(t.held_intervals, 0) AS held_intervals,
    t.last_start AS last_start_today,
    c.first_incomplete_start,
    c.first_start,
    c.last_start,
    COALESCE(c.intervals, 0) AS intervals
FROM local_days AS d
LEFT JOIN today AS t ON t.community_id = d.community_id
LEFT JOIN completeness AS c ON c.community_id = d.community_id
ORDER BY d.community_id
