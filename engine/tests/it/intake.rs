//! The intake: what is acknowledged is there once, whoever stops when.

use std::sync::Arc;

use arrow::array::{BinaryArray, RecordBatch, StringArray};
use engine::ErrorKind;
use engine::calendar::SECOND;
use engine::clock::Clock;
use engine::ingest::replay::replay_all;
use engine::ingest::{Closing, Door, Frame, FrameBatch, Intake, Limits};
use engine::schema::Table;
use engine::table::{Commit, Lake, Maintained, NoFence, Policy, read_file, write_file};
use sha2::{Digest, Sha256};

use super::place::{NOON, Place, Words, at, batch};

const NEVER: Limits = Limits { age: i64::MAX, rows: usize::MAX, bytes: usize::MAX };

#[tokio::test]
async fn a_commit_is_due_by_rows_bytes_or_age() {
    let place = Place::new().await;
    let mut by_rows = place.intake(Limits { rows: 3, ..NEVER }).await;
    by_rows.take(&batch("s", 0, &["P 0 1", "P 1 1"]), &mut Words).await.unwrap();
    assert!(!by_rows.is_due() && !by_rows.is_empty());
    // What is refused counts too.
    by_rows.take(&batch("s", 2, &["-"]), &mut Words).await.unwrap();
    assert!(by_rows.is_due());

    let mut by_bytes = place.intake(Limits { bytes: 1, ..NEVER }).await;
    assert!(!by_bytes.is_due());
    by_bytes.take(&batch("s", 0, &["P 0 1"]), &mut Words).await.unwrap();
    assert!(by_bytes.is_due());

    let mut by_age = place.intake(Limits { age: 5 * SECOND, ..NEVER }).await;
    by_age.take(&batch("s", 0, &["P 0 1"]), &mut Words).await.unwrap();
    place.clock.set(place.clock.now() + 5 * SECOND - 1);
    assert!(!by_age.is_due());
    place.clock.set(place.clock.now() + 1);
    assert!(by_age.is_due());
    by_age.commit().await.unwrap();
    assert!(!by_age.is_due() && by_age.is_empty());
}

#[tokio::test]
async fn a_source_goes_on_where_it_stands() {
    let place = Place::new().await;
    let mut intake = place.intake(NEVER).await;
    intake.take(&batch("s", 0, &["P 0 1", "P 1 2"]), &mut Words).await.unwrap();
    // A gap and a repetition, in what is pending.
    for from in [1, 3] {
        let refused = intake.take(&batch("s", from, &["P 2 3"]), &mut Words).await.unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    }
    intake.take(&batch("s", 2, &["P 2 3"]), &mut Words).await.unwrap();
    let done = intake.commit().await.unwrap();
    assert_eq!((done.accepted, done.rejected, done.positions), (3, 0, vec![("s".to_string(), 3)]));
    // And in the table, for another process.
    let mut next = place.intake(NEVER).await;
    let refused = next.take(&batch("s", 0, &["P 0 1"]), &mut Words).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    next.take(&batch("s", 3, &["P 3 4"]), &mut Words).await.unwrap();
    next.commit().await.unwrap();
    assert_eq!(place.sql("select sum(energy_kwh) as n from readings_raw").await, ["0.000010"]);
    // A commit of nothing is none.
    let version = place.lake.snapshot(Table::ReadingsRaw).await.unwrap().version();
    assert_eq!(place.intake(NEVER).await.commit().await.unwrap(), Default::default());
    assert_eq!(place.lake.snapshot(Table::ReadingsRaw).await.unwrap().version(), version);
}

#[tokio::test]
async fn of_two_that_read_the_same_one_commits() {
    let place = Place::new().await;
    let (mut one, mut other) = (place.intake(NEVER).await, place.intake(NEVER).await);
    for intake in [&mut one, &mut other] {
        intake.take(&batch("s", 0, &["P 0 1", "-"]), &mut Words).await.unwrap();
    }
    one.commit().await.unwrap();
    let refused = other.commit().await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Conflict, "{refused}");
    // It has forgotten what was pending, and goes on after the other.
    assert!(other.is_empty());
    other.take(&batch("s", 2, &["P 1 1"]), &mut Words).await.unwrap();
    other.commit().await.unwrap();
    assert_eq!(place.count(Table::ReadingsRaw).await, 2);
}

