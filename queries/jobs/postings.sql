-- The month in double entry, each item on the accounts of its row in `items`; VAT goes by its document, a fund's share
-- by the source of the fund. Accounts, all of the community's own books:
--   receivable_member          what members owe by their invoices
--   revenue_energy             what members pay for shared energy, by producing member, less what it is credited with
--   revenue_fee                fees per kWh and per month
--   excise_payable             collected for the tax office
--   vat_collected              by category and rate, on invoices
--   vat_deductible             by category and rate, on credit notes
--   payable_producer           credit notes for production and surplus
--   payable_member             credit notes for shares of funds and for interest
--   surplus_receivable         from who buys the surplus
--   grid_benefit_receivable    from the grid operator
--   incentive_receivable       from the public body that pays an incentive
--   fund_expense               what the community itself gives to a fund
--   interest_expense           interest on members' capital
--   social_fund_payable        parts of funds for a purpose, not a member
--   undistributed_fund_payable parts of funds that nobody could get
--   rounding                   what was collected for a producer's energy beyond what it is credited with
-- The difference that rounding leaves is posted; no line is bent to hide it.
WITH fund_sources AS (
    SELECT
        pot_id AS fund_id, part, version, beneficiary, amount,
        CASE source
            WHEN 'incentive' THEN 'incentive_receivable' WHEN 'surplus_sale' THEN 'surplus_receivable'
            ELSE 'fund_expense'
        END AS account
    FROM pots
    WHERE version <> 0
),
entries AS (
    SELECT
        COALESCE(
            i.member_account, CASE l.document WHEN 'invoice' THEN 'receivable_member' ELSE 'payable_producer' END
        ) AS account,
        l.member_id, l.item, l.vat_category, l.vat_percent,
        CASE l.document WHEN 'invoice' THEN l.amount ELSE -l.amount END AS amount, l.line_id, l.fund_id
    FROM statement_lines AS l
    JOIN items AS i ON i.item = l.item
    UNION ALL
    SELECT
        COALESCE(i.account, CASE l.document WHEN 'invoice' THEN 'vat_collected' ELSE 'vat_deductible' END) AS account,
        CASE
            WHEN l.document = 'invoice' THEN l.producer_id WHEN i.account = 'revenue_energy' THEN l.member_id ELSE ''
        END AS member_id,
        l.item, l.vat_category, l.vat_percent,
        CASE l.document WHEN 'invoice' THEN -l.amount ELSE l.amount END AS amount, l.line_id, '' AS fund_id
    FROM statement_lines AS l
    JOIN items AS i ON i.item = l.item
    WHERE l.item <> 'fund_share'
    UNION ALL
    SELECT
        f.account, '' AS member_id, l.item, l.vat_category, l.vat_percent, l.amount, l.line_id, f.fund_id
    FROM statement_lines AS l
    JOIN fund_sources AS f ON f.fund_id = l.fund_id AND f.part = l.fund_part
    WHERE l.document = 'credit_note' AND l.item = 'fund_share'
),
kept AS (
    SELECT
        f.fund_id, f.part, f.account, f.beneficiary, f.amount - COALESCE(SUM(l.amount), 0) AS amount
    FROM fund_sources AS f
    LEFT JOIN statement_lines AS l ON l.fund_id = f.fund_id AND l.fund_part = f.part
    GROUP BY f.fund_id, f.part, f.account, f.beneficiary, f.amount
),
kept_entries AS (
    SELECT account, fund_id, amount FROM kept
    UNION ALL
    SELECT
        CASE WHEN beneficiary = 'social' THEN 'social_fund_payable' ELSE 'undistributed_fund_payable' END AS account,
        fund_id, -amount AS amount
    FROM kept
),
differences AS (
    SELECT
        producer_id,
        SUM(CASE WHEN item = 'internal_energy' THEN amount ELSE -amount END) AS amount
    FROM statement_lines
    WHERE item IN ('internal_energy', 'production_credit')
    GROUP BY producer_id
),
rounding_entries AS (
    SELECT 'revenue_energy' AS account, producer_id, amount FROM differences
    UNION ALL
    SELECT 'rounding' AS account, producer_id, -amount AS amount FROM differences
),
everything AS (
    SELECT
        account, member_id, item, vat_category, vat_percent, CAST(amount AS DECIMAL(18, 6)) AS amount, line_id, fund_id
    FROM entries
    UNION ALL
    SELECT
        account, '' AS member_id, 'fund_share' AS item, 'O' AS vat_category, CAST(0 AS DECIMAL(5, 2)) AS vat_percent,
        CAST(amount AS DECIMAL(18, 6)) AS amount, '' AS line_id, fund_id
    FROM kept_entries
    UNION ALL
    SELECT
        account, producer_id AS member_id, 'rounding' AS item, 'O' AS vat_category,
        CAST(0 AS DECIMAL(5, 2)) AS vat_percent, CAST(amount AS DECIMAL(18, 6)) AS amount, '' AS line_id, '' AS fund_id
    FROM rounding_entries
),
counted AS (
    SELECT COUNT(*) FILTER (WHERE is_settled(status)) AS complete_intervals FROM balances
)
SELECT
    m.month,
    e.account,
    e.member_id,
    e.item,
    e.vat_category,
    e.vat_percent,
    CAST(CASE WHEN e.amount > 0 THEN e.amount ELSE 0 END AS DECIMAL(18, 6)) AS debit,
    CAST(CASE WHEN e.amount < 0 THEN -e.amount ELSE 0 END AS DECIMAL(18, 6)) AS credit,
    e.line_id,
    e.fund_id,
    CASE WHEN c.complete_intervals = m.interval_count THEN 'final' ELSE 'provisional' END AS status,
    m.run_id,
    m.community_id
FROM everything AS e
CROSS JOIN months AS m
CROSS JOIN counted AS c
WHERE e.amount <> 0
ORDER BY e.account, e.member_id, e.item, e.vat_percent, e.fund_id, e.line_id, e.amount
