-- What a member used from whom in a local day at which price, and what a producing member gave and had left: exact
-- energy, unrounded amounts. Energy without a price keeps its line, at segment 0. A price that varies from interval to
-- interval is not shown, its amounts are summed; an interval for which it is not known yet has no price, and keeps the
-- day provisional.
WITH lines AS (
    SELECT
        e.local_day, e.member_id, e.metering_point_id, e.item, e.producer_id, e.energy_kwh, e.run_id, e.community_id,
        COALESCE(p.version, 0) AS price_segment,
        p.price_per_kwh,
        p.varies,
        e.price_id IS NOT NULL AND p.version IS NULL AS lacks_price,
        COALESCE(p.vat_category, 'O') AS vat_category,
        COALESCE(p.vat_percent, 0) AS vat_percent
    FROM priced_energy AS e
    LEFT JOIN prices AS p ON p.price_id = e.price_id AND p.price_per_kwh IS NOT NULL
),
provisional AS (
    SELECT local_day, COUNT(*) AS provisional_intervals
    FROM intervals
    WHERE NOT is_settled(status)
    GROUP BY local_day
)
SELECT
    l.local_day,
    l.member_id,
    l.metering_point_id,
    l.item,
    l.producer_id,
    l.price_segment,
    CASE WHEN l.varies THEN NULL ELSE COALESCE(l.price_per_kwh, 0) END AS price_per_kwh,
    l.vat_category,
    l.vat_percent,
    SUM(l.energy_kwh) AS energy_kwh,
    SUM(CAST(l.energy_kwh AS DECIMAL(18, 6)) * CAST(COALESCE(l.price_per_kwh, 0) AS DECIMAL(18, 6))) AS amount,
    COALESCE(p.provisional_intervals, 0) + SUM(CASE WHEN l.lacks_price THEN 1 ELSE 0 END) AS provisional_intervals,
    l.run_id,
    l.community_id
FROM lines AS l
LEFT JOIN provisional AS p ON p.local_day = l.local_day
GROUP BY
    l.local_day, l.member_id, l.metering_point_id, l.item, l.producer_id, l.price_segment,
    CASE WHEN l.varies THEN NULL ELSE COALESCE(l.price_per_kwh, 0) END,
    l.vat_category, l.vat_percent, p.provisional_intervals, l.run_id, l.community_id
ORDER BY
    l.local_day, l.member_id, l.metering_point_id, l.item, l.producer_id, l.price_segment
