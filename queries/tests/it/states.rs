//! How a month goes from raw to corrected, and that bills and corrections always sum to what is known.

use engine::calendar::QUARTER;
use engine::clock::Clock;
use engine::registry::Row;

use super::jobs::check_file;
use super::story::told;
use super::village::{Value, Village, at, tariff, value, values};

const STATE: &str = "select state, complete_intervals, provisional_intervals, held_intervals, interval_count, bills, \
billed_at, \
    corrected_at, billed_amount, open_corrections, open_members, open_amount from month_states \
    where community_id = 'a' and month = '2026-06-01'";
const STATEMENT: &str = "select member_id, line_number, kind, item, price, energy_kwh, exact_amount, amount, status \
    from statement_lines where community_id = 'a' and month = '2026-06-01' order by 1, 2";
const CORRECTIONS: &str = "select member_id, entry, kind, item, price, energy_kwh, exact_amount, amount, \
difference_kwh, \
    difference_exact, difference_amount from corrections where community_id = 'a' and month = '2026-06-01'";
const BILLED: &str = "select bill_number, billed_at, member_id, entry, kind, item, price, energy_kwh, amount \
    from billed_lines where community_id = 'a' and month = '2026-06-01' order by bill_number, member_id, line_number, \
    entry desc";

/// June of `a`: 0.4 and 0.3 kWh used, 0.5 kWh made in every quarter-hour, settled on 2 July.
async fn june() -> Village {
    let village = Village::with_two("2026-07-02T23:00:00Z").await;
    let start = at("2026-06-01T00:00:00+02:00");
    let mut all = vec![];
    for quarter in 0..30 * 96 {
        for (point, micro_kwh) in [("a-C1", 400_000), ("a-C2", 300_000), ("a-P1", 500_000)] {
            all.push(value(point, start + quarter * QUARTER, micro_kwh));
        }
    }
    village.ingest("s", &all).await;
    village.run().await;
    village
}

/// On 15 June from 12:00 to 16:00 local time the first consumer used 0.9 kWh a quarter-hour instead of 0.4.
fn late_values() -> Vec<Value> {
    let noon = at("2026-06-15T12:00:00+02:00");
    (0..16).map(|quarter| value("a-C1", noon + quarter * QUARTER, 900_000)).collect()
}

/// The whole life of a month, for a person to read.
#[tokio::test]
async fn late_correction_after_billing() {
    let mut village = june().await;
    let state = "state; intervals complete, provisional, held, of; bills, billed at, corrected at, billed amount; open \
        lines, members, amount";
    let drafts =
        "drafts: member, entry, kind, item, price, energy, unrounded, amount; difference in kWh, unrounded, amount";
    let lines = "the statement as known now: member, line, kind, item, price, energy, unrounded, amount, status";
    let mut text = String::from("2 July: every value is there, nothing is billed\n\n");
    text += &told(&village, &[(state, STATE), (lines, STATEMENT)]).await;

    village.clock.set(at("2026-07-03T08:00:00Z"));
    assert_eq!(village.bill("a", "2026-06-01").await, 1);
    village.run().await;
    text += "3 July, 08:00 UTC: the month is billed\n\n";
    text += &told(&village, &[(state, STATE), (drafts, CORRECTIONS)]).await;

    village.clock.set(at("2026-07-08T09:30:00Z"));
    village.ingest("late", &late_values()).await;
    village.run().await;
    text += "8 July: corrected readings of a-C1 come, 16 quarter-hours of 0.9 instead of 0.4 kWh on 15 June\n\n";
    let members = "per member: billed, drafted, known now";
    let sums = "select member_id, sum(billed) as billed, sum(drafted) as drafted, sum(known) as known from (\
        select member_id, amount as billed, 0 as drafted, 0 as known from billed_lines where community_id = 'a' union \
        all \
        select member_id, 0, amount, 0 from corrections where community_id = 'a' union all \
        select member_id, 0, 0, amount from statement_lines where community_id = 'a' and month = '2026-06-01') as t \
        group by member_id order by member_id";
    text += &told(&village, &[(state, STATE), (drafts, CORRECTIONS), (members, sums), (lines, STATEMENT)]).await;

    village.clock.set(at("2026-07-09T08:00:00Z"));
    assert_eq!(village.bill("a", "2026-06-01").await, 2);
    village.run().await;
    text += "9 July, 08:00 UTC: the correction is billed\n\n";
    text += &told(&village, &[(state, STATE), (drafts, CORRECTIONS), (members, sums)]).await;

    village.clock.set(at("2026-08-20T10:00:00Z"));
    village.apply(vec![tariff("a", "internal_energy", 110_000, at("2026-06-16T00:00:00+02:00"))]).await;
    village.run().await;
    text += "20 August: the assembly finds that the internal price was 0.1100 from 16 June on\n\n";
    text += &told(&village, &[(state, STATE), (drafts, CORRECTIONS), (members, sums)]).await;

    village.clock.set(at("2026-08-21T08:00:00Z"));
    assert_eq!(village.bill("a", "2026-06-01").await, 3);
    village.run().await;
    text += "21 August: billed\n\n";
    let bills = "all bills: number, billed at, member, entry, kind, item, price, energy, amount";
    let day = |day: &str| {
        format!(
            "select member_id, sum(amount) as amount from billed_lines where community_id = 'a' and \
             billed_at <= '{day}T00:00:00Z' group by 1 order by 1"
        )
    };
    let (july, august) = (day("2026-07-05"), day("2026-08-20"));
    let as_known = [("as known on 5 July", july.as_str()), ("as known on 20 August", august.as_str())];
    text += &told(&village, &[&[(state, STATE), (bills, BILLED)], &as_known[..], &[(members, sums)]].concat()).await;
    check_file("story/late_correction_after_billing", &text);
}

