-- What a member used from whom in a local day at which price: exact energy, unrounded amounts.
-- A price of one producing member goes before the general one. Energy without a price keeps its line, at segment 0.
WITH flows AS (
    SELECT
        f.local_day, f.member_id, f.metering_point_id, f.producer_id, f.energy_kwh, f.run_id, f.community_id,
        COALESCE(own.version, general.version, 0) AS price_segment,
        COALESCE(own.price_per_kwh, general.price_per_kwh, 0) AS price_per_kwh,
        COALESCE(own.vat_category, general.vat_category, 'O') AS vat_category,
        COALESCE(own.vat_percent, general.vat_percent, 0) AS vat_percent,
        fee.version AS fee_segment,
        fee.price_per_kwh AS fee_per_kwh,
        fee.vat_category AS fee_vat_category,
        fee.vat_percent AS fee_vat_percent
    FROM energy_flows AS f
    LEFT JOIN prices AS own
        ON own.item = 'internal_energy' AND own.producer_id = f.producer_id AND own.producer_id <> ''
        AND own.valid_from <= f.segment_start AND f.segment_start < own.valid_to
    LEFT JOIN prices AS general
        ON general.item = 'internal_energy' AND general.producer_id = ''
        AND general.valid_from <= f.segment_start AND f.segment_start < general.valid_to
    LEFT JOIN prices AS fee
        ON fee.item = 'community_fee' AND fee.producer_id = ''
        AND fee.valid_from <= f.segment_start AND f.segment_start < fee.valid_to
),
lines AS (
    SELECT
        local_day, member_id, metering_point_id, 'internal_energy' AS item, producer_id, price_segment, price_per_kwh,
        vat_category, vat_percent, energy_kwh, run_id, community_id
    FROM flows
    UNION ALL
    SELECT
        local_day, member_id, metering_point_id, 'community_fee' AS item, '' AS producer_id, fee_segment, fee_per_kwh,
        fee_vat_category, fee_vat_percent, energy_kwh, run_id, community_id
    FROM flows
    WHERE fee_segment IS NOT NULL
),
provisional AS (
    SELECT local_day, COUNT(*) AS provisional_intervals
    FROM intervals
    WHERE status <> 'complete'
    GROUP BY local_day
)
SELECT
    l.local_day,
    l.member_id,
    l.metering_point_id,
    l.item,
    l.producer_id,
    l.price_segment,
    l.price_per_kwh,
    l.vat_category,
    l.vat_percent,
    SUM(l.energy_kwh) AS energy_kwh,
    CAST(SUM(l.energy_kwh) AS DECIMAL(18, 6)) * CAST(l.price_per_kwh AS DECIMAL(18, 6)) AS amount,
    COALESCE(p.provisional_intervals, 0) AS provisional_intervals,
    l.run_id,
    l.community_id
FROM lines AS l
LEFT JOIN provisional AS p ON p.local_day = l.local_day
GROUP BY
    l.local_day, l.member_id, l.metering_point_id, l.item, l.producer_id, l.price_segment, l.price_per_kwh,
    l.vat_category, l.vat_percent, p.provisional_intervals, l.run_id, l.community_id
ORDER BY
    l.local_day, l.member_id, l.metering_point_id, l.item, l.producer_id, l.price_segment
