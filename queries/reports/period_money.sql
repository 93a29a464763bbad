-- What the energy of a time is worth at the prices of its own intervals, before VAT and not rounded. Energy that has no
-- price adds nothing and is counted in `unpriced_*`; what was shared has no worth at a supplier's price where that is
-- not known. Saved is what was used instead of bought from suppliers: energy that went into a storage counts when it
-- comes out, and what was paid for it then.
WITH energy AS (
    SELECT
        b.shared_kwh - COALESCE(b.stored_kwh, 0) AS used_kwh, b.residual_kwh,
        supply.price_per_kwh AS supply_price
    FROM balances AS b
    LEFT JOIN prices AS supply
        ON supply.item = 'supplier_energy' AND supply.producer_id = ''
        AND supply.valid_from <= b.interval_start AND b.interval_start < supply.valid_to
    WHERE b.status <> 'held' AND b.interval_start >= $start AND b.interval_start < $end
),
stores AS (
    SELECT DISTINCT metering_point_id
    FROM storage
    WHERE interval_start >= $start AND interval_start < $end
),
billed AS (
    SELECT
        COALESCE(SUM(m.amount) FILTER (WHERE m.item = 'internal_energy'), 0) AS internal_amount,
        SUM(m.amount) FILTER (WHERE m.item = 'community_fee') AS fee_amount,
        SUM(m.amount) FILTER (WHERE i.document = 'invoice' AND m.item <> 'internal_energy') AS on_top_amount,
        SUM(m.amount) FILTER (WHERE i.document = 'invoice' AND s.metering_point_id IS NOT NULL) AS stored_amount,
        COALESCE(SUM(m.energy_kwh) FILTER (WHERE m.item = 'internal_energy' AND m.price_segment = 0), 0)
            AS unpriced_shared_kwh,
        COALESCE(SUM(m.amount) FILTER (WHERE m.item = 'surplus_revenue'), 0) AS surplus_amount,
        COALESCE(SUM(m.energy_kwh) FILTER (WHERE m.item = 'surplus_revenue' AND m.price_segment = 0), 0)
            AS unpriced_surplus_kwh
    FROM member_days AS m
    JOIN items AS i ON i.item = m.item
    LEFT JOIN stores AS s ON s.metering_point_id = m.metering_point_id
    WHERE m.local_day >= $first_day AND m.local_day < $end_day
)
SELECT
    b.internal_amount,
    b.fee_amount,
    b.unpriced_shared_kwh,
    e.shared_at_supply_amount,
    COALESCE(e.shared_at_supply_amount, 0) - COALESCE(b.internal_amount, 0) - COALESCE(b.on_top_amount, 0)
    + COALESCE(b.stored_amount, 0) AS saved_amount,
    e.residual_amount,
    b.surplus_amount,
    e.unpriced_used_kwh,
    e.unpriced_residual_kwh,
    b.unpriced_surplus_kwh
FROM billed AS b
CROSS JOIN (
    SELECT
        SUM(used_kwh * supply_price) AS shared_at_supply_amount,
        COALESCE(SUM(residual_kwh * supply_price), 0) AS residual_amount,
        COALESCE(SUM(used_kwh) FILTER (WHERE supply_price IS NULL), 0) AS unpriced_used_kwh,
        COALESCE(SUM(residual_kwh) FILTER (WHERE supply_price IS NULL), 0) AS unpriced_residual_kwh
    FROM energy
) AS e