/// Until the bill a correction just recomputes: no credit, no draft, another statement.
#[tokio::test]
async fn before_billing_a_correction_recomputes() {
    let mut village = june().await;
    let (lines, state) = (village.sql(STATEMENT).await, village.sql(STATE).await);
    assert!(state[0].starts_with("SETTLED,2880,0,0,2880,0,,,0.000000,0,0,"), "{state:?}");
    village.clock.set(at("2026-07-03T08:00:00Z"));
    village.ingest("late", &late_values()).await;
    village.run().await;
    let after = village.sql(STATEMENT).await;
    assert!(after != lines && after.len() == lines.len());
    assert_eq!(village.sql(STATE).await, state);
    assert_eq!(village.sql("select count(*) from corrections").await, ["0"]);
    assert_eq!(village.sql("select count(*) from billed_lines").await, ["0"]);
    // The bill then says what is known; a correction that changes nothing drafts nothing.
    village.bill("a", "2026-06-01").await;
    village.run().await;
    village.ingest("same", &late_values()).await;
    village.run().await;
    assert!(village.sql(STATE).await[0].starts_with("BILLED,"));
    assert_eq!(village.sql("select count(*) from corrections").await, ["0"]);
    let told = "select line_id, energy_kwh, exact_amount, amount from billed_lines order by 1";
    assert_eq!(
        village.sql(told).await,
        village.sql(&told.replace("billed_lines", "statement_lines where community_id = 'a'")).await
    );
}

#[tokio::test]
async fn a_month_is_raw_then_provisional_then_settled() {
    let village = Village::with_two("2026-06-16T00:00:00Z").await;
    let start = at("2026-06-01T00:00:00+02:00");
    // Only consumption: nothing can be shared out.
    village.ingest("s", &[value("a-C1", start, 400_000), value("a-C2", start, 300_000)]).await;
    village.run().await;
    assert!(village.sql(STATE).await[0].starts_with("RAW,0,0,"), "{:?}", village.sql(STATE).await);
    village.ingest("s", &[value("a-P1", start, 500_000)]).await;
    village.run().await;
    assert!(village.sql(STATE).await[0].starts_with("PROVISIONAL,1,0,"), "{:?}", village.sql(STATE).await);
    assert_eq!(village.sql("select count(*) from month_states where state = 'SETTLED'").await, ["0"]);
}

/// A community that begins in mid-month can be billed for its first month: before the first value, silence is no gap.
#[tokio::test]
async fn the_first_month_counts_from_its_first_value() {
    let village = Village::with_two("2026-07-10T00:00:00Z").await;
    let all = values("a", "2026-06-14T22:00:00Z", "2026-06-30T22:00:00Z");
    village.ingest("file/a", &all).await;
    village.run().await;
    let state = village.sql(STATE).await;
    assert!(state[0].starts_with("SETTLED,1536,0,0,1536,"), "{state:?}");
    assert!(village.sql(STATEMENT).await.iter().all(|l| l.ends_with(",final")));
    // An earlier value comes: the days between are silence within the data, and their deadlines have passed.
    village.ingest("file/early", &[value("a-C1", at("2026-06-14T21:45:00Z"), 400_000)]).await;
    village.run().await;
    let state = village.sql(STATE).await;
    assert!(state[0].starts_with("PROVISIONAL,1536,0,96,1632,"), "{state:?}");
}

