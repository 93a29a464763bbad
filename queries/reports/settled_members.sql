-- Each member's energy and money of a time: what it received and gave, and what all of its energy costs, before VAT:
-- shared energy with the community's fee and excise, energy from the supplier, less what it earns. `unpriced` counts
-- intervals with energy that has no price: with any of them, money is not comparable.
SELECT
    p.member_id,
    COALESCE(SUM(m.allocated_kwh) FILTER (WHERE m.direction = 'import'), 0) AS received_kwh,
    COALESCE(SUM(m.rest_kwh) FILTER (WHERE m.direction = 'import'), 0) AS residual_kwh,
    COALESCE(SUM(m.allocated_kwh) FILTER (WHERE m.direction = 'export'), 0) AS given_kwh,
    COALESCE(SUM(m.rest_kwh) FILTER (WHERE m.direction = 'export'), 0) AS surplus_kwh,
    COALESCE(SUM(m.internal_amount) FILTER (WHERE m.direction = 'import'), 0)
    + COALESCE(SUM(m.rest_amount) FILTER (WHERE m.direction = 'import'), 0)
    - COALESCE(SUM(m.internal_amount) FILTER (WHERE m.direction = 'export'), 0)
    - COALESCE(SUM(m.rest_amount) FILTER (WHERE m.direction = 'export'), 0) AS cost_amount,
    SUM(m.unpriced_intervals) AS unpriced
FROM point_months AS m
JOIN point_members AS p ON p.metering_point_id = m.metering_point_id
GROUP BY p.member_id
ORDER BY p.member_id
