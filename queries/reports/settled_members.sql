-- Each member's energy and money of a time: what it received and gave, and what all of its energy costs, before VAT:
-- shared energy with the community's fee, energy from the supplier, less what it earns. `unpriced` counts intervals with
-- energy that has no price: with any of them, money is not comparable.
SELECT
    p.member_id,
    SUM(CASE WHEN m.direction = 'import' THEN m.allocated_kwh ELSE 0 END) AS received_kwh,
    SUM(CASE WHEN m.direction = 'import' THEN m.rest_kwh ELSE 0 END) AS residual_kwh,
    SUM(CASE WHEN m.direction = 'export' THEN m.allocated_kwh ELSE 0 END) AS given_kwh,
    SUM(CASE WHEN m.direction = 'export' THEN m.rest_kwh ELSE 0 END) AS surplus_kwh,
    SUM(CASE WHEN m.direction = 'import' THEN m.internal_amount + m.rest_amount
        ELSE -(m.internal_amount + m.rest_amount) END) AS cost_amount,
    SUM(m.unpriced_intervals) AS unpriced
FROM point_months AS m
JOIN point_members AS p ON p.metering_point_id = m.metering_point_id
GROUP BY p.member_id
ORDER BY p.member_id
