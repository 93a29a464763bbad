//! Free and minimum quantities, and prices by kind of member, from master data to lines of a statement. Two members use
//! energy, `m-C1` and `m-C2`, and the plant of `m-P1` makes more than they use; prices are 0.115 for energy and 0.0085
//! as a fee, with 20 % VAT.

use engine::registry::{Band, FOREVER, Member, Participation, Row, Tariff, Terms};

use super::village::{Value, Village, at, tariff, value};

const YEAR: &str = "2025-12-31T23:00:00Z";
const NOON: &str = "2026-06-15T10:00:00Z";
const KWH: i64 = 1_000_000;

const LINES: &str = "select member_id, item, energy_kwh, amount from statement_lines \
    where community_id = 'a' and month = '2026-06-01' and document = 'invoice' order by member_id, line_number";

fn priced(item: &str, price_micro: i64, terms: Terms) -> Row {
    let Row::Tariffs(t) = tariff("a", item, price_micro, at(YEAR)) else { panic!("a tariff") };
    Row::Tariffs(Tariff { terms, ..t })
}

fn terms(free_kwh: Option<i64>, minimum_kwh: Option<i64>) -> Terms {
    let quantity = |kwh: Option<i64>| kwh.map(|kwh| kwh * KWH);
    Terms { free_micro_kwh: quantity(free_kwh), minimum_micro_kwh: quantity(minimum_kwh), ..Terms::default() }
}

fn of_kind(kind: &str, terms: Terms) -> Terms {
    Terms { member_kind: Some(kind.into()), ..terms }
}

/// A price per month.
fn monthly(price_micro: i64, terms: Terms) -> Row {
    let Row::Tariffs(t) = priced("monthly_fee", 0, terms) else { panic!("a tariff") };
    Row::Tariffs(Tariff { price_micro_per_kwh: None, price_micro_per_month: Some(price_micro), ..t })
}

fn farm() -> Row {
    let (community_id, member_id, holder) = ("a".into(), "m-C2".into(), "a/m-C2".into());
    Row::Members(Member { community_id, member_id, holder, kind: "farm".into() })
}

/// What both use in a quarter-hour, below what is made.
fn used(start: &str, c1_micro_kwh: i64, c2_micro_kwh: i64) -> [Value; 3] {
    let values = [("a-C1", c1_micro_kwh), ("a-C2", c2_micro_kwh), ("a-P1", 200 * KWH)];
    values.map(|(point, micro_kwh)| value(point, at(start), micro_kwh))
}

async fn village(rows: Vec<Row>, values: &[Value]) -> Village {
    let mut village = Village::with_two("2026-08-10T00:00:00Z").await;
    village.apply(rows).await;
    village.ingest("s", values).await;
    village.run().await;
    village
}

async fn check(rows: Vec<Row>, c1_kwh: i64, c2_kwh: i64, expected: &[&str]) {
    let village = village(rows, &used(NOON, c1_kwh * KWH, c2_kwh * KWH)).await;
    assert_eq!(village.sql(LINES).await, expected);
    // The energy on lines of energy stays what was shared, whatever is free.
    let energy = "select cast(sum(energy_kwh) as bigint) from statement_lines where item = 'internal_energy'";
    assert_eq!(village.sql(energy).await, [(c1_kwh + c2_kwh).to_string()]);
}

#[tokio::test]
async fn what_is_free_is_credited_up_to_what_was_used() {
    let rows = vec![priced("internal_energy", 115_000, terms(Some(30), None))];
    let expected = [
        "m-C1,internal_energy,100.000000,11.500000",
        "m-C1,community_fee,100.000000,0.850000",
        "m-C1,free_energy,-30.000000,-3.450000",
        // 20 % of 8.90.
        "m-C1,vat,0.000000,1.780000",
        "m-C2,internal_energy,20.000000,2.300000",
        "m-C2,community_fee,20.000000,0.170000",
        "m-C2,free_energy,-20.000000,-2.300000",
        "m-C2,vat,0.000000,0.030000",
    ];
    check(rows, 100, 20, &expected).await;
}

