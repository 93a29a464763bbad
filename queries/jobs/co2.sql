-- Avoided: shared energy x (grid factor - source factor). Inventory: what the consumption caused.
-- Both sides of a difference come from one factor set of one scope. kWh x g/kWh with three decimals is exact in 1e-9 g.
SELECT
    b.interval_start,
    b.shared_kwh * (f.grid_g_per_kwh - f.source_g_per_kwh) AS avoided_g,
    b.residual_kwh * f.grid_g_per_kwh + b.shared_kwh * f.source_g_per_kwh AS inventory_g,
    f.factor_set,
    f.scope,
    b.status,
    b.run_id,
    b.community_id
FROM balances AS b
JOIN factors AS f ON f.valid_from <= b.interval_start AND b.interval_start < f.valid_to
WHERE b.status <> 'held'
ORDER BY b.interval_start
