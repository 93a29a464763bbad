//! What a cycle touches, and what it must not.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::job::{Check, Graph, Job};
use engine::schema::Table;
use engine::table::NoFence;

use crate::village::{Village, at, tariff, value, values};

const JUNE: [&str; 2] = ["2026-05-31T22:00:00Z", "2026-06-30T22:00:00Z"];

/// June of both communities, taken in and computed on 10 July, when every deadline has passed.
async fn june() -> Village {
    let village = Village::with_two("2026-07-10T00:00:00Z").await;
    for id in ["a", "b"] {
        village.ingest(&format!("file/{id}"), &values(id, JUNE[0], JUNE[1])).await;
    }
    village.run().await;
    village
}

const ALLOCATIONS: &str = "select community_id, metering_point_id, direction, interval_start, allocated_kwh, rest_kwh \
                           from allocations order by 1, 2, 3, 4";
const LINES: &str = "select community_id, month, line_id, member_id, item, price, energy_kwh, amount, status \
                     from statement_lines order by 1, 2, 3";

fn differing<'a>(before: &'a [String], after: &'a [String]) -> Vec<&'a String> {
    let before: BTreeSet<&String> = before.iter().collect();
    after.iter().filter(|row| !before.contains(row)).collect()
}

#[tokio::test]
async fn a_corrected_reading_changes_its_interval_and_the_lines_over_it() {
    let village = june().await;
    let (rows, lines, files) = (village.sql(ALLOCATIONS).await, village.sql(LINES).await, village.files().await);
    // At noon on the 15th of a: the other consumer's share and the producer's split change with it.
    village.ingest("file/correction", &[value("a-C1", at("2026-06-15T10:00:00Z"), 900_000)]).await;
    let report = village.run().await;
    let days: Vec<String> = report.computed.iter().map(|(id, d)| format!("{id} {d:?}")).collect();
    assert_eq!(days, ["a {2026-06-15}"]);
    let (rows_after, lines_after) = (village.sql(ALLOCATIONS).await, village.sql(LINES).await);
    let changed = differing(&rows, &rows_after);
    assert!((2..=3).contains(&changed.len()) && rows.len() == rows_after.len(), "{changed:?}");
    assert!(changed.iter().all(|r| r.starts_with("a,") && r.contains("2026-06-15T10:00:00")), "{changed:?}");
    let changed = differing(&lines, &lines_after);
    assert!(!changed.is_empty() && changed.iter().all(|l| l.starts_with("a,2026-06-01")), "{changed:?}");
    let gone: Vec<_> = files.difference(&village.files().await).cloned().collect();
    assert!(gone.iter().all(|f| f.contains("community_id=a")), "{gone:?}");
}

#[tokio::test]
async fn a_price_changes_the_lines_from_its_day_on_and_no_energy() {
    let mut village = june().await;
    let (rows, lines) = (village.sql(ALLOCATIONS).await, village.sql(LINES).await);
    village.apply(vec![tariff("b", "internal_energy", 120_000, at("2026-06-19T22:00:00Z"))]).await;
    let report = village.run().await;
    let (first, last) = (report.computed["b"].first().unwrap(), report.computed["b"].last().unwrap());
    assert_eq!((first.to_string().as_str(), report.computed.len()), ("2026-06-20", 1));
    assert!(last.to_string().as_str() >= "2026-06-30");
    assert_eq!(village.sql(ALLOCATIONS).await, rows);
    let after = village.sql(LINES).await;
    let changed = differing(&lines, &after);
    // Each member's line is cut in two: until the 19th at the old price, from the 20th at the new one; VAT follows.
    assert!(changed.iter().all(|l| l.starts_with("b,") && !l.contains("community_fee")), "{changed:?}");
    assert!(changed.iter().any(|l| l.contains(",0.120000,")) && changed.iter().any(|l| l.contains(",0.115000,")));
    let energy = |lines: &[String]| -> i64 {
        let of = |l: &String| {
            let cells: Vec<&str> = l.split(',').collect();
            let counts = cells[0] == "b" && cells[4] == "internal_energy";
            if counts { cells[6].replace('.', "").parse::<i64>().unwrap() } else { 0 }
        };
        lines.iter().map(of).sum()
    };
    assert_eq!(energy(&after), energy(&lines));
}

#[tokio::test]
async fn nothing_new_means_nothing_to_do() {
    let village = june().await;
    let files = village.files().await;
    assert_eq!(village.run().await.cycle, None);
    assert_eq!(village.files().await, files);
}

