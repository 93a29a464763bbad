//! Proposals over past days: what is in force gives what is published, to the last cent, whatever is on the statements.

use std::collections::BTreeSet;

use arrow::util::pretty::pretty_format_batches;
use chrono::NaiveDate;
use engine::catalog::Principal;
use engine::item::{ITEMS, priced_by_flow, priced_by_producer, priced_per_kwh};
use engine::job::again::proposal::propose;
use engine::registry::{
    Band, Beneficiary, CapitalShare, FOREVER, Fund, FundPart, FundSource, InterestRule, Member, Registry, Row, Tariff,
    Terms, Weight,
};

use super::settlement::{rows, same};
use super::states::random;
use super::village::{Village, at, tariff, value, values};

const YEAR: &str = "2025-12-31T23:00:00Z";
const MID_JUNE: &str = "2026-06-14T22:00:00Z";
const KWH: i64 = 1_000_000;

/// One of a number of choices, from 0.
fn one_of(state: &mut u64, choices: u64) -> u64 {
    random(state) % choices
}

fn quantity(state: &mut u64) -> Option<i64> {
    (one_of(state, 2) == 0).then(|| (1 + one_of(state, 40) as i64) * KWH / 4)
}

/// Prices of every item, some of them of a kind of member, of one producer, of hours of the day, with quantities.
fn prices(state: &mut u64) -> Vec<Row> {
    let mut all = Vec::new();
    for item in priced_per_kwh() {
        let from = if one_of(state, 3) == 0 { MID_JUNE } else { YEAR };
        let Row::Tariffs(base) = tariff("a", item, 20_000 + one_of(state, 200_000) as i64, at(from)) else { continue };
        let by_flow = priced_by_flow().contains(&item);
        let mut terms = Terms::default();
        if by_flow {
            (terms.free_micro_kwh, terms.minimum_micro_kwh) = (quantity(state), quantity(state));
            terms.prorated = one_of(state, 2) == 0;
            terms.minimum_amount_micro = quantity(state);
        }
        let micro = |state: &mut u64| Some(10_000 + one_of(state, 300_000) as i64);
        all.push(Tariff { terms, ..base.clone() });
        if by_flow && one_of(state, 2) == 0 {
            let terms = Terms { member_kind: Some("farm".into()), ..Terms::default() };
            all.push(Tariff { terms, price_micro_per_kwh: micro(state), ..base.clone() });
        }
        if priced_by_producer().contains(&item) && one_of(state, 3) > 0 {
            all.push(Tariff { producer: Some("m-P1".into()), price_micro_per_kwh: micro(state), ..base.clone() });
        }
        if one_of(state, 2) == 0 {
            let (name, weekdays, months) = ("day".into(), 0x1f, 0xfff);
            let band = Band { name, weekdays, months, from_minute: 7 * 60, to_minute: 22 * 60 };
            let terms = Terms { band: Some(band), ..Terms::default() };
            all.push(Tariff { terms, price_micro_per_kwh: micro(state), ..base });
        }
    }
    let Row::Tariffs(fee) = tariff("a", "monthly_fee", 0, at(YEAR)) else { panic!("a tariff") };
    all.push(Tariff { price_micro_per_kwh: None, price_micro_per_month: Some(2_500_000), ..fee });
    all.into_iter().map(Row::Tariffs).collect()
}

/// A farm, capital, interest on it and a fund that hands surplus out.
fn others(state: &mut u64) -> Vec<Row> {
    let farm =
        Member { community_id: "a".into(), member_id: "m-C2".into(), holder: "a/m-C2".into(), kind: "farm".into() };
    let capital = CapitalShare {
        community_id: "a".into(),
        member_id: "m-C1".into(),
        capital_micro: 1_000_000_000,
        valid_from: at("2024-12-31T23:00:00Z"),
        valid_to: FOREVER,
    };
    let interest = InterestRule {
        community_id: "a".into(),
        year: 2025,
        rate_percent_e4: Some(20_000),
        budget_micro: None,
        days_of_year: 365,
        tie_by_id: true,
        valid_from: at("2026-05-31T22:00:00Z"),
        valid_to: at("2026-06-30T22:00:00Z"),
    };
    let mut rows = vec![Row::Members(farm), Row::CapitalShares(capital), Row::InterestRules(interest)];
    if one_of(state, 2) == 0 {
        let part = |percent: u32, by| FundPart {
            percent_basis_points: percent * 100,
            to: Beneficiary::Members,
            by: Some(by),
            member_kinds: vec![],
        };
        rows.push(Row::Funds(Fund {
            community_id: "a".into(),
            fund_id: "solidarity".into(),
            source: FundSource::Community,
            amount_micro: Some(12_340_000),
            parts: vec![part(60, Weight::Equal), part(40, Weight::AllocatedEnergy)],
            tie_by_id: true,
            valid_from: at(YEAR),
            valid_to: FOREVER,
        }));
    }
    rows
}

async fn village(seed: u64) -> Village {
    let mut state = seed;
    let mut village = Village::with_two("2026-08-10T00:00:00Z").await;
    let mut master = others(&mut state);
    master.extend(prices(&mut state));
    village.apply(master).await;
    let mut all = values("a", "2026-06-28T22:00:00Z", "2026-07-01T22:00:00Z");
    // More than both use, before and after the prices of mid-June begin.
    for noon in ["2026-06-10T10:00:00Z", "2026-06-20T10:00:00Z"] {
        all.extend(
            ["a-C1", "a-C2", "a-P1"].iter().zip([3, 2, 9]).map(|(point, kwh)| value(point, at(noon), kwh * KWH)),
        );
    }
    village.ingest("s", &all).await;
    village.run().await;
    village
}

