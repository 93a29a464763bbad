//! The intake: what is acknowledged is there once, whoever stops when.

use engine::ErrorKind;
use engine::calendar::SECOND;
use engine::clock::Clock;
use engine::ingest::replay::replay_all;
use engine::ingest::{Door, Limits};
use engine::schema::Table;
use engine::table::NoFence;

use super::place::{Place, Words, batch};

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
    // The whole message stands beside each of them.
    let payload = "select count(distinct payload) as n from quarantine";
    assert_eq!(place.sql(payload).await, ["1"]);
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
    late.set_door(std::sync::Arc::new(Door::default()));
    late.take(&batch("t", 0, &["X 3 8"]), &mut Words).await.unwrap();
    late.commit().await.unwrap();
    assert_eq!(Vec::from_iter(released().await), [("X".to_string(), 1)]);
}