#[tokio::test]
async fn sources_that_are_dropped_leave_nothing_behind() {
    let place = Place::new().await;
    let mut intake = place.intake(NEVER).await;
    intake.take(&batch("kept", 0, &["P 0 1"]), &mut Words).await.unwrap();
    intake.take(&batch("lost", 0, &["P 1 1", "-"]), &mut Words).await.unwrap();
    intake.drop_sources(&["lost".to_string(), "unknown".to_string()]);
    let done = intake.commit().await.unwrap();
    assert_eq!((done.accepted, done.rejected, done.positions), (1, 0, vec![("kept".to_string(), 1)]));
    assert_eq!(place.lake.snapshot(Table::ReadingsRaw).await.unwrap().position("lost").await.unwrap(), None);
    assert_eq!(place.count(Table::Quarantine).await, 0);
}

#[tokio::test]
async fn each_value_of_a_message_is_judged_by_itself() {
    let place = Place::new().await;
    let mut intake = place.intake(NEVER).await;
    intake.take(&batch("s", 7, &["P 0 1;X 0 1;P 1 -1;-;P 2 5;P 60 1"]), &mut Words).await.unwrap();
    let done = intake.commit().await.unwrap();
    assert_eq!((done.accepted, done.rejected), (2, 4));
    let kept = "select position, position_index, reason, field, value from quarantine order by 1, 2";
    let expected = [
        "7 1 unknown_metering_point metering_point_id X",
        "7 2 negative energy_kwh -0.000001",
        "7 3 malformed message -",
        "7 5 in_future interval_start 2026-06-15T15:00:00Z",
    ];
    assert_eq!(place.sql(kept).await, expected);
    // The whole message stands beside the first of them.
    let payload = "select octet_length(encode(payload, 'hex')) / 2 from quarantine order by position_index";
    assert_eq!(place.sql(payload).await, ["33", "0", "0", "0"]);
}

#[tokio::test]
async fn a_message_is_kept_once_however_many_of_its_values_are_bad() {
    let place = Place::new().await;
    let mut intake = place.intake(NEVER).await;
    let value = format!("{} 0 1", "X".repeat(30));
    let message = vec![value; 30_000].join(";");
    intake.take(&batch("s", 0, &[&message, "-"]), &mut Words).await.unwrap();
    let done = intake.commit().await.unwrap();
    assert_eq!((done.accepted, done.rejected), (0, 30_001));
    let kept = "select position, count(*), count(distinct position_index), \
                sum(octet_length(encode(payload, 'hex')) / 2), min(position_index) from quarantine \
                group by 1 order by 1";
    assert_eq!(place.sql(kept).await, [format!("0 30000 30000 {} 0", message.len()), "1 1 1 1 0".to_string()]);
    let first = "select position, position_index from quarantine where payload <> cast('' as bytea) order by 1";
    assert_eq!(place.sql(first).await, ["0 0", "1 0"]);
}

#[tokio::test]
async fn of_a_payload_that_is_too_large_the_head_and_the_digest_are_kept() {
    let place = Place::new().await;
    let mut intake = place.intake(NEVER).await;
    let large = "P 0 1;".repeat(2_000);
    let mut batch = FrameBatch::new("s", 0);
    batch.push(Frame::within(large.len(), b"P 0 1", 0, at(NOON)));
    batch.push(Frame::within(large.len() - 1, large.as_bytes(), 1, at(NOON)));
    batch.push(Frame::within(large.len(), b"P 1 1", 2, at(NOON)));
    intake.take(&batch, &mut Words).await.unwrap();
    let done = intake.commit().await.unwrap();
    assert_eq!((done.accepted, done.rejected), (2, 1));
    let kept = "select position, position_index, reason, field, value, octet_length(encode(payload, 'hex')) / 2, \
                payload_bytes, payload_sha256 from quarantine";
    let digest: String = Sha256::digest(large).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(place.sql(kept).await, [format!("1 0 message_too_large message 12000 bytes 4096 12000 {digest}")]);
}

/// What one of two processes does that read the same source: reads from where the table stands, puts aside, takes in.
struct Writer {
    intake: Intake,
    /// As many messages are read at once.
    at_once: usize,
    closing: Option<Closing>,
    aside: bool,
}

/// The third has two values, one of a point that one of the processes does not know yet.
const MESSAGES: [&str; 5] = ["P 0 1;-", "-", "N 0 1;P 1 1", "P 2 1", "-;-"];

impl Writer {
    /// The next step. When it is refused, the process begins again where the table stands. True when all is read.
    async fn step(&mut self, lake: &Lake, source: &str) -> bool {
        let Some(closing) = &mut self.closing else {
            let raw = lake.snapshot(Table::ReadingsRaw).await.unwrap();
            let from = raw.position(source).await.unwrap().unwrap_or(0);
            let rest = MESSAGES.get(usize::try_from(from).unwrap()..).unwrap_or_default();
            let messages = &rest[..rest.len().min(self.at_once)];
            if messages.is_empty() {
                return true;
            }
            self.intake.take(&batch(source, from, messages), &mut Words).await.unwrap();
            (self.closing, self.aside) = (Some(self.intake.close()), false);
            return false;
        };
        let refused = match self.aside {
            false => {
                self.aside = true;
                closing.put_aside(lake).await
            }
            true => match self.closing.take() {
                Some(closing) => closing.take_in(lake).await.map(drop),
                None => Ok(()),
            },
        };
        if let Err(e) = refused {
            assert_eq!(e.kind(), ErrorKind::Conflict, "{e}");
            self.closing = None;
        }
        false
    }
}