#[tokio::test]
async fn a_point_that_is_registered_late_touches_its_time_only() {
    let mut village = june().await;
    // The second consumer leaves from the 20th on: a later row of the same participation.
    let mut rows = crate::village::community("a", "");
    let left = rows.drain(..).find_map(|row| match row {
        engine::registry::Row::Participations(mut p) if p.metering_point_id == "a-C2" => {
            p.valid_to = at("2026-06-19T22:00:00Z");
            Some(engine::registry::Row::Participations(p))
        }
        _ => None,
    });
    village.apply(vec![left.unwrap()]).await;
    let report = village.run().await;
    assert_eq!(report.computed["a"].first().unwrap().to_string(), "2026-06-20");
    let sql = "select count(*) from readings where metering_point_id = 'a-C2'";
    assert_eq!(village.sql(sql).await, [(19 * 96).to_string()]);
    assert!(!report.computed.contains_key("b"));
}

fn with_check(sql: &'static str) -> Graph {
    let graph = queries::graph();
    let mut checks = graph.checks.clone();
    checks.push(Check { name: "of_this_test", sql, of_month: false });
    Graph::new(graph.sums, graph.jobs, checks)
}

#[tokio::test]
async fn a_violation_holds_its_community_and_stops_no_other() {
    let village = june().await;
    let before = village.sql(LINES).await;
    for id in ["a", "b"] {
        village
            .ingest(&format!("file/{id}2"), &[value(&format!("{id}-C1"), at("2026-06-15T10:00:00Z"), 900_000)])
            .await;
    }
    let graph = with_check("select interval_start, allocated_kwh from allocations where community_id = 'a' limit 2");
    let report = village.worker(graph, Arc::new(NoFence)).run_pending().await.unwrap();
    assert_eq!(report.held.keys().collect::<Vec<_>>(), ["a"]);
    assert!(report.held["a"].contains("of_this_test") && report.held["a"].contains("allocated_kwh"), "{report:?}");
    let after = village.sql(LINES).await;
    assert!(differing(&before, &after).iter().all(|l| l.starts_with("b,")));
    assert!(!differing(&before, &after).is_empty());
    let outcomes = village.lake.outcomes_after(0).await.unwrap();
    let held: Vec<_> = outcomes.iter().filter(|o| o.held.is_some()).map(|o| o.community_id.as_str()).collect();
    assert_eq!(held, ["a"]);
}

/// A job whose result is spoilt: `columns` in place of its own.
pub fn spoilt(table: Table, columns: &str) -> Graph {
    let graph = queries::graph();
    let jobs = graph.jobs.iter().map(|job| match job.table == table {
        true => {
            let names: Vec<String> = table.file_schema().fields().iter().map(|f| f.name().to_string()).collect();
            let with = |name: &String| {
                columns.split(';').find(|c| c.ends_with(&format!(" AS {name}"))).map_or(name.clone(), str::to_string)
            };
            let list: Vec<String> = names.iter().map(with).collect();
            let sql = format!("SELECT {} FROM ({}) AS right_rows", list.join(", "), job.sql);
            Job { table, sql: Box::leak(sql.into_boxed_str()) }
        }
        false => *job,
    });
    Graph::new(graph.sums.clone(), jobs.collect(), graph.checks.clone())
}

