//! Each check finds what it is there to find, and nothing where all is well. Tables are written down as small as they
//! can be: a line with a name and its columns, then rows, apart by empty lines; a table without rows has none.

/// How many rows a check gives over these tables.
async fn found(check: &str, tables: &str) -> usize {
    let graph = queries::graph();
    let check = graph.checks.iter().find(|c| c.name == check).unwrap();
    let sql: Vec<&str> = check.sql.lines().filter(|l| !l.starts_with("--")).collect();
    let sql = sql.join("\n");
    let tables: Vec<String> = tables.trim().split("\n\n").map(table).collect();
    // The tables go before those that the check makes itself.
    let sql = match sql.strip_prefix("WITH ") {
        Some(rest) => format!("WITH {}, {rest}", tables.join(", ")),
        None => format!("WITH {} {sql}", tables.join(", ")),
    };
    let session = engine::session::plain();
    engine::job::inputs::items::register_items(&session).unwrap();
    let frame = engine::session::query(&session, &sql).await.unwrap_or_else(|e| panic!("{e} in {sql}"));
    frame.collect().await.unwrap().iter().map(|batch| batch.num_rows()).sum()
}

/// `name(a, b)` and rows as the table of a WITH.
fn table(text: &str) -> String {
    let mut lines = text.lines();
    let (name, columns) = lines.next().unwrap().trim_end_matches(')').split_once('(').unwrap();
    let rows: Vec<String> = lines.map(|row| format!("({row})")).collect();
    let width = columns.split(',').count();
    let renamed: Vec<String> =
        columns.split(',').zip(1..).map(|(column, n)| format!("column{n} AS {}", column.trim())).collect();
    // A table without rows has the type of whole numbers.
    let (rows, only) = match rows.is_empty() {
        true => (format!("({})", vec!["0"; width].join(", ")), "WHERE FALSE"),
        false => (rows.join(", "), ""),
    };
    format!("{name} AS (SELECT {} FROM (VALUES {rows}) AS t {only})", renamed.join(", "))
}

/// All is well with the tables as they are, and as each of `well` changes them; each of `broken` is found.
async fn check(name: &str, tables: &str, well: &[(&str, &str)], broken: &[(&str, &str)]) {
    assert_eq!(found(name, tables).await, 0, "{name}");
    for (changes, is_broken) in [(well, false), (broken, true)] {
        for (from, to) in changes {
            assert!(tables.contains(from), "{name}: `{from}`");
            let changed = tables.replacen(from, to, 1);
            assert_eq!(found(name, &changed).await > 0, is_broken, "{name}: `{from}` as `{to}`");
        }
    }
}

#[tokio::test]
async fn energy_adds_up() {
    let tables = "\
keys(version, operator_unit_kwh, rounding_unit_kwh, shares_all)
1, 0, 0, true

allocations(interval_start, key_version, direction, allocated_kwh, rest_kwh, energy_kwh, status)
1, 1, 'import', 6, 4, 10, 'complete'
1, 1, 'export', 6, 0, 6, 'complete'
2, 1, 'import', 3, 0, 3, 'complete'
2, 1, 'export', 3, 5, 8, 'complete'";
    let well = [
        // What is held is not shared yet.
        ("'export', 6, 0, 6, 'complete'", "'export', 7, 0, 6, 'held'\n1, 1, 'export', 6, 0, 6, 'complete'"),
        // Where the last round is not pro rata, both may remain.
        ("true\n\nallocations", "false\n\nallocations"),
        // A rule that rounds each share for itself may be one unit off for each share.
        ("1, 0, 0, true", "1, 0, 1, true"),
    ];
    let broken = [
        // Given is not received.
        ("'export', 6, 0, 6", "'export', 7, 0, 7"),
        // Somebody receives more than it used, or less than nothing.
        ("'import', 6, 4, 10", "'import', 6, 4, 9"),
        ("'import', 3, 0, 3", "'import', 3, 0, 3, 'complete'\n2, 1, 'import', -1, 1, 0"),
        // A plant gives what it did not make.
        ("'export', 6, 0, 6", "'export', 6, 0, 5"),
        // Both production and consumption remain under a key that shares all.
        ("'export', 6, 0, 6", "'export', 6, 1, 7"),
    ];
    check("energy_adds_up", tables, &well, &broken).await;
    // The rounding of a rule covers one unit, and not two.
    let rounded = tables.replace("1, 0, 0, true", "1, 0, 1, true");
    check("energy_adds_up", &rounded, &[("'export', 6, 0, 6", "'export', 6, 0, 5")], &[]).await;
    check("energy_adds_up", &rounded, &[], &[("'export', 6, 0, 6", "'export', 6, 0, 4")]).await;
}

