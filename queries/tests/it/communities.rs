//! Reports over more than one community.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::prelude::SessionContext;
use datafusion::scalar::ScalarValue;
use engine::calendar::{Span, day_span};
use engine::catalog::Principal;
use engine::clock::Micros;
use engine::registry::Row;

use crate::village::{Village, at, community, values};

const NOW: &str = "2026-06-16T12:00:00Z";

/// `a` is complete until noon, `b` in another zone lacks readings of the morning, `c` has none.
async fn village() -> Village {
    let mut village = Village::with_two(NOW).await;
    let mut rows = community("c", NOW);
    rows.extend(community("b", NOW).into_iter().filter_map(|row| match row {
        Row::Communities(c) => {
            Some(Row::Communities(engine::registry::Community { timezone: "Europe/Istanbul".into(), ..c }))
        }
        _ => None,
    }));
    village.apply(rows).await;
    village.ingest("file/a", &values("a", "2026-06-14T22:00:00Z", NOW)).await;
    let mut some = values("b", "2026-06-14T21:00:00Z", NOW);
    some.retain(|v| v.point != "b-C1" || v.start != at("2026-06-16T06:00:00Z"));
    village.ingest("file/b", &some).await;
    village.run().await;
    village
}

fn day_of(zone: &str) -> Span {
    day_span(engine::calendar::zone(zone).unwrap(), "2026-06-16".parse().unwrap())
}

fn days() -> Vec<(&'static str, Span)> {
    let (paris, istanbul) = (day_of("Europe/Paris"), day_of("Europe/Istanbul"));
    vec![("a", paris), ("b", istanbul), ("c", paris)]
}

async fn session(village: &Village, ids: &[&str]) -> SessionContext {
    let published = village.lake.published().await.unwrap();
    let ids: BTreeSet<String> = ids.iter().map(|id| id.to_string()).collect();
    engine::catalog::open(&village.lake, published.as_ref(), &Principal::Communities(ids)).await.unwrap()
}

fn instant(at: Micros) -> ScalarValue {
    ScalarValue::TimestampMicrosecond(Some(at), Some("UTC".into()))
}

/// Cells of the named columns, row by row.
async fn ask(session: &SessionContext, sql: &str, span: Option<Span>, names: &[&str]) -> Vec<Vec<String>> {
    let mut frame = engine::session::query(session, sql).await.unwrap();
    if let Some(span) = span {
        let bounds = vec![("start", instant(span.start)), ("end", instant(span.end))];
        frame = frame.with_param_values(bounds).unwrap();
    }
    let mut rows = Vec::new();
    let options = FormatOptions::default().with_null("-");
    for batch in frame.collect().await.unwrap() {
        let cell = |name: &&str, row: usize| {
            ArrayFormatter::try_new(batch.column_by_name(name).unwrap(), &options).unwrap().value(row).to_string()
        };
        rows.extend((0..batch.num_rows()).map(|row| names.iter().map(|n| cell(n, row)).collect::<Vec<_>>()));
    }
    rows
}

async fn today(session: &SessionContext) -> Vec<Vec<String>> {
    let times = |of: fn(&Span) -> Micros| -> ArrayRef {
        let all: Vec<Micros> = days().iter().map(|(_, day)| of(day)).collect();
        Arc::new(TimestampMicrosecondArray::from(all).with_timezone("UTC"))
    };
    let ids: StringArray = days().iter().map(|(id, _)| Some(*id)).collect();
    let columns = [
        ("community_id", Arc::new(ids) as ArrayRef),
        ("day_start", times(|day| day.start)),
        ("day_end", times(|day| day.end)),
    ];
    session.register_batch("local_days", RecordBatch::try_from_iter(columns).unwrap()).unwrap();
    let all = Span {
        start: days().iter().map(|(_, day)| day.start).min().unwrap(),
        end: days().iter().map(|(_, day)| day.end).max().unwrap(),
    };
    let names = [
        "community_id",
        "shared_kwh",
        "residual_kwh",
        "surplus_kwh",
        "production_kwh",
        "consumption_kwh",
        "first_incomplete_start",
        "last_start",
    ];
    ask(session, queries::report::COMMUNITIES_TODAY, Some(all), &names).await
}

#[tokio::test]
async fn the_list_of_communities_says_what_each_says_of_itself() {
    let village = village().await;
    let found = today(&session(&village, &["a", "b", "c"]).await).await;
    assert_eq!(found.len(), 3);
    let energies = ["shared_kwh", "residual_kwh", "surplus_kwh"];
    for ((id, day), row) in days().into_iter().zip(&found) {
        let own = session(&village, &[id]).await;
        // No key of this data set rounds or is somebody else's, so the totals need none to be told.
        let empty = "select 0 as rounding_unit_kwh, 0 as operator_unit_kwh, now() as valid_from, now() as valid_to";
        let keys = engine::session::query(&own, empty).await.unwrap().collect().await.unwrap().remove(0);
        own.register_batch("keys", keys).unwrap();
        let totals = ask(&own, queries::report::PERIOD_TOTALS, Some(day), &energies).await.remove(0);
        let until = ["first_incomplete_start", "last_start"];
        let complete = queries::report::COMPLETE_UNTIL.replace("$grid_seconds", "900");
        let complete = ask(&own, &complete, None, &until).await.remove(0);
        assert_eq!(row[0], id);
        assert_eq!((row[1..4].to_vec(), row[6..8].to_vec()), (totals, complete), "{id}");
    }
    assert_eq!(found[1][6], "2026-06-16T06:00:00Z", "{found:?}");
    let nothing = |cells: &[String]| cells.iter().all(|c| c.parse::<f64>() == Ok(0.0));
    assert!(nothing(&found[2][1..6]) && found[2][6..] == ["-", "-"], "{found:?}");
}

#[tokio::test]
async fn a_reader_gets_figures_of_no_other_community() {
    let village = village().await;
    let all = today(&session(&village, &["a", "b", "c"]).await).await;
    let own = today(&session(&village, &["a"]).await).await;
    assert_eq!(own[0], all[0]);
    assert_ne!(all[1][7], "-");
    assert_eq!(own[1][7], "-", "of `b` nothing is seen: {own:?}");
}