/// A price that is not known keeps a month open: settled energy is not yet settled money.
#[tokio::test]
async fn a_price_that_is_not_known_yet_keeps_a_month_open() {
    let mut village = june().await;
    let Row::Tariffs(mut spot) = tariff("a", "internal_energy", 10_000, at("2026-06-29T00:00:00+02:00")) else {
        panic!("a tariff")
    };
    spot.terms.series = Some("spot".into());
    village.apply(vec![Row::Tariffs(spot)]).await;
    village.run().await;
    assert!(village.sql(STATE).await[0].starts_with("PROVISIONAL,2880,0,0,2880,"), "{:?}", village.sql(STATE).await);
    assert_eq!(
        village.sql("select unpriced_days from month_states where community_id = 'a' and month = '2026-06-01'").await,
        ["2"]
    );
    assert!(village.sql(STATEMENT).await.iter().all(|l| l.ends_with(",provisional")));
}

/// A small generator: the same seed gives the same corrections.
pub fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// Any corrections in any order, of readings, prices and participants, billed now and then: per line what was billed
/// and what is drafted is what is known, and after the last bill nothing is drafted.
#[tokio::test]
async fn bills_and_drafts_are_always_what_is_known() {
    let broken = "select coalesce(b.line_id, s.line_id) as line from (select line_id, sum(energy_kwh) as e, \
        sum(exact_amount) as x, sum(amount) as a from (select line_id, energy_kwh, exact_amount, amount from \
        billed_lines \
        union all select line_id, energy_kwh, exact_amount, amount from corrections) as t group by line_id) as b \
        full join (select * from statement_lines where community_id = 'a') as s on s.line_id = b.line_id \
        where coalesce(b.e, 0) <> coalesce(s.energy_kwh, 0) or coalesce(b.x, 0) <> coalesce(s.exact_amount, 0) \
        or coalesce(b.a, 0) <> coalesce(s.amount, 0)";
    for seed in [1, 42] {
        let mut state = seed;
        let mut village = Village::with_two("2026-07-10T00:00:00Z").await;
        village.ingest("s", &values("a", "2026-06-15T08:00:00Z", "2026-06-15T20:00:00Z")).await;
        village.run().await;
        village.bill("a", "2026-06-01").await;
        village.run().await;
        let mut drafted = 0;
        for round in 0..6 {
            // Of two values of an interval the one sent later counts.
            village.clock.set(Clock::now(&*village.clock) + 3_600_000_000);
            let start = at("2026-06-15T08:00:00Z") + (random(&mut state) % 48) as i64 * QUARTER;
            match random(&mut state) % 4 {
                0 => {
                    let price = 90_000 + (random(&mut state) % 60_000) as i64;
                    village.apply(vec![tariff("a", "internal_energy", price, start)]).await;
                }
                1 => {
                    let fee = (random(&mut state) % 9_000) as i64;
                    village.apply(vec![tariff("a", "community_fee", fee, start)]).await;
                }
                _ => {
                    let point = ["a-C1", "a-C2", "a-P1"][(random(&mut state) % 3) as usize];
                    let micro_kwh = (random(&mut state) % 900_000) as i64;
                    village.ingest(&format!("late/{round}"), &[value(point, start, micro_kwh)]).await;
                }
            }
            village.run().await;
            assert_eq!(village.sql(broken).await, Vec::<String>::new(), "seed {seed}, round {round}");
            let open = village.sql("select count(*) from corrections").await.remove(0);
            drafted += usize::from(open != "0");
            if random(&mut state).is_multiple_of(2) && open != "0" {
                village.bill("a", "2026-06-01").await;
                village.run().await;
                assert_eq!(village.sql("select count(*) from corrections").await, ["0"], "seed {seed}, round {round}");
                assert_eq!(village.sql(broken).await, Vec::<String>::new(), "seed {seed}, round {round}");
            }
        }
        assert!(drafted >= 4, "corrections that change something: {drafted}");
    }
}

/// Each community has its own bills: another one's month stays as it was. Of its own the last day is opened, here one
/// of silence.
#[tokio::test]
async fn a_bill_opens_its_own_month_only() {
    let mut village = Village::with_two("2026-07-10T00:00:00Z").await;
    for id in ["a", "b"] {
        village.ingest(&format!("file/{id}"), &values(id, "2026-05-30T22:00:00Z", "2026-06-02T22:00:00Z")).await;
    }
    village.run().await;
    let files = village.files().await;
    village.bill("a", "2026-06-01").await;
    let report = village.run().await;
    let days: Vec<String> = report.computed.iter().map(|(id, d)| format!("{id} {d:?}")).collect();
    assert_eq!(days, ["a {2026-06-30}"]);
    let after = village.files().await;
    let gone: Vec<_> = files.difference(&after).collect();
    assert!(gone.iter().all(|f| f.starts_with("month_states/community_id=a/2026-06")), "{gone:?}");
    let new: Vec<_> = after.difference(&files).map(|f| f.split('/').next().unwrap()).collect();
    assert_eq!(new, ["billed_lines", "month_states"]);
    assert_eq!(village.run().await.cycle, None);
}