#[tokio::test]
async fn days_are_complete() {
    let tables = "\
days(local_day, interval_count, closed)
1, 2, true
2, 2, false

intervals(local_day, interval_start)
1, 10
1, 11
2, 12";
    let well = [("\n2, 12", ""), ("2, 2, false", "2, 1, true")];
    let broken =
        [("1, 10\n", ""), ("1, 11", "1, 11\n1, 12"), ("2, 2, false", "2, 2, true"), ("1, 2, true", "1, 3, true")];
    check("days_are_complete", tables, &well, &broken).await;
}

#[tokio::test]
async fn flows_add_up() {
    let tables = "\
allocations(interval_start, metering_point_id, direction, allocated_kwh, status)
10, 'C', 'import', 4, 'complete'
11, 'C', 'import', 2, 'complete'
10, 'D', 'import', 0, 'complete'
10, 'P', 'export', 4, 'complete'

intervals(local_day, interval_start)
1, 10
1, 11

energy_flows(local_day, metering_point_id, energy_kwh)
1, 'C', 5
1, 'C', 1";
    let well = [
        ("'P', 'export', 4", "'P', 'export', 5"),
        ("10, 'P'", "11, 'C', 'import', 9, 'held'\n10, 'P'"),
        ("1, 'C', 1", "1, 'C', 1\n1, 'D', 0"),
    ];
    let broken = [
        ("1, 'C', 1", "1, 'C', 2"),
        ("\n1, 'C', 1", ""),
        ("1, 'C', 1", "2, 'C', 1"),
        ("1, 'C', 1", "1, 'D', 1"),
        ("10, 'D', 'import', 0", "10, 'D', 'import', 1"),
    ];
    check("flows_add_up", tables, &well, &broken).await;
}

#[tokio::test]
async fn priced_energy_adds_up() {
    let tables = "\
member_days(local_day, member_id, item, energy_kwh)
1, 'm', 'internal_energy', 4
1, 'm', 'internal_energy', 2
1, 'm', 'community_fee', 9

energy_flows(local_day, member_id, energy_kwh)
1, 'm', 6";
    let broken = [
        ("'internal_energy', 2", "'internal_energy', 3"),
        ("1, 'm', 6", "1, 'm', 6\n1, 'n', 1"),
        ("1, 'm', 6", "2, 'm', 6"),
        ("1, 'm', 'community_fee', 9", "1, 'n', 'internal_energy', 9"),
    ];
    check("priced_energy_adds_up", tables, &[("'community_fee', 9", "'community_fee', 1")], &broken).await;
}

#[tokio::test]
async fn statements_add_up() {
    let tables = "\
pots(pot_id)
'surplus_sale'

member_days(member_id, item, energy_kwh, amount, price_segment)
'm', 'internal_energy', 4, 8, 1
'm', 'internal_energy', 2, 5, 2
'p', 'surplus_revenue', 3, 6, 1
'p', 'surplus_revenue', 7, 0, 0

statement_lines(kind, member_id, item, energy_kwh, exact_amount)
'net', 'm', 'internal_energy', 6, 13
'net', 'p', 'surplus_revenue', 3, 6
'net', 'm', 'monthly_fee', 0, 5
'vat', 'm', 'vat', 0, 2";
    let well = [("'monthly_fee', 0, 5", "'monthly_fee', 0, 6"), ("'vat', 0, 2", "'vat', 0, 3")];
    let broken = [
        ("'internal_energy', 6, 13", "'internal_energy', 5, 13"),
        ("'internal_energy', 6, 13", "'internal_energy', 6, 12"),
        ("'net', 'm', 'internal_energy', 6, 13\n", ""),
        ("'m', 'internal_energy', 2, 5, 2\n", ""),
        ("'net', 'p', 'surplus_revenue', 3, 6\n", ""),
        // Surplus that nobody buys has no revenue.
        ("'p', 'surplus_revenue', 3, 6, 1\n", ""),
    ];
    check("statement_adds_up", tables, &well, &broken).await;
    // Where a fund takes the revenue, its producers have no line of it.
    let taken = tables.replace("'surplus_sale'", "'fund'");
    assert!(found("statement_adds_up", &taken).await > 0);
    assert_eq!(found("statement_adds_up", &taken.replace("'net', 'p', 'surplus_revenue', 3, 6\n", "")).await, 0);
}

