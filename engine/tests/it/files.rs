//! Files of every table: what is written is read, the same rows are the same bytes, and bounds hold what they bound.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Int32Array, Int64Array, RecordBatch,
    StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field};
use engine::calendar::{QUARTER, Span, parse_rfc3339};
use engine::schema::Table;
use engine::table::scan::Visible;
use engine::table::{Commit, DataFile, LakeTable, NoFence, read_file, write_file};
use object_store::ObjectStore;

use super::place::Place;

/// Numbers that look random and are the same each time.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 24) as i64
    }
}

/// A column of any of the types that tables have; where it may be empty, each third value is.
fn column(field: &Field, rows: usize, numbers: &mut Numbers) -> ArrayRef {
    let mut of = |n: usize| {
        let number = numbers.next();
        (!(field.is_nullable() && n.is_multiple_of(3))).then_some(number)
    };
    let values: Vec<Option<i64>> = (0..rows).map(&mut of).collect();
    let narrow = |v: &Option<i64>| v.map(|v| (v % 20_000) as i32);
    match field.data_type() {
        DataType::Utf8 => {
            Arc::new(values.iter().map(|v| v.map(|v| format!("é {v}"))).collect::<StringArray>()) as ArrayRef
        }
        DataType::Int64 => Arc::new(Int64Array::from(values)),
        DataType::Int32 => Arc::new(values.iter().map(narrow).collect::<Int32Array>()),
        DataType::Boolean => Arc::new(values.iter().map(|v| v.map(|v| v % 2 == 0)).collect::<BooleanArray>()),
        DataType::Binary => {
            Arc::new(values.iter().map(|v| v.map(|v| v.to_be_bytes().to_vec())).collect::<BinaryArray>())
        }
        DataType::Date32 => Arc::new(values.iter().map(narrow).collect::<Date32Array>()),
        DataType::Timestamp(..) => Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC")),
        DataType::Decimal128(precision, scale) => {
            let values: Decimal128Array = values.iter().map(|v| v.map(|v| i128::from(v % 100_000))).collect();
            Arc::new(values.with_precision_and_scale(*precision, *scale).unwrap())
        }
        other => panic!("no table has {other}"),
    }
}

fn rows(table: Table, rows: usize, seed: u64) -> RecordBatch {
    let schema = table.file_schema();
    let mut numbers = Numbers(seed);
    let columns = schema.fields().iter().map(|field| column(field, rows, &mut numbers)).collect();
    RecordBatch::try_new(schema, columns).unwrap()
}

async fn store(place: &Place, table: Table) -> Arc<dyn ObjectStore> {
    place.lake.snapshot(table).await.unwrap().store()
}

#[tokio::test]
async fn each_table_is_read_as_it_was_written() {
    let place = Place::new().await;
    for table in Table::ALL {
        let store = store(&place, table).await;
        let (one, other) = (rows(table, 50, 1), rows(table, 30, 2));
        let batches = [one.clone(), other.clone()];
        let file = write_file(&store, table, "a b/é", "w", &batches, 7).await.unwrap();
        assert_eq!((file.rows, file.window(), file.modified_ms), (80, "w", 7), "{}", table.name());
        let read = read_file(&store, table, &file).await.unwrap();
        let whole = arrow::compute::concat_batches(&table.file_schema(), &batches).unwrap();
        assert_eq!(read, whole, "{}", table.name());
        // The same rows in other pieces are the same bytes, and so the same name.
        let again = write_file(&store, table, "a b/é", "w", &[whole], 7).await.unwrap();
        assert_eq!(again.path, file.path, "{}", table.name());
        let different = write_file(&store, table, "a b/é", "w", &[one], 7).await.unwrap();
        assert_ne!(different.path, file.path);
        // A partition whose name no folder could have is written in other letters.
        assert!(file.path.is_ascii() && !file.path.contains(' '), "{}", file.path);
        assert_eq!(table.partition_column().is_some(), file.path.contains('/'), "{}", file.path);
    }
}

#[tokio::test]
async fn bounds_hold_all_values() {
    let place = Place::new().await;
    let table = Table::Quarantine;
    let store = store(&place, table).await;
    let batches = [rows(table, 40, 3), rows(table, 40, 4)];
    let file = write_file(&store, table, "2026-06-15", "w", &batches, 0).await.unwrap();
    let positions: BTreeSet<i64> = batches
        .iter()
        .flat_map(|b| {
            let column = b.column_by_name("position").unwrap().as_any().downcast_ref::<Int64Array>().unwrap();
            column.values().to_vec()
        })
        .collect();
    let (low, high) = &file.bounds["position"];
    assert_eq!((low.as_i64(), high.as_i64()), (positions.first().copied(), positions.last().copied()));
    let (low, high) = &file.bounds["source"];
    assert!(low.as_str() < high.as_str());
    assert!(!file.bounds.contains_key("payload"), "bytes have none");
    // A file without rows has no bounds, and is read as none.
    let empty = write_file(&store, table, "2026-06-15", "w", &[rows(table, 0, 0)], 0).await.unwrap();
    assert_eq!((empty.rows, empty.bounds.len()), (0, 0));
    assert_eq!(read_file(&store, table, &empty).await.unwrap().num_rows(), 0);
}

