//! Functions that SQL has here, and what it may not do.

use arrow::util::display::{ArrayFormatter, FormatOptions};
use engine::ErrorKind;
use engine::calendar::{day_start, local_day, rfc3339, zone};
use engine::session::{plain, query};
use engine::units::{format_decimal, parse_decimal, round_half_up};
use proptest::prelude::*;

async fn rows(sql: &str) -> engine::Result<Vec<String>> {
    let session = plain();
    let mut lines = Vec::new();
    for batch in query(&session, sql).await?.collect().await? {
        let options = FormatOptions::default();
        let columns: Vec<_> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options).unwrap()).collect();
        let line = |row| columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join(" ");
        lines.extend((0..batch.num_rows()).map(line));
    }
    Ok(lines)
}

fn now(sql: &str) -> engine::Result<Vec<String>> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(rows(sql))
}

fn refused(sql: &str, word: &str) {
    let error = now(sql).expect_err(sql).to_string();
    assert!(error.contains(word), "{sql}: {error}");
}

#[test]
fn local_days_follow_the_clock_of_the_place() {
    let days = |instant: &str, zone: &str| {
        now(&format!("select local_day(cast('{instant}' as timestamp), '{zone}') as d")).unwrap().remove(0)
    };
    assert_eq!(days("2026-05-31T21:59:59Z", "Europe/Paris"), "2026-05-31");
    assert_eq!(days("2026-05-31T22:00:00Z", "Europe/Paris"), "2026-06-01");
    // Winter begins in the night of a Sunday: its day has an hour more.
    assert_eq!(days("2026-10-24T22:00:00Z", "Europe/Paris"), "2026-10-25");
    assert_eq!(days("2026-10-25T22:59:59Z", "Europe/Paris"), "2026-10-25");
    assert_eq!(days("2026-10-25T21:00:00Z", "Europe/Istanbul"), "2026-10-26");
    assert_eq!(days("1969-12-31T23:30:00Z", "Europe/Paris"), "1970-01-01");
    refused("select local_day(cast('2026-01-01T00:00:00Z' as timestamp), 'Mars') as d", "`Mars`");
    let none =
        "select local_day(cast(null as timestamp), 'UTC') is null as a, local_month(cast(null as date)) is null as b";
    assert_eq!(now(none).unwrap(), ["true true"]);
}

#[test]
fn a_month_is_its_first_day() {
    let sql = "select local_month(d) as m from (values (date '2026-06-30'), (date '2024-02-29'), (date '1969-12-31')) \
        as v (d) order by 1";
    assert_eq!(now(sql).unwrap(), ["1969-12-01", "2024-02-01", "2026-06-01"]);
}

#[test]
fn days_of_sql_are_those_of_the_calendar() {
    let paris = zone("Europe/Paris").unwrap();
    let mut sql = Vec::new();
    let mut expected = Vec::new();
    let mut day: chrono::NaiveDate = "2026-03-27".parse().unwrap();
    for _ in 0..5 {
        let start = day_start(paris, day);
        for at in [start - 1, start] {
            sql.push(format!("('{}')", rfc3339(at)));
            expected.push(local_day(paris, at).to_string());
        }
        day = day.succ_opt().unwrap();
    }
    let sql = format!(
        "select local_day(cast(t as timestamp), 'Europe/Paris') as d from (values {}) as v (t) order by t",
        sql.join(", ")
    );
    assert_eq!(now(&sql).unwrap(), expected);
}

#[test]
fn digits_and_years_that_are_none_are_refused() {
    for digits in [-1, 13] {
        refused(&format!("select round_half_up(cast(1 as decimal(38, 12)), {digits}) as r"), "digits must be 0 to 12");
    }
    let interest = |days: i64, year: i64, digits: i64| {
        format!("select interest(cast(100 as decimal(18, 6)), cast(3 as decimal(9, 4)), {days}, {year}, {digits}) as i")
    };
    refused(&interest(1, 359, 2), "360 to 366");
    refused(&interest(1, 367, 2), "360 to 366");
    refused(&interest(-1, 365, 2), "-1 days");
    refused(&interest(1, 365, 7), "digits must be 0 to 6");
    // A year's interest, of 365 and of 360 days, and none for no day.
    assert_eq!(now(&interest(365, 365, 2)).unwrap(), ["3.000000"]);
    assert_eq!(now(&interest(365, 360, 2)).unwrap(), ["3.040000"]);
    assert_eq!(now(&interest(0, 365, 2)).unwrap(), ["0.000000"]);
    assert_eq!(now(&interest(120, 365, 0)).unwrap(), ["1.000000"]);
    let none = "select interest(cast(null as decimal(18, 6)), cast(3 as decimal(9, 4)), 1, 365, 2) is null as n";
    assert_eq!(now(none).unwrap(), ["true"]);
}

