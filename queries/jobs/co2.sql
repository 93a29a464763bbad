-- Location-based: avoided is shared energy x (grid factor - source factor), the inventory what the consumption caused.
-- Market-based: the inventory by the supply that members buy, each by its own where the factors name its supplier's;
-- shared energy counts as its plants only with cancelled guarantees of origin (market_source), else as that supply.
-- Both sides of a difference come from one factor set of one scope. Grid data that are still to be replaced leave the
-- interval provisional. Energy counts at its plant when it leaves it and saves energy of the grid when it is used: what
-- goes into a storage saves nothing yet, what comes out of it has been counted. So its losses are emissions that avoid
-- nothing. kWh x g/kWh with three decimals is exact in 1e-9 g.
SELECT
    b.interval_start,
    (b.shared_kwh - b.stored_kwh) * f.grid_g_per_kwh
    - (b.shared_kwh - b.released_kwh) * f.source_g_per_kwh AS avoided_g,
    b.residual_kwh * f.grid_g_per_kwh
    + (b.shared_kwh - b.released_kwh) * f.source_g_per_kwh AS inventory_g,
    COALESCE(i.member_market_g, b.residual_kwh * f.market_g_per_kwh)
    + (b.shared_kwh - b.released_kwh) * COALESCE(f.market_source_g_per_kwh, f.market_g_per_kwh) AS market_inventory_g,
    f.factor_set,
    f.scope,
    f.uncertainty_percent,
    f.uncertainty_is_default,
    CASE WHEN f.provisional THEN 'provisional' ELSE b.status END AS status,
    b.run_id,
    b.community_id
FROM balances AS b
JOIN intervals AS i ON i.interval_start = b.interval_start
JOIN factors AS f ON f.factor_id = i.factor_id
WHERE b.status <> 'held'
ORDER BY interval_start
