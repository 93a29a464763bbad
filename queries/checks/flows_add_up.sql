-- Per local day and consuming point: the energy from all producers is the energy that the point received.
WITH received AS (
    SELECT i.local_day, a.metering_point_id, SUM(a.allocated_kwh) AS received_kwh
    FROM allocations AS a
    JOIN intervals AS i ON i.interval_start = a.interval_start
    WHERE a.direction = 'import' AND a.status <> 'held'
    GROUP BY i.local_day, a.metering_point_id
),
flowed AS (
    SELECT local_day, metering_point_id, SUM(energy_kwh) AS flowed_kwh
    FROM energy_flows
    GROUP BY local_day, metering_point_id
)
SELECT
    COALESCE(r.local_day, f.local_day) AS local_day,
    COALESCE(r.metering_point_id, f.metering_point_id) AS metering_point_id,
    r.received_kwh,
    f.flowed_kwh
FROM received AS r
FULL JOIN flowed AS f ON f.local_day = r.local_day AND f.metering_point_id = r.metering_point_id
WHERE COALESCE(r.received_kwh, 0) <> COALESCE(f.flowed_kwh, 0)