/// Every order of the steps of two processes that read the same source, each of which may also have ended after any of
/// them; a third one reads the rest. Nothing is missing, and nothing stands twice, in the quarantine neither.
async fn two_writers_keep_each_value_once(first: u32) {
    let place = Place::new().await;
    let door = Arc::new(Door::new(&place.lake.registry().await.unwrap(), Default::default()));
    place.register(2, "N").await;
    let other = place.other().await;
    const STEPS: u32 = 6;
    let orders: Vec<u32> = (0..1 << STEPS).filter(|order| order & 3 == first).collect();
    for order in &orders {
        let source = format!("s{order}");
        let mut writers = Vec::new();
        for at_once in [3, 2] {
            let intake = place.intake(NEVER).await;
            writers.push(Writer { intake, at_once, closing: None, aside: false });
        }
        writers[0].intake.set_door(Arc::clone(&door));
        for step in 0..STEPS {
            let which = (order >> step & 1) as usize;
            let lake = if which == 0 { &place.lake } else { &other };
            writers[which].step(lake, &source).await;
        }
        let intake = place.intake(NEVER).await;
        let mut last = Writer { intake, at_once: 2, closing: None, aside: false };
        while !last.step(&place.lake, &source).await {}
    }
    let runs = orders.len();
    let twice = |table: &str| {
        format!(
            "select source, position, position_index, count(*) from {table} \
             group by 1, 2, 3 having count(*) > 1 limit 5"
        )
    };
    for table in ["readings_raw", "quarantine"] {
        assert_eq!(place.sql(&twice(table)).await, [""; 0], "{table}");
    }
    let bad = "select position, position_index, count(*) from quarantine where reason = 'malformed' group by 1, 2 \
               order by 1, 2";
    let all = |places: &[&str]| places.iter().map(|p| format!("{p} {runs}")).collect::<Vec<_>>();
    assert_eq!(place.sql(bad).await, all(&["0 1", "1 0", "4 0", "4 1"]));
    let good = "select position, position_index, count(*) from readings_raw where metering_point_id = 'P' \
                group by 1, 2 order by 1, 2";
    assert_eq!(place.sql(good).await, all(&["0 0", "2 1", "3 0"]));
    // The value of the point that one of them did not know is in the table once, after a replay where need be.
    let registry = place.lake.registry().await.unwrap();
    let door = Door::new(&registry, Default::default());
    replay_all(&place.lake, &*place.clock, &registry, &door, &mut Words, &NoFence).await.unwrap();
    let late = "select count(*), count(distinct coalesce(origin_source, source)) from readings_raw \
                where metering_point_id = 'N'";
    assert_eq!(place.sql(late).await, [format!("{runs} {runs}")]);
}

// By the first two steps, side by side.
#[tokio::test]
async fn two_writers_in_every_order_that_begins_with_the_first_alone() {
    two_writers_keep_each_value_once(0b00).await;
}

#[tokio::test]
async fn two_writers_in_every_order_that_begins_with_the_second_then_the_first() {
    two_writers_keep_each_value_once(0b01).await;
}

#[tokio::test]
async fn two_writers_in_every_order_that_begins_with_the_first_then_the_second() {
    two_writers_keep_each_value_once(0b10).await;
}

#[tokio::test]
async fn two_writers_in_every_order_that_begins_with_the_second_alone() {
    two_writers_keep_each_value_once(0b11).await;
}

