-- Each member's energy of a time, and what suppliers would take for what was not shared, before VAT and not rounded.
-- `unpriced_kwh` is the energy from suppliers that has no price: with any of it, money is not comparable.
SELECT
    p.member_id,
    COALESCE(SUM(a.allocated_kwh) FILTER (WHERE a.direction = 'import'), 0) AS received_kwh,
    COALESCE(SUM(a.rest_kwh) FILTER (WHERE a.direction = 'import'), 0) AS residual_kwh,
    COALESCE(SUM(a.allocated_kwh) FILTER (WHERE a.direction = 'export'), 0) AS given_kwh,
    COALESCE(SUM(a.rest_kwh) FILTER (WHERE a.direction = 'export'), 0) AS surplus_kwh,
    COALESCE(SUM(a.rest_kwh * supply.price_per_kwh) FILTER (WHERE a.direction = 'import'), 0) AS supplier_amount,
    COALESCE(SUM(a.rest_kwh) FILTER (WHERE a.direction = 'import' AND supply.price_per_kwh IS NULL), 0)
        AS unpriced_kwh
FROM allocations AS a
JOIN participants AS p
    ON p.metering_point_id = a.metering_point_id
    AND p.valid_from <= a.interval_start AND a.interval_start < p.valid_to
LEFT JOIN prices AS supply
    ON supply.item = 'supplier_energy'
    AND supply.valid_from <= a.interval_start AND a.interval_start < supply.valid_to
GROUP BY p.member_id
ORDER BY p.member_id