#[tokio::test]
async fn every_check_finds_what_it_guards_against() {
    let bump = "CAST(energy_kwh + CAST('0.000001' AS DECIMAL(18, 6)) AS DECIMAL(18, 6)) AS energy_kwh";
    let shift = "CAST(CASE WHEN direction = 'import' THEN allocated_kwh / 2 ELSE allocated_kwh END AS DECIMAL(18, 6)) \
                 AS allocated_kwh";
    let halve = "CAST(allocated_kwh / 2 AS DECIMAL(18, 6)) AS allocated_kwh;\
                 CAST(energy_kwh - CAST(allocated_kwh / 2 AS DECIMAL(18, 6)) AS DECIMAL(18, 6)) AS rest_kwh";
    let more = "CAST(amount + CAST('0.010000' AS DECIMAL(18, 6)) AS DECIMAL(18, 6)) AS amount";
    let twice = "CAST(debit + debit AS DECIMAL(18, 6)) AS debit";
    for (check, table, columns) in [
        ("energy_adds_up", Table::Allocations, shift),
        ("flows_add_up", Table::Allocations, halve),
        ("priced_energy_adds_up", Table::MemberDays, bump),
        ("statement_adds_up", Table::StatementLines, bump),
        ("corrections_add_up", Table::Corrections, bump),
        ("corrections_add_up", Table::Corrections, "CAST(0 AS DECIMAL(18, 6)) AS difference_amount"),
        ("pots_are_split", Table::Pots, more),
        ("postings_balance", Table::Postings, twice),
    ] {
        let mut village = Village::with_two("2026-07-10T00:00:00Z").await;
        village.apply(vec![tariff("a", "surplus_sale", 73_100, at("2025-12-31T23:00:00Z"))]).await;
        village.ingest("file/a", &values("a", "2026-06-15T00:00:00Z", "2026-06-16T00:00:00Z")).await;
        if table == Table::Corrections {
            village.run().await;
            village.bill("a", "2026-06-01").await;
            village.ingest("file/late", &[value("a-C1", at("2026-06-15T10:00:00Z"), 900_000)]).await;
        }
        let report = village.worker(spoilt(table, columns), Arc::new(NoFence)).run_pending().await.unwrap();
        assert!(report.held.get("a").is_some_and(|rows| rows.contains(check)), "{check}: {report:?}");
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "the inputs of one check, by hand")]
async fn a_day_that_lost_a_quarter_is_found() {
    let check = queries::graph().checks.into_iter().find(|c| c.name == "days_are_complete").unwrap();
    for (found, violations) in [(96, 0), (95, 1)] {
        let session = engine::session::plain();
        let day = "select date '2026-06-15' as local_day";
        let days = format!("{day}, 96 as interval_count, true as closed");
        let intervals = format!("{day}, value as interval_start from generate_series(1, {found})");
        for (name, sql) in [("days", days), ("intervals", intervals)] {
            session.register_table(name, session.sql(&sql).await.unwrap().into_view()).unwrap();
        }
        let rows: usize =
            session.sql(check.sql).await.unwrap().collect().await.unwrap().iter().map(|b| b.num_rows()).sum();
        assert_eq!(rows, violations, "{found} quarters");
    }
}

/// INV1-INV5, INV13: what the tables say of one another, on readings with gaps.
#[tokio::test]
async fn tables_add_up_among_each_other() {
    let village = Village::with_two("2026-06-20T12:00:00Z").await;
    let mut some = values("a", "2026-06-14T22:00:00Z", "2026-06-19T08:00:00Z");
    let mut n = 0;
    some.retain(|v| {
        n += 1;
        n % 17 != 0 || v.point == "a-P1"
    });
    village.ingest("file/a", &some).await;
    village.run().await;
    let none: &[&str] = &[
        "select * from allocations where allocated_kwh + rest_kwh <> energy_kwh or allocated_kwh > energy_kwh",
        "select b.interval_start from balances b where b.status <> 'held' and (b.production_kwh <> b.shared_kwh + \
         b.surplus_kwh or b.consumption_kwh <> b.shared_kwh + b.residual_kwh or \
         b.shared_kwh <> least(b.production_kwh, b.consumption_kwh))",
        "select a.interval_start from allocations a join balances b on a.interval_start = b.interval_start \
         where a.direction = 'import' group by a.interval_start, b.shared_kwh having sum(a.allocated_kwh) <> \
         b.shared_kwh",
        "select l.member_id from statement_lines l join (select member_id, item, sum(energy_kwh) as e from member_days \
         group by 1, 2) d on d.member_id = l.member_id and d.item = l.item group by l.member_id, l.item, d.e \
         having sum(l.energy_kwh) <> d.e",
        "select interval_start from balances where (missing_points > 0) <> (status <> 'complete')",
    ];
    for sql in none {
        assert_eq!(village.sql(sql).await, Vec::<String>::new(), "{sql}");
    }
    let missing = village.sql("select sum(missing), sum(expected - present) from coverage").await;
    assert!(!missing[0].starts_with("0,") && missing[0].split(',').collect::<BTreeSet<_>>().len() == 1, "{missing:?}");
}

/// The deadline is the community's: data, not law of ours.
#[tokio::test]
async fn a_community_says_how_long_it_waits() {
    let mut village = Village::with_two("2026-06-16T10:00:00Z").await;
    let mut rows = crate::village::community("b", "");
    let engine::registry::Row::Communities(mut b) = rows.remove(0) else { panic!("a community comes first") };
    b.deadline_hours = Some(6);
    village.apply(vec![engine::registry::Row::Communities(b)]).await;
    for id in ["a", "b"] {
        village.ingest(&format!("file/{id}"), &values(id, "2026-06-14T22:00:00Z", "2026-06-15T10:00:00Z")).await;
    }
    village.run().await;
    // Twelve hours after the day: b has dealt with its missing half, a waits for it until the 17th.
    let sql = "select community_id, count(*) from balances group by 1 order by 1";
    assert_eq!(village.sql(sql).await, ["a,48", "b,96"]);
    village.clock.set(at("2026-06-17T22:00:00Z"));
    village.run().await;
    assert_eq!(village.sql(sql).await[0], "a,96");
}