#[tokio::test]
async fn a_column_that_is_younger_than_a_file_holds_nothing_there() {
    let place = Place::new().await;
    let table = Table::ReadingsRaw;
    let store = store(&place, table).await;
    let all = rows(table, 10, 5);
    let young: Vec<usize> = (0..all.num_columns()).filter(|n| all.schema().field(*n).is_nullable()).collect();
    assert!(!young.is_empty());
    let old: Vec<usize> = (0..all.num_columns()).filter(|n| !young.contains(n)).collect();
    // As an older program would have written it.
    let narrow = all.project(&old).unwrap();
    let mut bytes = Vec::new();
    let mut writer = parquet::arrow::ArrowWriter::try_new(&mut bytes, narrow.schema(), None).unwrap();
    writer.write(&narrow).unwrap();
    writer.close().unwrap();
    let path = "utc_day=2026-06-15/old.parquet";
    let size = bytes.len() as u64;
    object_store::ObjectStoreExt::put(&store, &object_store::path::Path::from(path), bytes.into()).await.unwrap();
    let file = DataFile {
        path: path.into(),
        size,
        partition: "2026-06-15".into(),
        rows: 10,
        bounds: Default::default(),
        modified_ms: 0,
        digests: None,
    };
    let read = read_file(&store, table, &file).await.unwrap();
    assert_eq!(read.project(&old).unwrap(), narrow);
    assert!(young.iter().all(|n| read.column(*n).null_count() == 10));
}

/// Readings of two communities, a file for each of three hours of each.
async fn with_hours(place: &Place) {
    let table = Table::Balances;
    let store = store(place, table).await;
    let start = parse_rfc3339("2026-06-15T00:00:00Z").unwrap();
    let mut add = Vec::new();
    for (community, seed) in [("a", 10), ("b", 20)] {
        for hour in 0..3 {
            let first = start + hour * 4 * QUARTER;
            let times: Vec<i64> = (0..4).map(|n| first + n * QUARTER).collect();
            let batch = rows(table, 4, seed + hour as u64);
            let mut columns = batch.columns().to_vec();
            let at = table.file_schema().index_of("interval_start").unwrap();
            columns[at] = Arc::new(TimestampMicrosecondArray::from(times).with_timezone("UTC"));
            let batch = RecordBatch::try_new(batch.schema(), columns).unwrap();
            add.push(write_file(&store, table, community, "w", &[batch], 0).await.unwrap());
        }
    }
    place.lake.commit(table, &Commit { add, ..Commit::default() }, &NoFence).await.unwrap();
}

#[tokio::test]
async fn a_scan_opens_only_what_it_may_and_needs() {
    let place = Place::new().await;
    with_hours(&place).await;
    let snapshot = place.lake.snapshot(Table::Balances).await.unwrap();
    assert_eq!(snapshot.files().unwrap().len(), 6);
    let start = parse_rfc3339("2026-06-15T00:00:00Z").unwrap();
    let hour = 4 * QUARTER;
    for (communities, span, expected) in [
        (vec!["a", "b"], Span { start, end: start + 3 * hour }, vec!["a 12", "b 12"]),
        (vec!["a"], Span { start, end: start + 3 * hour }, vec!["a 12"]),
        // Bounds of files let whole files go: what is left still holds its whole hour.
        (vec!["a"], Span { start: start + hour, end: start + hour + QUARTER }, vec!["a 4"]),
        (vec!["b"], Span { start: start + hour - QUARTER, end: start + hour + QUARTER }, vec!["b 8"]),
        (vec!["a"], Span { start: start - hour, end: start }, vec![]),
        (vec!["c"], Span { start, end: start + 3 * hour }, vec![]),
    ] {
        let visible = Visible::Communities(communities.iter().map(|c| c.to_string()).collect());
        let session = engine::session::plain();
        let table = LakeTable::new(&snapshot, &visible).unwrap().within("interval_start", span);
        table.register(&session).unwrap();
        let sql = "select community_id || ' ' || cast(count(*) as varchar) as n from balances group by community_id \
            order by 1";
        let batches = engine::session::query(&session, sql).await.unwrap().collect().await.unwrap();
        let text = arrow::util::pretty::pretty_format_batches(&batches).unwrap().to_string();
        let seen: Vec<&str> =
            text.lines().filter_map(|l| l.strip_prefix("| ")).map(|l| l.trim_matches([' ', '|'])).collect();
        assert_eq!(seen.iter().filter(|l| **l != "n").copied().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn tables_have_one_name_each() {
    let names: BTreeSet<&str> = Table::ALL.iter().map(|t| t.name()).collect();
    assert_eq!(names.len(), Table::ALL.len());
    for table in Table::ALL {
        assert_eq!(Table::parse(table.name()), Some(table));
        // Rows are sorted by columns that they have, and the partition is in the path and not in the file.
        let schema = table.file_schema();
        assert!(table.order().iter().all(|c| schema.index_of(c).is_ok()), "{}", table.name());
        assert!(table.partition_column().is_none_or(|c| schema.index_of(c).is_err()), "{}", table.name());
        let parted = usize::from(table.partition_column().is_some());
        assert_eq!(table.schema().fields().len(), schema.fields().len() + parted);
    }
    assert_eq!(Table::parse("nowhere"), None);
    let all = Table::MASTER.len() + Table::RESULTS.len();
    assert_eq!(all + 3, Table::ALL.len(), "besides them readings, quarantine and runs");
}