#[tokio::test]
async fn what_is_missing_to_the_minimum_is_charged() {
    let rows = vec![priced("internal_energy", 115_000, terms(None, Some(50)))];
    let expected = [
        "m-C1,internal_energy,100.000000,11.500000",
        "m-C1,community_fee,100.000000,0.850000",
        "m-C1,vat,0.000000,2.470000",
        "m-C2,internal_energy,20.000000,2.300000",
        "m-C2,community_fee,20.000000,0.170000",
        "m-C2,minimum_energy,30.000000,3.450000",
        // 20 % of 5.92.
        "m-C2,vat,0.000000,1.180000",
    ];
    check(rows, 100, 20, &expected).await;
}

#[tokio::test]
async fn the_minimum_counts_what_is_left_after_the_free_part_and_is_owed_without_any_use() {
    let rows = vec![priced("internal_energy", 115_000, terms(Some(10), Some(50)))];
    let expected = [
        // 6.325, and half a cent goes away from zero.
        "m-C1,internal_energy,55.000000,6.330000",
        "m-C1,community_fee,55.000000,0.470000",
        "m-C1,free_energy,-10.000000,-1.150000",
        "m-C1,minimum_energy,5.000000,0.580000",
        // 20 % of 6.23.
        "m-C1,vat,0.000000,1.250000",
        "m-C2,minimum_energy,50.000000,5.750000",
        "m-C2,vat,0.000000,1.150000",
    ];
    check(rows, 55, 0, &expected).await;
}

/// What is missing to the amount of a month is a line of its own, with the VAT of the price.
#[tokio::test]
async fn what_is_missing_to_a_minimum_amount_is_charged() {
    let least = |free| Terms { minimum_amount_micro: Some(5_000_000), ..terms(free, None) };
    let expected = [
        "m-C1,internal_energy,100.000000,11.500000",
        "m-C1,community_fee,100.000000,0.850000",
        "m-C1,vat,0.000000,2.470000",
        "m-C2,internal_energy,20.000000,2.300000",
        "m-C2,community_fee,20.000000,0.170000",
        "m-C2,minimum_amount,0.000000,2.700000",
        // 20 % of 5.17.
        "m-C2,vat,0.000000,1.030000",
    ];
    check(vec![priced("internal_energy", 115_000, least(None))], 100, 20, &expected).await;
    let expected = [
        "m-C1,internal_energy,100.000000,11.500000",
        "m-C1,community_fee,100.000000,0.850000",
        "m-C1,free_energy,-80.000000,-9.200000",
        // 5.00 less the 2.30 of the 20 kWh that are not free.
        "m-C1,minimum_amount,0.000000,2.700000",
        "m-C1,vat,0.000000,1.170000",
        "m-C2,minimum_amount,0.000000,5.000000",
        "m-C2,vat,0.000000,1.000000",
    ];
    check(vec![priced("internal_energy", 115_000, least(Some(80)))], 100, 0, &expected).await;
}

#[tokio::test]
async fn a_fee_has_quantities_of_its_own() {
    let rows = vec![priced("community_fee", 8_500, terms(Some(40), None))];
    let expected = [
        "m-C1,internal_energy,100.000000,11.500000",
        "m-C1,community_fee,100.000000,0.850000",
        "m-C1,free_energy,-40.000000,-0.340000",
        "m-C1,vat,0.000000,2.400000",
        "m-C2,internal_energy,20.000000,2.300000",
        "m-C2,community_fee,20.000000,0.170000",
        "m-C2,free_energy,-20.000000,-0.170000",
        "m-C2,vat,0.000000,0.460000",
    ];
    check(rows, 100, 20, &expected).await;
}

#[tokio::test]
async fn a_price_for_a_kind_of_member_comes_with_its_own_quantities() {
    let general = || priced("internal_energy", 115_000, terms(Some(30), None));
    let farms = |free| priced("internal_energy", 95_000, of_kind("farm", terms(free, None)));
    let household = [
        "m-C1,internal_energy,100.000000,11.500000",
        "m-C1,community_fee,100.000000,0.850000",
        "m-C1,free_energy,-30.000000,-3.450000",
        "m-C1,vat,0.000000,1.780000",
    ];
    let with_ten = [
        "m-C2,internal_energy,20.000000,1.900000",
        "m-C2,community_fee,20.000000,0.170000",
        "m-C2,free_energy,-10.000000,-0.950000",
        "m-C2,vat,0.000000,0.220000",
    ];
    check(vec![farm(), general(), farms(Some(10))], 100, 20, &[household, with_ten].concat()).await;
    // Without any, what is free for all is not free for farms.
    let with_none = [
        "m-C2,internal_energy,20.000000,1.900000",
        "m-C2,community_fee,20.000000,0.170000",
        "m-C2,vat,0.000000,0.410000",
    ];
    check(vec![farm(), general(), farms(None)], 100, 20, &[&household[..], &with_none].concat()).await;
}