#[tokio::test]
async fn pots_are_split() {
    let tables = "\
pots(pot_id, version, part, beneficiary, amount, pot_amount)
'fund', 3, 1, 'members', 8, 10
'fund', 3, 2, 'social', 2, 10
'surplus_sale', 0, 1, 'producers', 4, 4

statement_lines(item, fund_id, fund_part, amount)
'fund_share', 'fund', 1, 3
'fund_share', 'fund', 1, 5
'surplus_revenue', '', 0, 4
'internal_energy', '', 0, 99";
    // A part that nobody can get is kept.
    let well = [("'fund_share', 'fund', 1, 3\n'fund_share', 'fund', 1, 5\n", "")];
    let broken = [
        ("1, 5", "1, 6"),
        ("'fund_share', 'fund', 1, 5\n", ""),
        ("'fund', 3, 2, 'social', 2, 10\n", ""),
        ("'social', 2, 10", "'social', 3, 10"),
        ("'surplus_revenue', '', 0, 4", "'surplus_revenue', '', 0, 3"),
        ("'surplus_revenue', '', 0, 4\n", ""),
        ("'fund_share', 'fund', 1, 3", "'fund_share', 'other', 1, 3"),
    ];
    check("pots_are_split", tables, &well, &broken).await;
}

#[tokio::test]
async fn postings_balance() {
    let tables = "\
postings(run_id, account, debit, credit)
'r', 'receivable_member', 12, 0
'r', 'revenue_energy', 7, 12
'r', 'payable_producer', 0, 6
'r', 'payable_member', 0, 1

statement_lines(run_id, document, amount)
'r', 'invoice', 10
'r', 'invoice', 2
'r', 'credit_note', 7";
    let broken = [
        ("'revenue_energy', 7, 12", "'revenue_energy', 7, 11"),
        ("'invoice', 2", "'invoice', 3"),
        ("'credit_note', 7", "'credit_note', 6"),
        // It balances, and says another thing than the documents.
        (
            "'receivable_member', 12, 0\n'r', 'revenue_energy', 7, 12",
            "'receivable_member', 13, 0\n'r', 'revenue_energy', 7, 13",
        ),
        // One run does not make up for another.
        ("'r', 'payable_member', 0, 1", "'s', 'payable_member', 0, 1"),
        ("'r', 'credit_note', 7", "'s', 'credit_note', 7"),
    ];
    check("postings_balance", tables, &[("'invoice', 10", "'invoice', 4\n'r', 'invoice', 6")], &broken).await;
}

#[tokio::test]
async fn operator_figures_stand() {
    let tables = "\
operator_figures(interval_start, metering_point_id, direction, operator_kwh, adopted)
1, 'C', 'import', 5, true
2, 'C', 'import', 7, false
1, 'P', 'export', 9, true

allocations(interval_start, metering_point_id, direction, allocated_kwh, status)
1, 'C', 'import', 5, 'complete'
2, 'C', 'import', 6, 'provisional'
1, 'P', 'export', 8, 'complete'";
    let well = [("'provisional'", "'held'"), ("5, true", "NULL, true")];
    let broken = [("5, 'complete'", "4, 'complete'"), ("'provisional'", "'complete'"), ("7, false", "7, true")];
    check("operator_figures_stand", tables, &well, &broken).await;
}