#[tokio::test]
async fn a_point_that_is_registered_later_gets_its_readings_once() {
    let place = Place::new().await;
    let mut intake = place.intake(NEVER).await;
    intake.take(&batch("s", 0, &["X 0 1;P 0 9;X 1 2", "X 2 4", "Y 0 100", "-"]), &mut Words).await.unwrap();
    intake.commit().await.unwrap();
    let released = || async {
        let registry = place.lake.registry().await.unwrap();
        let door = Door::new(&registry, Default::default());
        replay_all(&place.lake, &*place.clock, &registry, &door, &mut Words, &NoFence).await.unwrap()
    };
    assert_eq!(released().await.len(), 0);
    place.register(2, "X").await;
    assert_eq!(Vec::from_iter(released().await), [("X".to_string(), 3)]);
    assert_eq!(released().await.len(), 0, "what is released is not released again");
    let sums =
        "select metering_point_id, count(*) as n, sum(energy_kwh) as kwh from readings_raw group by 1 order by 1";
    assert_eq!(place.sql(sums).await, ["P 1 0.000009", "X 3 0.000007"]);
    // Where they came from stands beside them; quarantine keeps everything.
    let origins = "select origin_position, origin_index from readings_raw where origin_source = 's' order by 1, 2";
    assert_eq!(place.sql(origins).await, ["0 0", "0 2", "1 0"]);
    assert_eq!(place.count(Table::Quarantine).await, 5);
    // One that was put aside after the first replay follows.
    let mut late = place.intake(NEVER).await;
    late.set_door(Arc::new(Door::default()));
    late.take(&batch("t", 0, &["X 3 8"]), &mut Words).await.unwrap();
    late.commit().await.unwrap();
    assert_eq!(Vec::from_iter(released().await), [("X".to_string(), 1)]);
    let twice = "select source, position, position_index from readings_raw group by 1, 2, 3 having count(*) > 1";
    assert_eq!(place.sql(twice).await, [""; 0], "the second replay of a point has positions of its own");
}

#[tokio::test]
async fn a_value_finds_its_payload_at_another_value_of_its_message() {
    let place = Place::new().await;
    let mut intake = place.intake(NEVER).await;
    // The payload stands beside the first bad value, of a point that stays unknown.
    let mixed = "Y 0 1;X 0 3;P 0 9;X 1 4";
    intake.take(&batch("s", 0, &[mixed, "-;X 2 5"]), &mut Words).await.unwrap();
    intake.commit().await.unwrap();
    // As older programs wrote it: each row with the payload.
    let quarantine = place.lake.snapshot(Table::Quarantine).await.unwrap();
    let file = quarantine.files().unwrap()[0].clone();
    let rows = read_file(&quarantine.store(), Table::Quarantine, &file).await.unwrap();
    let mut columns = rows.columns().to_vec();
    let place_of = |name: &str| rows.schema().index_of(name).unwrap();
    columns[place_of("source")] = Arc::new(StringArray::from(vec!["old"; rows.num_rows()]));
    let payloads: Vec<&[u8]> = vec![mixed.as_bytes(), mixed.as_bytes(), mixed.as_bytes(), b"-;X 2 5", b"-;X 2 5"];
    columns[place_of("payload")] = Arc::new(BinaryArray::from(payloads));
    let old = RecordBatch::try_new(rows.schema(), columns).unwrap();
    let store = quarantine.store();
    let file = write_file(&store, Table::Quarantine, &file.partition, "old", &[old], 0).await.unwrap();
    let commit = Commit { add: vec![file], ..Commit::default() };
    place.lake.commit(Table::Quarantine, &commit, &NoFence).await.unwrap();
    place.register(2, "X").await;
    let registry = place.lake.registry().await.unwrap();
    let door = Door::new(&registry, Default::default());
    let done = replay_all(&place.lake, &*place.clock, &registry, &door, &mut Words, &NoFence).await.unwrap();
    assert_eq!(Vec::from_iter(done), [("X".to_string(), 6)]);
    let released = "select origin_source, origin_position, origin_index, energy_kwh from readings_raw \
                    where origin_source is not null order by 1, 2, 3";
    let of = |source: &str| ["0 1 0.000003", "0 3 0.000004", "1 1 0.000005"].map(|v| format!("{source} {v}"));
    assert_eq!(place.sql(released).await, [of("old"), of("s")].concat());
}

#[tokio::test]
async fn files_of_the_quarantine_are_joined_row_by_row() {
    let place = Place::new().await;
    let mut intake = place.intake(NEVER).await;
    let large = format!("X 0 1;{}", "x".repeat(100_000));
    for n in 0..5 {
        intake.take(&batch("s", 2 * n, &["-", &large]), &mut Words).await.unwrap();
        intake.commit().await.unwrap();
    }
    let rows = "select position, position_index, reason, metering_point_id, encode(sha256(payload), 'hex') \
                from quarantine order by 1, 2";
    let before = place.sql(rows).await;
    let mut done = Maintained::default();
    let policy = Policy { files: 2, ..Policy::default() };
    place.lake.compact(policy, place.clock.now(), &NoFence, &mut done).await.unwrap();
    assert_eq!(done.compacted, (5, 1));
    assert_eq!((before.len(), place.sql(rows).await), (15, before));
    let quarantine = place.lake.snapshot(Table::Quarantine).await.unwrap();
    let [file] = quarantine.files().unwrap() else { panic!("one file") };
    assert_eq!((file.rows, &file.bounds["position"]), (15, &(0.into(), 9.into())));
}