/// Farms have a price of their own for some days of the month: what they use before and after counts by the price for
/// all, and the quantities of the month are over both.
#[tokio::test]
async fn a_price_for_a_kind_of_member_may_begin_and_end_in_the_month() {
    let (from, to) = (at("2026-06-09T22:00:00Z"), at("2026-06-19T22:00:00Z"));
    let farms = |terms, valid_to| {
        let Row::Tariffs(t) = priced("internal_energy", 95_000, of_kind("farm", terms)) else { panic!("a tariff") };
        Row::Tariffs(Tariff { valid_from: from, valid_to, ..t })
    };
    let lines = "select item, price, energy_kwh from statement_lines where member_id = 'm-C2' \
        and month = '2026-06-01' and item like '%energy' order by line_number";
    let days = ["2026-06-05T10:00:00Z", NOON, "2026-06-25T10:00:00Z"];
    let values: Vec<Value> = days.iter().flat_map(|day| used(day, 0, 20 * KWH)).collect();
    // From the 10th on: the last one says what is free, and the first energy of the month is, also that before.
    let general = || priced("internal_energy", 115_000, terms(Some(5), None));
    let village_of = |rows| village(rows, &values);
    let lasting = village_of(vec![farm(), general(), farms(terms(Some(30), None), FOREVER)]).await;
    let energy = ["internal_energy,0.115000,20.000000", "internal_energy,0.095000,40.000000"];
    let free = ["free_energy,0.115000,-20.000000", "free_energy,0.095000,-10.000000"];
    assert_eq!(lasting.sql(lines).await, [energy, free].concat());
    // Until the 19th: the price for all counts last, and what was used under either counts for its minimum.
    let least = || priced("internal_energy", 115_000, terms(None, Some(70)));
    let passing = village_of(vec![farm(), least(), farms(Terms::default(), to)]).await;
    let expected = [
        "internal_energy,0.115000,40.000000",
        "internal_energy,0.095000,20.000000",
        "minimum_energy,0.115000,10.000000",
    ];
    assert_eq!(passing.sql(lines).await, expected);
    // By days: 20 of 30 at 60 kWh, and the 10 between have none.
    let by_days = || priced("internal_energy", 115_000, Terms { prorated: true, ..terms(Some(60), None) });
    let prorated = village_of(vec![farm(), by_days(), farms(Terms::default(), to)]).await;
    let free = "select sum(energy_kwh) from statement_lines where member_id = 'm-C2' and item = 'free_energy' \
        and month = '2026-06-01'";
    assert_eq!(prorated.sql(free).await, ["-40.000000"]);
}

/// A price for a kind of member at some hours leaves the others to the price for all, with its quantities.
#[tokio::test]
async fn a_price_for_a_kind_of_member_may_count_at_some_hours() {
    let (from_minute, to_minute) = (22 * 60, 6 * 60);
    let band = Band { name: "night".into(), weekdays: 0x7f, months: 0xfff, from_minute, to_minute };
    let night = Terms { band: Some(band), ..of_kind("farm", Terms::default()) };
    let rows = vec![
        farm(),
        priced("internal_energy", 115_000, terms(Some(15), None)),
        priced("internal_energy", 50_000, night),
    ];
    let values = [used(NOON, 0, 20 * KWH), used("2026-06-15T22:00:00Z", 0, 30 * KWH)].concat();
    let lines = "select item, price, energy_kwh from statement_lines where member_id = 'm-C2' \
        and month = '2026-06-01' and item like '%energy' order by line_number";
    let expected =
        ["internal_energy,0.115000,20.000000", "internal_energy,0.050000,30.000000", "free_energy,0.115000,-15.000000"];
    assert_eq!(village(rows, &values).await.sql(lines).await, expected);
}

