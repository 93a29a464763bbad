-- What a member used from whom in a local day at which price, and what a producing member gave and had left: exact
-- energy, unrounded amounts. Each flow names the price of its time: that of the producing member, else the general one.
-- Energy without a price keeps its line, at segment 0. A price that varies from interval to interval is not shown, its
-- amounts are summed; an interval for which it is not known yet keeps the day provisional.
WITH flows AS (
    SELECT
        f.local_day, f.member_id, f.metering_point_id, f.producer_id, f.producer_point_id, f.energy_kwh, f.run_id,
        f.community_id,
        COALESCE(own.version, 0) AS price_segment,
        own.price_per_kwh,
        own.varies,
        own.version IS NOT NULL AND own.price_per_kwh IS NULL AS lacks_price,
        COALESCE(own.vat_category, 'O') AS vat_category,
        COALESCE(own.vat_percent, 0) AS vat_percent,
        fee.version AS fee_segment,
        fee.price_per_kwh AS fee_per_kwh,
        fee.varies AS fee_varies,
        fee.vat_category AS fee_vat_category,
        fee.vat_percent AS fee_vat_percent,
        excise.version AS excise_segment,
        excise.price_per_kwh AS excise_per_kwh,
        excise.varies AS excise_varies,
        excise.vat_category AS excise_vat_category,
        excise.vat_percent AS excise_vat_percent
    FROM energy_flows AS f
    LEFT JOIN prices AS own ON own.price_id = f.price_id
    LEFT JOIN prices AS fee ON fee.price_id = f.fee_id
    LEFT JOIN prices AS excise ON excise.price_id = f.excise_id
),
lines AS (
    SELECT
        local_day, member_id, metering_point_id, 'internal_energy' AS item, producer_id, price_segment, price_per_kwh,
        varies, lacks_price, vat_category, vat_percent, energy_kwh, run_id, community_id
    FROM flows
    UNION ALL
    SELECT
        local_day, member_id, metering_point_id, 'community_fee' AS item, '' AS producer_id, fee_segment, fee_per_kwh,
        fee_varies, fee_per_kwh IS NULL, fee_vat_category, fee_vat_percent, energy_kwh, run_id, community_id
    FROM flows
    WHERE fee_segment IS NOT NULL
    UNION ALL
    SELECT
        local_day, member_id, metering_point_id, 'excise' AS item, '' AS producer_id, excise_segment, excise_per_kwh,
        excise_varies, excise_per_kwh IS NULL, excise_vat_category, excise_vat_percent, energy_kwh, run_id, community_id
    FROM flows
    WHERE excise_segment IS NOT NULL
    UNION ALL
    SELECT
        local_day, producer_id AS member_id, producer_point_id AS metering_point_id, 'production_credit' AS item,
        producer_id, price_segment, price_per_kwh, varies, lacks_price, vat_category, vat_percent, energy_kwh, run_id,
        community_id
    FROM flows
    UNION ALL
    SELECT
        s.local_day, s.member_id, s.metering_point_id, 'surplus_revenue' AS item, s.member_id AS producer_id,
        COALESCE(p.version, 0), p.price_per_kwh, p.varies, p.version IS NOT NULL AND p.price_per_kwh IS NULL,
        COALESCE(p.vat_category, 'O'), COALESCE(p.vat_percent, 0), s.energy_kwh, s.run_id, s.community_id
    FROM surplus AS s
    LEFT JOIN prices AS p ON p.price_id = s.sale_id
    UNION ALL
    SELECT
        s.local_day, s.member_id, s.metering_point_id, 'grid_benefit' AS item, s.member_id AS producer_id,
        p.version, p.price_per_kwh, p.varies, p.price_per_kwh IS NULL, p.vat_category, p.vat_percent, s.energy_kwh,
        s.run_id, s.community_id
    FROM surplus AS s
    JOIN prices AS p ON p.price_id = s.benefit_id
),
provisional AS (
    SELECT local_day, COUNT(*) AS provisional_intervals
    FROM intervals
    WHERE status NOT IN ('complete', 'estimated', 'zeroed')
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