#[test]
fn a_pot_names_what_is_wrong_with_it() {
    let split = |total: &str, digits: &str, values: &str| {
        format!(
            "select largest_remainder(cast({total} as decimal(18, 6)), cast(w as decimal(18, 6)), id, {digits}, \
             cast(null as timestamp)) over () as p from (values {values}) as v (id, w)"
        )
    };
    refused(&split("1", "7", "('A', 1)"), "digits must be 0 to 6");
    refused(&split("1", "2", "('A', null)"), "never null");
    refused(&split("w", "2", "('A', 1), ('B', 2)"), "one total");
    refused(&split("1", "cast(w as bigint)", "('A', 1), ('B', 2)"), "one digits");
    assert_eq!(now(&split("5", "2", "('A', 0), ('B', 0)")).unwrap(), ["0.000000", "0.000000"]);
}

#[test]
fn a_session_reads_and_does_nothing_else() {
    for sql in [
        "create table t as select 1 as a",
        "create view v as select 1 as a",
        "insert into t values (1)",
        "drop table t",
        "set datafusion.execution.batch_size = 1",
        "copy (select 1) to 'x.csv'",
        "select 1; select 2",
    ] {
        assert!(now(sql).is_err(), "{sql}");
    }
    assert_eq!(now("select * from nowhere").unwrap_err().kind(), ErrorKind::User);
    assert_eq!(now("select 1 as a").unwrap(), ["1"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn sql_rounds_as_documents_do(
        values in prop::collection::vec(-1_000_000_000_000_000_000i64..1_000_000_000_000_000_000, 1..20),
        digits in 0u32..=12,
    ) {
        let texts: Vec<String> = values.iter().map(|v| format_decimal(i128::from(*v), 12)).collect();
        let all: Vec<String> = texts.iter().zip(0..).map(|(text, n)| format!("({n}, '{text}')")).collect();
        let sql = format!(
            "select round_half_up(cast(v as decimal(38, 12)), {digits}) as r from (values {}) as t (n, v) order by n",
            all.join(", ")
        );
        let expected = values.iter().map(|v| {
            let rounded = round_half_up(round_half_up(i128::from(*v), 12, digits), digits, 12);
            format_decimal(rounded, 12)
        });
        prop_assert_eq!(now(&sql).unwrap(), expected.collect::<Vec<_>>());
    }

    /// Parts sum to the pot, each within a cent of its exact part, none where there is no weight.
    #[test]
    fn a_pot_is_handed_out_to_the_cent(
        cents in -10_000_000i64..10_000_000,
        weights in prop::collection::vec(0i64..1_000_000, 1..12),
        drawn in any::<bool>(),
    ) {
        let instant = if drawn { "'2026-06-01T00:00:00Z'" } else { "null" };
        let rows: Vec<String> = weights.iter().zip(0..).map(|(w, n)| format!("('m{n:02}', {w})")).collect();
        let sql = format!(
            "select id, largest_remainder(cast({} as decimal(18, 6)), cast(w as decimal(18, 6)), id, 2, \
             cast({instant} as timestamp)) over () as p from (values {}) as v (id, w) order by id",
            format_decimal(i128::from(cents), 2),
            rows.join(", ")
        );
        let parts: Vec<i64> = now(&sql)
            .unwrap()
            .iter()
            .map(|line| parse_decimal(line.split(' ').nth(1).unwrap().as_bytes(), 2).unwrap())
            .collect();
        let all: i64 = weights.iter().sum();
        prop_assert_eq!(parts.iter().sum::<i64>(), if all == 0 { 0 } else { cents });
        for (part, weight) in parts.iter().zip(&weights) {
            let (part, weight, all) = (i128::from(*part), i128::from(*weight), i128::from(all));
            prop_assert!((part * all - i128::from(cents) * weight).abs() < all.max(1), "{} of {}", part, weight);
        }
    }
}