#[tokio::test]
async fn a_producers_own_price_goes_before_one_for_a_kind() {
    let Row::Tariffs(own) = priced("internal_energy", 100_000, Terms::default()) else { panic!("a tariff") };
    let own = Row::Tariffs(Tariff { producer: Some("m-P1".into()), ..own });
    let rows = vec![farm(), own, priced("internal_energy", 95_000, of_kind("farm", Terms::default()))];
    let village = village(rows, &used(NOON, 100 * KWH, 20 * KWH)).await;
    let lines = "select member_id, producer_id, price, amount from statement_lines where item = 'internal_energy' \
        order by 1";
    assert_eq!(village.sql(lines).await, ["m-C1,m-P1,0.100000,10.000000", "m-C2,m-P1,0.100000,2.000000"]);
}

#[tokio::test]
async fn the_monthly_fee_differs_by_kind() {
    let rows = vec![farm(), monthly(2 * KWH, Terms::default()), monthly(5 * KWH, of_kind("farm", Terms::default()))];
    let village = village(rows, &used(NOON, 100 * KWH, 20 * KWH)).await;
    let fees = "select member_id, amount from statement_lines where item = 'monthly_fee' and month = '2026-06-01' \
        order by 1";
    assert_eq!(village.sql(fees).await, ["m-C1,2.000000", "m-C2,5.000000"]);
}

#[tokio::test]
async fn what_is_paid_for_is_the_larger_of_the_rest_and_the_minimum() {
    let rows = vec![priced("internal_energy", 115_000, terms(Some(10), Some(50)))];
    // Around the bounds of both quantities, a month each, from January on.
    let cases = [(0, 50_000_000), (9_999_999, 50_000_000), (10_000_000, 50_000_000), (10_000_001, 50_000_000)];
    let more = [(59_999_999, 50_000_000), (60_000_000, 50_000_000), (60_000_001, 50_000_001), (73_500_000, 63_500_000)];
    let cases: Vec<(i64, i64)> = [cases, more].concat();
    let months = [1, 2, 3, 4, 5, 6, 7, 8];
    let values = months
        .iter()
        .zip(&cases)
        .flat_map(|(month, (micro_kwh, _))| used(&format!("2026-{month:02}-05T10:00:00Z"), *micro_kwh, 60_000_000));
    let village = village(rows, &values.collect::<Vec<_>>()).await;
    let paid = |member: &str| {
        format!(
            "select cast(sum(energy_kwh) * 1000000 as bigint) from statement_lines where member_id = '{member}' \
             and item in ('internal_energy', 'free_energy', 'minimum_energy') group by month order by month"
        )
    };
    let expected: Vec<String> = cases.iter().map(|(_, paid)| paid.to_string()).collect();
    assert_eq!(village.sql(&paid("m-C1")).await, expected);
    assert_eq!(village.sql(&paid("m-C2")).await, ["50000000"; 8]);
}

/// What of the first member's lines is free or missing to the minimum, when its price changes after the 17th of June
/// from 0.115 to 0.13: what it used on the 15th and 20th of June and in July.
async fn with_a_new_price(before: Terms, after: Terms, used_kwh: [i64; 3]) -> Vec<String> {
    let change = at("2026-06-17T22:00:00Z");
    let Row::Tariffs(t) = priced("internal_energy", 115_000, before) else { panic!("a tariff") };
    let next = Tariff { price_micro_per_kwh: Some(130_000), valid_from: change, terms: after, ..t.clone() };
    let rows = vec![Row::Tariffs(Tariff { valid_to: change, ..t }), Row::Tariffs(Tariff { valid_to: FOREVER, ..next })];
    let days = [NOON, "2026-06-20T10:00:00Z", "2026-07-15T10:00:00Z"];
    let values: Vec<Value> = days.iter().zip(used_kwh).flat_map(|(day, kwh)| used(day, kwh * KWH, 0)).collect();
    let lines = "select month, item, price, energy_kwh, amount from statement_lines \
        where item in ('free_energy', 'minimum_energy') and member_id = 'm-C1' and month < '2026-08-01' \
        order by month, line_number";
    village(rows, &values).await.sql(lines).await
}

