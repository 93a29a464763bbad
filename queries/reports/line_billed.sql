-- What was billed of a statement line, $line, with all bills of its month, and what is drafted to correct it; no row
-- when it was not billed.
SELECT
    MIN(billed_at) AS billed_at,
    CAST(SUM(energy_kwh) AS DECIMAL(18, 6)) AS energy_kwh,
    CAST(SUM(amount) AS DECIMAL(18, 6)) AS amount,
    COALESCE((SELECT CAST(SUM(energy_kwh) AS DECIMAL(18, 6)) FROM corrections WHERE line_id = $line), 0) AS open_kwh,
    COALESCE((SELECT CAST(SUM(amount) AS DECIMAL(18, 6)) FROM corrections WHERE line_id = $line), 0) AS open_amount
FROM billed_lines
WHERE line_id = $line
HAVING COUNT(*) > 0
