-- The sums of a member's days that become lines, for the jobs of the month.
SELECT
    member_id, item, producer_id, price_segment, price_per_kwh AS price, vat_category, vat_percent,
    CAST(SUM(energy_kwh) AS DECIMAL(18, 6)) AS energy_kwh,
    CAST(SUM(amount) AS DECIMAL(38, 12)) AS exact_amount
FROM member_days
GROUP BY member_id, item, producer_id, price_segment, price_per_kwh, vat_category, vat_percent