#[tokio::test]
async fn corrections_add_up() {
    let tables = "\
bills(bill)
1

billed_lines(member_id, energy_kwh, exact_amount, amount)
'm', 6, 60, 6
'n', 1, 10, 1

corrections(member_id, energy_kwh, exact_amount, amount, difference_kwh, difference_exact, difference_amount)
'm', -6, -60, -6, 0, 0, 0
'm', 8, 80, 8, 2, 20, 2

statement_lines(member_id, energy_kwh, exact_amount, amount)
'm', 8, 80, 8
'n', 1, 10, 1";
    // Before the first bill there is nothing to correct.
    let well = [("bills(bill)\n1", "bills(bill)")];
    let broken = [
        ("'m', 8, 80, 8\n", "'m', 9, 80, 8\n"),
        ("'m', 8, 80, 8\n", "'m', 8, 81, 8\n"),
        ("'m', 8, 80, 8\n", "'m', 8, 80, 9\n"),
        ("'n', 1, 10, 1\n\ncorrections", "'n', 2, 10, 1\n\ncorrections"),
        ("'m', -6, -60, -6, 0, 0, 0\n", ""),
        ("2, 20, 2", "3, 20, 2"),
        ("2, 20, 2", "2, 20, 1"),
        ("\n'n', 1, 10, 1\n\ncorrections", "\n\ncorrections"),
    ];
    check("corrections_add_up", tables, &well, &broken).await;
}

#[tokio::test]
async fn storage_adds_up() {
    // Charged 10, of which 6 from the community; then 5 are used, of which 4 come out: 3 of the community's, one lost.
    let tables = "\
keys(version, operator_unit_kwh, rounding_unit_kwh)
1, CAST(NULL AS BIGINT), 0

intervals(interval_start)
1
2

opening_stocks(metering_point_id, community_kwh, grid_kwh)
'S', 0, 0

storage(interval_start, metering_point_id, charged_community_kwh, charged_grid_kwh, used_community_kwh, used_grid_kwh, \
delivered_community_kwh, delivered_grid_kwh, delivered_unknown_kwh, loss_kwh, offered_kwh, released_kwh, \
stock_community_kwh, stock_grid_kwh, status)
1, 'S', 6, 4, 0, 0, 0, 0, 0, 0, 0, 0, 6, 4, 'complete'
2, 'S', 0, 0, 4, 1, 3, 1, 0, 1, 3, 2, 2, 3, 'complete'

balances(interval_start, stored_kwh, released_kwh, expected_points)
1, 6, 0, 3
2, 0, 2, 3

allocations(interval_start, metering_point_id, key_version, direction, allocated_kwh, energy_kwh)
1, 'S', 1, 'import', 6, 10
2, 'S', 1, 'export', 2, 4";
    let second = "2, 'S', 0, 0, 4, 1, 3, 1, 0, 1, 3, 2, 2, 3";
    let broken = [
        // Something is left that did not come in, or is gone.
        (second, "2, 'S', 0, 0, 4, 1, 3, 1, 0, 1, 3, 2, 3, 3"),
        (second, "2, 'S', 0, 0, 4, 1, 3, 1, 0, 1, 3, 2, 2, 2"),
        // What is used is neither delivered nor lost.
        (second, "2, 'S', 0, 0, 4, 1, 3, 1, 0, 0, 3, 2, 2, 3"),
        // More of the community's is offered than comes out, or released than offered.
        (second, "2, 'S', 0, 0, 4, 1, 3, 1, 0, 1, 4, 2, 2, 3"),
        (second, "2, 'S', 0, 0, 4, 1, 3, 1, 0, 1, 1, 2, 2, 3"),
        // The stock of the day before is another.
        ("'S', 0, 0\n\nstorage", "'S', 1, 0\n\nstorage"),
        // Shares and balances say otherwise.
        ("'export', 2, 4", "'export', 1, 4"),
        ("'export', 2, 4", "'export', 2, 5"),
        ("'import', 6, 10", "'import', 6, 11"),
        ("2, 0, 2, 3", "2, 0, 1, 3"),
        ("1, 6, 0, 3", "1, 5, 0, 3"),
    ];
    check("storage_adds_up", tables, &[], &broken).await;
}

#[test]
fn each_check_is_tried_here() {
    let here = include_str!("checks.rs");
    for check in queries::graph().checks {
        assert!(here.contains(&format!("(\"{}\", ", check.name)), "{}", check.name);
    }
}
