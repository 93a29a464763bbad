//! Months of which nobody has sent anything: members are there, fees are owed, and what is learned later reaches them.

use engine::registry::{FOREVER, Participation, Row, Tariff};

use super::village::{Village, at, tariff, values};

const YEAR: &str = "2025-12-31T23:00:00Z";
/// What members owe in the month of silence.
const OWED: &str = "select member_id, item, amount from statement_lines \
    where community_id = 'a' and month = '2026-07-01' and document = 'invoice' order by member_id, line_number";
const MONTHS: &str = "select month from month_states where community_id = 'a' order by 1";

fn fee(price_micro: i64) -> Row {
    let Row::Tariffs(t) = tariff("a", "monthly_fee", 0, at(YEAR)) else { panic!("a tariff") };
    Row::Tariffs(Tariff { price_micro_per_kwh: None, price_micro_per_month: Some(price_micro), valid_to: FOREVER, ..t })
}

/// One day of June came in; all of July was silent, and its deadlines have passed.
async fn silent(master_data: Vec<Row>) -> Village {
    let mut village = Village::with_two("2026-08-10T00:00:00Z").await;
    village.apply(master_data).await;
    village.ingest("file/a", &values("a", "2026-06-14T22:00:00Z", "2026-06-15T22:00:00Z")).await;
    village.run().await;
    village
}

#[tokio::test]
async fn a_price_that_is_told_later_counts_in_a_month_of_silence() {
    let mut village = silent(vec![fee(1_000_000)]).await;
    let one = ["m-C1,monthly_fee,1.000000", "m-C1,vat,0.200000", "m-C2,monthly_fee,1.000000", "m-C2,vat,0.200000"];
    assert_eq!(village.sql(OWED).await, one);
    village.apply(vec![fee(2_000_000)]).await;
    village.run().await;
    let two = ["m-C1,monthly_fee,2.000000", "m-C1,vat,0.400000", "m-C2,monthly_fee,2.000000", "m-C2,vat,0.400000"];
    assert_eq!(village.sql(OWED).await, two);
    // As who had known it from the start.
    assert_eq!(silent(vec![fee(2_000_000)]).await.sql(OWED).await, two);
}

#[tokio::test]
async fn who_left_before_a_month_of_silence_owes_nothing_for_it() {
    let mut village = silent(vec![fee(1_000_000)]).await;
    assert_eq!(village.sql(MONTHS).await, ["2026-06-01", "2026-07-01"]);
    let registry = village.lake.registry().await.unwrap();
    let leaves =
        |p: &Participation| Row::Participations(Participation { valid_to: at("2026-06-30T22:00:00Z"), ..p.clone() });
    let of_a = &registry.participations["a"];
    // One goes: the other stays, alone.
    let (gone, rest): (Vec<&Participation>, Vec<_>) = of_a.iter().partition(|p| p.metering_point_id == "a-C2");
    village.apply(gone.into_iter().map(leaves).collect()).await;
    village.run().await;
    assert_eq!(village.sql(OWED).await, ["m-C1,monthly_fee,1.000000", "m-C1,vat,0.200000"]);
    // All have gone: the month is nobody's, as if it had never been computed.
    village.apply(rest.into_iter().map(leaves).collect()).await;
    village.run().await;
    assert_eq!(village.sql(OWED).await, [""; 0]);
    assert_eq!(village.sql(MONTHS).await, ["2026-06-01"]);
    assert_eq!(
        village.sql("select count(*) from balances where interval_start >= '2026-06-30T22:00:00Z'").await,
        ["0"]
    );
}

/// What another community sends, and a price that changes, make no month of one that nobody is in any more.
#[tokio::test]
async fn what_others_send_makes_no_month_of_a_community_without_anybody() {
    let mut village = Village::with_two("2026-08-10T00:00:00Z").await;
    let registry = village.lake.registry().await.unwrap();
    let leaves =
        |p: &Participation| Row::Participations(Participation { valid_to: at("2026-06-30T22:00:00Z"), ..p.clone() });
    let gone: Vec<Row> = registry.participations["a"].iter().map(leaves).collect();
    village.apply([gone, vec![fee(1_000_000)]].concat()).await;
    for (id, day) in [("a", "06-15"), ("b", "07-15")] {
        let [from, to] = ["T10:00:00Z", "T11:00:00Z"].map(|hour| format!("2026-{day}{hour}"));
        village.ingest(&format!("file/{id}"), &values(id, &from, &to)).await;
    }
    village.run().await;
    assert_eq!(village.sql(MONTHS).await, ["2026-06-01"]);
    village.apply(vec![fee(2_000_000)]).await;
    village.run().await;
    assert_eq!(village.sql(MONTHS).await, ["2026-06-01"]);
    let worker = village.worker(queries::graph(), std::sync::Arc::new(engine::table::NoFence));
    worker.run_range(None, "2026-07-01".parse().unwrap(), "2026-08-01".parse().unwrap()).await.unwrap();
    assert_eq!(village.sql(MONTHS).await, ["2026-06-01"]);
}

#[tokio::test]
async fn a_month_of_silence_is_billed_like_any_other() {
    let mut village = silent(vec![fee(1_000_000)]).await;
    village.bill("a", "2026-07-01").await;
    village.run().await;
    let state = "select state, billed_amount from month_states where community_id = 'a' and month = '2026-07-01'";
    assert_eq!(village.sql(state).await, ["BILLED,2.400000"]);
}
