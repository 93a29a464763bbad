-- A month member by member: energy in kWh, and the amounts of its invoice in the community's currency.
WITH energy AS (
    SELECT
        p.member_id,
        COALESCE(SUM(a.energy_kwh) FILTER (WHERE a.direction = 'import'), 0) AS consumption_kwh,
        COALESCE(SUM(a.allocated_kwh) FILTER (WHERE a.direction = 'import'), 0) AS allocated_kwh,
        COALESCE(SUM(a.rest_kwh) FILTER (WHERE a.direction = 'import'), 0) AS residual_kwh,
        COALESCE(SUM(a.energy_kwh) FILTER (WHERE a.direction = 'export'), 0) AS production_kwh,
        COALESCE(SUM(a.allocated_kwh) FILTER (WHERE a.direction = 'export'), 0) AS given_kwh,
        COALESCE(SUM(a.rest_kwh) FILTER (WHERE a.direction = 'export'), 0) AS surplus_kwh
    FROM allocations AS a
    JOIN participants AS p
        ON p.metering_point_id = a.metering_point_id
        AND p.valid_from <= a.interval_start AND a.interval_start < p.valid_to
    WHERE a.interval_start >= $start AND a.interval_start < $end
    GROUP BY p.member_id
),
money AS (
    SELECT
        member_id,
        COALESCE(SUM(amount) FILTER (
            WHERE item IN ('internal_energy', 'free_energy', 'minimum_energy', 'minimum_amount')
        ), 0) AS internal_amount,
        COALESCE(SUM(amount) FILTER (WHERE item = 'community_fee'), 0) AS fee_amount,
        COALESCE(SUM(amount) FILTER (WHERE item = 'excise'), 0) AS excise_amount,
        COALESCE(SUM(amount) FILTER (WHERE item = 'monthly_fee'), 0) AS monthly_fee_amount,
        COALESCE(SUM(amount) FILTER (WHERE kind = 'vat'), 0) AS vat_amount,
        SUM(amount) AS total_amount,
        MAX(status) AS status
    FROM statement_lines
    WHERE month = $month AND COALESCE(document, 'invoice') = 'invoice'
    GROUP BY member_id
)
SELECT
    COALESCE(e.member_id, m.member_id) AS member_id,
    COALESCE(e.consumption_kwh, 0) AS consumption_kwh,
    COALESCE(e.allocated_kwh, 0) AS allocated_kwh,
    COALESCE(e.residual_kwh, 0) AS residual_kwh,
    COALESCE(e.production_kwh, 0) AS production_kwh,
    COALESCE(e.given_kwh, 0) AS given_kwh,
    COALESCE(e.surplus_kwh, 0) AS surplus_kwh,
    COALESCE(m.internal_amount, 0) AS internal_amount,
    COALESCE(m.fee_amount, 0) AS fee_amount,
    COALESCE(m.excise_amount, 0) AS excise_amount,
    COALESCE(m.monthly_fee_amount, 0) AS monthly_fee_amount,
    COALESCE(m.vat_amount, 0) AS vat_amount,
    COALESCE(m.total_amount, 0) AS total_amount,
    COALESCE(m.status, (SELECT MAX(status) FROM statement_lines WHERE month = $month), 'provisional') AS status
FROM energy AS e
FULL JOIN money AS m ON m.member_id = e.member_id
ORDER BY member_id