#[tokio::test]
async fn quantities_begin_anew_with_a_month_and_go_on_over_a_change_of_the_price() {
    let free = || terms(Some(30), None);
    // The first energy of the month is free.
    let expected = [
        "2026-06-01,free_energy,0.115000,-30.000000,-3.450000",
        "2026-07-01,free_energy,0.130000,-10.000000,-1.300000",
    ];
    assert_eq!(with_a_new_price(free(), free(), [100, 100, 10]).await, expected);
    let expected = [
        "2026-06-01,free_energy,0.115000,-20.000000,-2.300000",
        "2026-06-01,free_energy,0.130000,-10.000000,-1.300000",
        "2026-07-01,free_energy,0.130000,-30.000000,-3.900000",
    ];
    assert_eq!(with_a_new_price(free(), free(), [20, 100, 40]).await, expected);
    // What is missing to the minimum is charged once, at the price that counts last.
    let least = || terms(None, Some(50));
    let expected = [
        "2026-06-01,minimum_energy,0.130000,20.000000,2.600000",
        "2026-07-01,minimum_energy,0.130000,49.000000,6.370000",
    ];
    assert_eq!(with_a_new_price(least(), least(), [20, 10, 1]).await, expected);
    assert_eq!(with_a_new_price(least(), least(), [20, 30, 50]).await, [""; 0]);
    // Of versions that differ, the last one says what the month has.
    let expected = ["2026-06-01,free_energy,0.115000,-10.000000,-1.150000"];
    assert_eq!(with_a_new_price(free(), terms(Some(10), None), [100, 100, 0]).await, expected);
}

#[tokio::test]
async fn quantities_that_are_prorated_count_by_the_days_of_each_version() {
    let by_days = |free, minimum| Terms { prorated: true, ..terms(free, minimum) };
    // 17 of 30 days at 30 kWh, 13 at 60.
    let expected = [
        "2026-06-01,free_energy,0.115000,-43.000000,-4.950000",
        "2026-07-01,free_energy,0.130000,-60.000000,-7.800000",
    ];
    assert_eq!(with_a_new_price(by_days(Some(30), None), by_days(Some(60), None), [100, 100, 100]).await, expected);
    // A third of a kWh a day: 17 / 30 of 10 kWh, rounded to the millionth.
    let expected = ["2026-06-01,minimum_energy,0.130000,5.666667,0.740000"];
    assert_eq!(with_a_new_price(by_days(None, Some(10)), Terms::default(), [0, 0, 0]).await[..1], expected);
}

#[tokio::test]
async fn who_joins_in_the_month_has_its_quantities_whole_unless_they_are_prorated() {
    for (prorated, expected) in [(false, "30.000000"), (true, "10.000000")] {
        let mut village = Village::with_two("2026-08-10T00:00:00Z").await;
        let registry = village.lake.registry().await.unwrap();
        let part = registry.participations["a"].iter().find(|p| p.metering_point_id == "a-C2").unwrap().clone();
        let withdrawn = Participation { valid_to: part.valid_from, ..part.clone() };
        let joined = Participation { valid_from: at("2026-06-20T22:00:00Z"), ..part };
        let parts = [withdrawn, joined].map(Row::Participations);
        village.apply(parts.into()).await;
        let rows = vec![priced("internal_energy", 115_000, Terms { prorated, ..terms(None, Some(30)) })];
        village.apply(rows).await;
        village.ingest("s", &used("2026-06-25T10:00:00Z", 40 * KWH, 0)).await;
        village.run().await;
        let minimum = "select energy_kwh from statement_lines where item = 'minimum_energy' and member_id = 'm-C2' \
            and month = '2026-06-01'";
        assert_eq!(village.sql(minimum).await, [expected]);
    }
}

#[tokio::test]
async fn a_corrected_reading_corrects_what_was_free() {
    let rows = vec![priced("internal_energy", 115_000, terms(Some(30), Some(15)))];
    let village = village(rows, &used(NOON, 100 * KWH, 0)).await;
    village.ingest("late", &[Value { revision: 1, ..value("a-C1", at(NOON), 12 * KWH) }]).await;
    village.run().await;
    let lines = "select item, energy_kwh, amount from statement_lines where member_id = 'm-C1' and item like '%energy' \
        and month = '2026-06-01' order by line_number";
    // All 12 kWh are free, and the minimum is owed for nothing.
    let expected =
        ["internal_energy,12.000000,1.380000", "free_energy,-12.000000,-1.380000", "minimum_energy,15.000000,1.730000"];
    assert_eq!(village.sql(lines).await, expected);
}
