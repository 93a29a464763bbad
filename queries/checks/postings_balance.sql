-- Of each run, debit is credit; what members owe and are owed by their documents is what the books say.
WITH books AS (
    SELECT
        run_id, SUM(debit) AS debit, SUM(credit) AS credit,
        SUM(CASE WHEN account = 'receivable_member' THEN debit - credit ELSE 0 END) AS receivable,
        SUM(CASE WHEN account IN ('payable_producer', 'payable_member') THEN credit - debit ELSE 0 END) AS payable
    FROM postings
    GROUP BY run_id
),
documents AS (
    SELECT
        run_id,
        SUM(CASE WHEN document = 'invoice' THEN amount ELSE 0 END) AS invoiced,
        SUM(CASE WHEN document = 'credit_note' THEN amount ELSE 0 END) AS credited
    FROM statement_lines
    GROUP BY run_id
)
SELECT
    COALESCE(b.run_id, d.run_id) AS run_id, b.debit, b.credit, b.receivable, d.invoiced, b.payable, d.credited
FROM books AS b
FULL JOIN documents AS d ON d.run_id = b.run_id
WHERE COALESCE(b.debit, 0) <> COALESCE(b.credit, 0)
    OR COALESCE(b.receivable, 0) <> COALESCE(d.invoiced, 0)
    OR COALESCE(b.payable, 0) <> COALESCE(d.credited, 0)