fn days(from: &str, to: &str) -> BTreeSet<NaiveDate> {
    let (from, to): (NaiveDate, NaiveDate) = (from.parse().unwrap(), to.parse().unwrap());
    from.iter_days().take_while(|day| *day < to).collect()
}

/// Whatever may stand on a statement: what is in force, replayed, gives the published lines and allocations, column by
/// column.
#[tokio::test]
async fn what_is_in_force_gives_the_published_statements() {
    let mut seen = BTreeSet::new();
    for seed in [2, 3, 5, 8, 13, 21] {
        let village = village(seed).await;
        let published = village.lake.published().await.unwrap().unwrap();
        let registry = village.lake.registry().await.unwrap();
        let whole = days("2026-06-01", "2026-09-01");
        let made = propose(&village.lake, &published, &queries::graph(), (&registry, "a"), &whole).await.unwrap();
        let all = engine::catalog::open(&village.lake, Some(&published), &Principal::Operator).await.unwrap();
        for (table, order) in [
            ("statement_lines", "month, member_id, document, line_number"),
            ("allocations", "interval_start, metering_point_id, direction"),
        ] {
            let sql = format!("select * from {table} where community_id = 'a' order by {order}");
            let (want, batches) = rows(&all, &sql).await;
            assert!(batches.iter().any(|b| b.num_rows() > 0));
            same(&rows(&made.session, &sql).await.0, &want, &format!("{table}, seed {seed}"));
        }
        seen.extend(village.sql("select distinct item from statement_lines where community_id = 'a'").await);
    }
    let every: BTreeSet<String> = ITEMS.iter().map(|item| item.name.to_string()).collect();
    assert_eq!(seen, every, "the villages have every item on their statements");
}

/// A month of which a part is asked: its energy alone, and what is of the month.
#[tokio::test]
async fn a_part_of_a_month_has_its_energy_and_the_fees_of_the_month() {
    let mut village = Village::with_two("2026-08-10T00:00:00Z").await;
    let Row::Tariffs(fee) = tariff("a", "monthly_fee", 0, at(YEAR)) else { panic!("a tariff") };
    let fee = Tariff { price_micro_per_kwh: None, price_micro_per_month: Some(2_500_000), ..fee };
    village.apply(vec![Row::Tariffs(fee)]).await;
    let mut all = Vec::new();
    for noon in ["2026-06-10T10:00:00Z", "2026-06-20T10:00:00Z"] {
        all.extend(
            ["a-C1", "a-C2", "a-P1"].iter().zip([3, 2, 5]).map(|(point, kwh)| value(point, at(noon), kwh * KWH)),
        );
    }
    village.ingest("s", &all).await;
    village.run().await;
    let published = village.lake.published().await.unwrap().unwrap();
    let registry: &Registry = &village.lake.registry().await.unwrap();
    let part = days("2026-06-15", "2026-06-25");
    let made = propose(&village.lake, &published, &queries::graph(), (registry, "a"), &part).await.unwrap();
    let sql = "select member_id, item, energy_kwh, amount from statement_lines where kind = 'net' and \
        document = 'invoice' order by member_id, line_number";
    let batches = made.session.sql(sql).await.unwrap().collect().await.unwrap();
    let text = pretty_format_batches(&batches).unwrap().to_string();
    let cells = |line: &str| line.split('|').map(str::trim).filter(|c| !c.is_empty()).collect::<Vec<_>>().join(",");
    let lines: Vec<String> = text.lines().skip(3).map(cells).filter(|l| !l.starts_with('+')).collect();
    assert_eq!(
        lines,
        [
            "m-C1,internal_energy,3.000000,0.350000",
            "m-C1,community_fee,3.000000,0.030000",
            "m-C1,monthly_fee,0.000000,2.500000",
            "m-C2,internal_energy,2.000000,0.230000",
            "m-C2,community_fee,2.000000,0.020000",
            "m-C2,monthly_fee,0.000000,2.500000",
        ]
    );
    assert_eq!(made.unpriced_micro_kwh, 0);
}

/// Energy without a price is counted once, whoever pays or is paid for it.
#[tokio::test]
async fn energy_without_a_price_is_counted_once() {
    let mut village = Village::with_two("2026-08-10T00:00:00Z").await;
    let Row::Tariffs(price) = tariff("a", "internal_energy", 115_000, at(YEAR)) else { panic!("a tariff") };
    village.apply(vec![Row::Tariffs(Tariff { valid_to: at(MID_JUNE), ..price })]).await;
    let noon = at("2026-06-20T10:00:00Z");
    let three = [("a-C1", 3), ("a-C2", 2), ("a-P1", 9)];
    village.ingest("s", &three.map(|(point, kwh)| value(point, noon, kwh * KWH))).await;
    village.run().await;
    let published = village.lake.published().await.unwrap().unwrap();
    let registry: &Registry = &village.lake.registry().await.unwrap();
    let june = days("2026-06-01", "2026-07-01");
    let made = propose(&village.lake, &published, &queries::graph(), (registry, "a"), &june).await.unwrap();
    // 5 kWh that were shared and 4 that were left.
    assert_eq!(made.unpriced_micro_kwh, 9 * KWH);
}
