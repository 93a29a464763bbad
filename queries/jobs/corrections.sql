-- What the statement of a billed month says otherwise than all its bills together: of every line that differs the
-- credit, which takes back what was billed of it, and the charge, which is the line as it is known now. Credit + charge
-- is the exact difference; it stands once per line, on the charge, or on the credit when nothing takes its place. VAT
-- is a line like every other. These are the lines of the month's next bill.
WITH billed AS (
    SELECT
        line_id,
        CAST(SUM(energy_kwh) AS DECIMAL(18, 6)) AS energy_kwh,
        CAST(SUM(exact_amount) AS DECIMAL(38, 12)) AS exact_amount,
        CAST(SUM(amount) AS DECIMAL(18, 6)) AS amount
    FROM billed_lines
    GROUP BY line_id
),
told AS (
    SELECT *, ROW_NUMBER() OVER (PARTITION BY line_id ORDER BY bill_number DESC, entry) AS age
    FROM billed_lines
),
differences AS (
    SELECT
        COALESCE(c.line_id, b.line_id) AS of_line,
        c.line_id IS NOT NULL AS stays,
        c.line_number AS place,
        CAST(COALESCE(c.energy_kwh, 0) - COALESCE(b.energy_kwh, 0) AS DECIMAL(18, 6)) AS difference_kwh,
        CAST(COALESCE(c.exact_amount, 0) - COALESCE(b.exact_amount, 0) AS DECIMAL(38, 12)) AS difference_exact,
        CAST(COALESCE(c.amount, 0) - COALESCE(b.amount, 0) AS DECIMAL(18, 6)) AS difference_amount
    FROM billed AS b
    FULL JOIN statement_lines AS c ON c.line_id = b.line_id
    WHERE EXISTS (SELECT 1 FROM billed_lines)
),
changed AS (
    SELECT * FROM differences WHERE difference_kwh <> 0 OR difference_exact <> 0 OR difference_amount <> 0
),
drafts AS (
    SELECT
        t.* EXCEPT (
            age, month, bill_number, billed_at, statement_run_id, run_id, community_id, entry, energy_kwh, exact_amount,
            amount
        ),
        'credit' AS entry,
        -b.energy_kwh AS energy_kwh,
        -b.exact_amount AS exact_amount,
        -b.amount AS amount,
        CASE WHEN NOT d.stays THEN d.difference_kwh END AS difference_kwh,
        CASE WHEN NOT d.stays THEN d.difference_exact END AS difference_exact,
        CASE WHEN NOT d.stays THEN d.difference_amount END AS difference_amount,
        COALESCE(d.place, t.line_number) AS place
    FROM changed AS d
    JOIN billed AS b ON b.line_id = d.of_line
    JOIN told AS t ON t.line_id = d.of_line AND t.age = 1
    WHERE b.energy_kwh <> 0 OR b.exact_amount <> 0 OR b.amount <> 0
    UNION ALL BY NAME
    SELECT
        c.* EXCEPT (month, status, run_id, community_id),
        'charge' AS entry,
        d.difference_kwh,
        d.difference_exact,
        d.difference_amount,
        d.place
    FROM changed AS d
    JOIN statement_lines AS c ON c.line_id = d.of_line
),
state AS (
    SELECT COALESCE(MAX(status), 'provisional') AS status FROM statement_lines
)
SELECT m.month, d.*, s.status, r.run_id, m.community_id
FROM drafts AS d
CROSS JOIN months AS m
CROSS JOIN billing_run AS r
CROSS JOIN state AS s
ORDER BY d.member_id, d.place, d.line_id, d.entry DESC
