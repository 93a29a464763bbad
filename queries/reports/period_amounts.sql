-- What the amounts of a time are made of, before VAT and not rounded, by price: the shared energy as members are billed
-- for it (`shared`), the suppliers' part and the surplus; what the shared energy would have cost from suppliers
-- (`alone`), what else is on invoices (`on_top`), and what storages were billed (`stored`). Of a month besides, VAT
-- included: the lines of its bills (`billed`), and the drafted corrections of them, of what members owe less what they
-- are owed (`drafted`). A price that varies from interval to interval is null, and so is one that is not known: then
-- `lacks_price`.
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
days AS (
    SELECT
        CASE m.item
            WHEN 'internal_energy' THEN 'shared' WHEN 'surplus_revenue' THEN 'surplus' ELSE 'on_top'
        END AS part,
        CASE m.item WHEN 'surplus_revenue' THEN 'surplus_sale' ELSE m.item END AS item,
        m.price_per_kwh, m.energy_kwh, m.amount, m.price_segment = 0 AS lacks_price,
        s.metering_point_id IS NOT NULL AND i.document = 'invoice' AS is_stored
    FROM member_days AS m
    JOIN items AS i ON i.item = m.item
    LEFT JOIN stores AS s ON s.metering_point_id = m.metering_point_id
    WHERE (i.document = 'invoice' OR m.item = 'surplus_revenue')
        AND m.local_day >= $first_day AND m.local_day < $end_day
),
-- One type for all parts: a union does not widen decimals.
parts AS (
    SELECT
        part, item, CAST(price_per_kwh AS DECIMAL(18, 6)) AS price_per_kwh, lacks_price,
        CAST(energy_kwh AS DECIMAL(28, 6)) AS energy_kwh, CAST(amount AS DECIMAL(38, 12)) AS amount
    FROM days
    UNION ALL
    SELECT
        'stored', item, CAST(price_per_kwh AS DECIMAL(18, 6)), lacks_price, CAST(energy_kwh AS DECIMAL(28, 6)),
        CAST(amount AS DECIMAL(38, 12))
    FROM days
    WHERE is_stored
    UNION ALL
    SELECT
        'residual', 'supplier_energy', CAST(supply_price AS DECIMAL(18, 6)), supply_price IS NULL,
        CAST(residual_kwh AS DECIMAL(28, 6)), CAST(residual_kwh * COALESCE(supply_price, 0) AS DECIMAL(38, 12))
    FROM energy
    UNION ALL
    SELECT
        'alone', 'supplier_energy', CAST(supply_price AS DECIMAL(18, 6)), supply_price IS NULL,
        CAST(used_kwh AS DECIMAL(28, 6)), CAST(used_kwh * COALESCE(supply_price, 0) AS DECIMAL(38, 12))
    FROM energy
    UNION ALL
    SELECT
        'billed', item, CAST(price AS DECIMAL(18, 6)), FALSE, CAST(energy_kwh AS DECIMAL(28, 6)),
        CAST(amount AS DECIMAL(38, 12))
    FROM billed_lines
    WHERE month = $month AND COALESCE(document, 'invoice') = 'invoice'
    UNION ALL
    SELECT
        'drafted', item, CAST(price AS DECIMAL(18, 6)), FALSE, CAST(energy_kwh AS DECIMAL(28, 6)),
        CAST(CASE WHEN document = 'credit_note' THEN -amount ELSE amount END AS DECIMAL(38, 12))
    FROM corrections
    WHERE month = $month
),
named AS (
    SELECT
        part, item, CASE WHEN lacks_price THEN NULL ELSE price_per_kwh END AS price_per_kwh, lacks_price, energy_kwh,
        amount
    FROM parts
)
SELECT
    part,
    item,
    price_per_kwh,
    lacks_price,
    SUM(energy_kwh) AS energy_kwh,
    SUM(amount) AS amount
FROM named
GROUP BY part, item, price_per_kwh, lacks_price
HAVING SUM(ABS(energy_kwh)) <> 0 OR SUM(amount) <> 0
ORDER BY part, item, price_per_kwh
