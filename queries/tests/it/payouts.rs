//! Credit notes, funds, interest and the books, through apply, ingest and run.

use datafusion::scalar::ScalarValue;
use engine::registry::{
    Beneficiary, CapitalShare, FOREVER, Fund, FundPart, FundSource, InterestRule, Member, Row, Tariff, Terms, Weight,
};

use super::village::{Village, at, tariff, value};

const NOON: &str = "2026-06-15T10:00:00Z";
const YEAR: &str = "2025-12-31T23:00:00Z";

/// The price of an item without VAT.
fn untaxed(item: &str, micro: i64) -> Row {
    match tariff("a", item, micro, at(YEAR)) {
        Row::Tariffs(t) => Row::Tariffs(Tariff { vat_basis_points: 0, vat_category: "O".into(), ..t }),
        other => other,
    }
}

fn of_kind(item: &str, kind: &str, micro: i64) -> Row {
    match tariff("a", item, micro, at(YEAR)) {
        Row::Tariffs(t) => {
            let terms = Terms { member_kind: Some(kind.into()), ..Terms::default() };
            Row::Tariffs(Tariff { terms, ..t })
        }
        other => other,
    }
}

fn part(percent: u32, to: Beneficiary, by: Weight) -> FundPart {
    let by = (to != Beneficiary::Social).then_some(by);
    FundPart { percent_basis_points: percent * 100, to, by, member_kinds: vec![] }
}

fn fund(id: &str, source: FundSource, cents: Option<i64>, parts: Vec<FundPart>) -> Row {
    Row::Funds(Fund {
        community_id: "a".into(),
        fund_id: id.into(),
        source,
        amount_micro: cents.map(|c| c * 10_000),
        parts,
        tie_by_id: true,
        valid_from: at(YEAR),
        valid_to: FOREVER,
    })
}

fn capital(member: &str, euros: i64, from: &str, to: &str) -> Row {
    Row::CapitalShares(CapitalShare {
        community_id: "a".into(),
        member_id: member.into(),
        capital_micro: euros * 1_000_000,
        valid_from: at(from),
        valid_to: at(to),
    })
}

fn interest(rate_percent_e4: Option<i64>, budget_cents: Option<i64>) -> Row {
    Row::InterestRules(InterestRule {
        community_id: "a".into(),
        year: 2025,
        rate_percent_e4,
        budget_micro: budget_cents.map(|c| c * 10_000),
        days_of_year: 365,
        tie_by_id: true,
        valid_from: at("2026-05-31T22:00:00Z"),
        valid_to: at("2026-06-30T22:00:00Z"),
    })
}

/// 100 kWh used by the first consumer, 50 by the second, 190 made: 40 kWh are left.
async fn village(rows: Vec<Row>) -> Village {
    let mut village = Village::with_two("2026-07-10T00:00:00Z").await;
    village.apply(rows).await;
    let values = [("a-C1", 100_000_000), ("a-C2", 50_000_000), ("a-P1", 190_000_000)];
    village.ingest("s", &values.map(|(point, micro_kwh)| value(point, at(NOON), micro_kwh))).await;
    village.run().await;
    village
}

const CREDITS: &str = "select member_id, item, amount from statement_lines where document = 'credit_note' \
    and month = '2026-06-01' order by member_id, line_number";
const BOOKS: &str = "select account, sum(debit) as debit, sum(credit) as credit from postings \
    where month = '2026-06-01' group by 1 order by 1";

#[tokio::test]
async fn a_producer_is_credited_with_its_own_price_and_its_surplus() {
    let village = village(vec![untaxed("surplus_sale", 413_700), untaxed("grid_benefit", 52_000)]).await;
    // 150 kWh at 0.1150 and VAT of 20 % on them; the surplus is sold without VAT.
    assert_eq!(
        village.sql(CREDITS).await,
        [
            "m-P1,production_credit,17.250000",
            "m-P1,surplus_revenue,16.550000",
            "m-P1,grid_benefit,2.080000",
            "m-P1,vat,3.450000",
        ]
    );
    assert_eq!(
        village.sql("select pot_id, source, pot_amount, part, beneficiary, weight_by, amount from pots").await,
        ["surplus_sale,surplus_sale,16.550000,1,producers,revenue,16.550000"]
    );
    // Members: 11.50 + 5.75 for energy, 0.85 + 0.43 for the fee, 2.47 + 1.24 VAT; collected for energy as credited.
    assert_eq!(
        village.sql(BOOKS).await,
        [
            "grid_benefit_receivable,2.080000,0.000000",
            "payable_producer,0.000000,39.330000",
            "receivable_member,22.240000,0.000000",
            "revenue_energy,17.250000,17.250000",
            "revenue_fee,0.000000,1.280000",
            "surplus_receivable,16.550000,0.000000",
            "vat_collected,0.000000,3.710000",
            "vat_deductible,3.450000,0.000000",
        ]
    );
    // What the rest of the lake says of invoices has nothing of it.
    let invoice = "select count(*) from statement_lines where document = 'invoice' and member_id = 'm-P1'";
    assert_eq!(village.sql(invoice).await, ["0"]);
}

#[tokio::test]
async fn surplus_sold_below_nothing_costs_its_producer() {
    let village = village(vec![untaxed("surplus_sale", -20_000)]).await;
    let lines = village.sql("select amount from statement_lines where item = 'surplus_revenue'").await;
    assert_eq!(lines, ["-0.800000"]);
    assert_eq!(village.sql("select part, pot_amount, amount from pots").await, ["2,-0.800000,-0.800000"]);
    let buyer = "select debit, credit from postings where account = 'surplus_receivable'";
    assert_eq!(village.sql(buyer).await, ["0.000000,0.800000"]);
}

#[tokio::test]
async fn a_fund_takes_the_revenue_of_the_surplus_on_its_own_way() {
    let parts = vec![
        part(50, Beneficiary::Producers, Weight::SurplusEnergy),
        part(30, Beneficiary::Consumers, Weight::AllocatedEnergy),
        part(20, Beneficiary::Social, Weight::Equal),
    ];
    let village =
        village(vec![untaxed("surplus_sale", 413_700), fund("roof", FundSource::SurplusSale, None, parts)]).await;
    // 16.55: 8.275, 4.965 and 3.31, the odd cent to the first part; 4.96 by 100 and 50 kWh.
    assert_eq!(
        village.sql("select part, amount from pots where month = '2026-06-01' order by part").await,
        ["1,8.280000", "2,4.960000", "3,3.310000"]
    );
    assert_eq!(
        village.sql(CREDITS).await,
        [
            "m-C1,fund_share,3.310000",
            "m-C2,fund_share,1.650000",
            "m-P1,production_credit,17.250000",
            "m-P1,fund_share,8.280000",
            "m-P1,vat,3.450000",
        ]
    );
    let social = "select fund_id, credit from postings where account = 'social_fund_payable'";
    assert_eq!(village.sql(social).await, ["roof,3.310000"]);
    let buyer = "select sum(debit) from postings where account = 'surplus_receivable'";
    assert_eq!(village.sql(buyer).await, ["16.550000"]);
}

#[tokio::test]
async fn a_part_that_nobody_can_get_is_kept_and_posted() {
    let mut farms = part(100, Beneficiary::Members, Weight::Equal);
    farms.member_kinds = vec!["farm".into()];
    let mut village = village(vec![fund("farms", FundSource::Community, Some(10_000), vec![farms])]).await;
    let kept = "select account, debit, credit from postings where fund_id = 'farms' and month = '2026-06-01' \
        order by account";
    assert_eq!(
        village.sql(kept).await,
        ["fund_expense,100.000000,0.000000", "undistributed_fund_payable,0.000000,100.000000"]
    );
    // A member of that kind gets it, and the months that a kind matters to are computed anew.
    let farm =
        Member { community_id: "a".into(), member_id: "m-C2".into(), holder: "a/m-C2".into(), kind: "farm".into() };
    village.apply(vec![Row::Members(farm)]).await;
    assert!(!village.run().await.computed.is_empty());
    let shares = "select member_id, amount from statement_lines where item = 'fund_share' and month = '2026-06-01'";
    assert_eq!(village.sql(shares).await, ["m-C2,100.000000"]);
    assert_eq!(village.sql(kept).await, ["fund_expense,100.000000,0.000000", "payable_member,0.000000,100.000000"]);
}

#[tokio::test]
async fn capital_earns_interest_by_rate_or_by_budget() {
    let year = ("2024-12-31T23:00:00Z", "2025-12-31T23:00:00Z");
    let rows = vec![
        capital("m-C1", 500, year.0, year.1),
        capital("m-C2", 1000, year.0, "2025-04-30T22:00:00Z"),
        capital("m-P1", 750, "2025-11-30T23:00:00Z", year.1),
        interest(Some(27_500), None),
    ];
    let lines = "select member_id, amount from statement_lines where item = 'capital_interest' order by 1";
    let mut village = village(rows).await;
    // 500 x 365, 1000 x 120 and 750 x 31 days at 2.75 %.
    assert_eq!(village.sql(lines).await, ["m-C1,13.750000", "m-C2,9.040000", "m-P1,1.750000"]);
    let expense = "select sum(debit) from postings where account = 'interest_expense'";
    assert_eq!(village.sql(expense).await, ["24.540000"]);
    // A voted budget is split to the cent by the same days: 182 500, 120 000 and 23 250 of 325 750.
    village.apply(vec![interest(None, Some(10_000))]).await;
    village.run().await;
    assert_eq!(village.sql(lines).await, ["m-C1,56.020000", "m-C2,36.840000", "m-P1,7.140000"]);
    // Capital of the year that changes later changes what was paid for it, and nothing else has to happen in June.
    village.apply(vec![capital("m-P1", 0, "2025-11-30T23:00:00Z", year.1)]).await;
    village.run().await;
    assert_eq!(village.sql(lines).await, ["m-C1,60.330000", "m-C2,39.670000"]);
}

#[tokio::test]
async fn excise_and_prices_by_kind_of_member() {
    let farm =
        Member { community_id: "a".into(), member_id: "m-C2".into(), holder: "a/m-C2".into(), kind: "farm".into() };
    let monthly = |kind: Option<&str>, micro| match tariff("a", "monthly_fee", 0, at(YEAR)) {
        Row::Tariffs(t) => Row::Tariffs(Tariff {
            price_micro_per_kwh: None,
            price_micro_per_month: Some(micro),
            terms: Terms { member_kind: kind.map(str::to_owned), ..Terms::default() },
            ..t
        }),
        other => other,
    };
    let village = village(vec![
        Row::Members(farm),
        tariff("a", "excise", 30_850, at(YEAR)),
        of_kind("excise", "farm", 26_580),
        of_kind("internal_energy", "farm", 100_000),
        monthly(None, 1_000_000),
        monthly(Some("farm"), 2_500_000),
    ])
    .await;
    let lines = "select member_id, item, price, amount from statement_lines where document = 'invoice' and kind = \
    'net' \
        and month = '2026-06-01' order by member_id, line_number";
    assert_eq!(
        village.sql(lines).await,
        [
            "m-C1,internal_energy,0.115000,11.500000",
            "m-C1,community_fee,0.008500,0.850000",
            "m-C1,excise,0.030850,3.090000",
            "m-C1,monthly_fee,1.000000,1.000000",
            "m-C2,internal_energy,0.100000,5.000000",
            "m-C2,community_fee,0.008500,0.430000",
            "m-C2,excise,0.026580,1.330000",
            "m-C2,monthly_fee,2.500000,2.500000",
        ]
    );
    // The producer gets what each of them pays for its energy.
    let credits =
        "select price, energy_kwh, amount from statement_lines where item = 'production_credit' order by price";
    assert_eq!(village.sql(credits).await, ["0.100000,50.000000,5.000000", "0.115000,100.000000,11.500000"]);
    assert_eq!(village.sql("select sum(credit) from postings where account = 'excise_payable'").await, ["4.420000"]);
    // The pass that reads readings once prices them the same way: energy with what comes on top, and what it earns.
    let published = village.lake.published().await.unwrap().unwrap();
    let registry = village.lake.registry().await.unwrap();
    let june = engine::calendar::Span { start: at("2026-05-31T22:00:00Z"), end: at("2026-06-30T22:00:00Z") };
    let session = engine::settlement::settle_published(&village.lake, &published, registry, "a", june).await.unwrap();
    let sql = "select metering_point_id, internal_amount from point_months order by 1";
    let batches = session.sql(sql).await.unwrap().collect().await.unwrap();
    let text = arrow::util::pretty::pretty_format_batches(&batches).unwrap().to_string();
    for want in [
        "a-C1              | 15.435000000000",
        "a-C2              | 6.754000000000",
        "a-P1              | 16.500000000000",
    ] {
        assert!(text.contains(want), "{want}\n{text}");
    }
}

/// What one producer sells its surplus for is on its credit note, on the page of money and in the pass over readings.
#[tokio::test]
async fn what_one_producer_sells_for_is_the_same_everywhere() {
    let own = match untaxed("surplus_sale", 413_700) {
        Row::Tariffs(t) => Row::Tariffs(Tariff { producer: Some("m-P1".into()), ..t }),
        other => other,
    };
    let village = village(vec![own, untaxed("surplus_sale", 50_000), untaxed("grid_benefit", 52_000)]).await;
    // 40 kWh at 0.4137, and 0.052 of the grid.
    let credits =
        "select item, amount from statement_lines where item in ('surplus_revenue', 'grid_benefit') order by 1";
    assert_eq!(village.sql(credits).await, ["grid_benefit,2.080000", "surplus_revenue,16.550000"]);
    let published = village.lake.published().await.unwrap().unwrap();
    let registry = village.lake.registry().await.unwrap();
    let june = engine::calendar::Span { start: at("2026-05-31T22:00:00Z"), end: at("2026-06-30T22:00:00Z") };
    let settled = engine::settlement::settle_published(&village.lake, &published, registry.clone(), "a", june);
    let sql = "select rest_amount, unpriced_intervals from point_months where direction = 'export'";
    let batches = settled.await.unwrap().sql(sql).await.unwrap().collect().await.unwrap();
    let text = arrow::util::pretty::pretty_format_batches(&batches).unwrap().to_string();
    assert!(text.contains("| 18.628000000000 | 0 "), "{text}");

    let only = engine::catalog::Principal::Communities(["a".to_string()].into());
    let session = engine::catalog::open(&village.lake, Some(&published), &only).await.unwrap();
    let zone = engine::calendar::zone("Europe/Paris").unwrap();
    let book = engine::price::PriceBook::new(&registry, "a", zone, engine::calendar::QUARTER, june);
    engine::job::inputs::items::register_items(&session).unwrap();
    engine::job::inputs::master::register_prices(&session, &book).unwrap();
    let instant = |at| ScalarValue::TimestampMicrosecond(Some(at), Some("UTC".into()));
    let day = |text: &str| ScalarValue::Date32(Some(engine::calendar::day_number(text.parse().unwrap())));
    let bounds = vec![
        ("start", instant(june.start)),
        ("end", instant(june.end)),
        ("first_day", day("2026-06-01")),
        ("end_day", day("2026-07-01")),
        ("month", day("2026-06-01")),
    ];
    for (report, wanted) in [
        (queries::report::PERIOD_MONEY, "| 16.548000000000 "),
        (
            queries::report::PERIOD_AMOUNTS,
            "| surplus | surplus_sale    | 0.413700      | false       | 40.000000  | 16.548",
        ),
    ] {
        let frame = session.sql(report).await.unwrap().with_param_values(bounds.clone()).unwrap();
        let text = arrow::util::pretty::pretty_format_batches(&frame.collect().await.unwrap()).unwrap().to_string();
        assert!(text.contains(wanted), "{wanted}\n{text}");
    }
}

#[tokio::test]
async fn a_currency_of_three_digits_has_three() {
    let mut village = Village::with_two("2026-07-10T00:00:00Z").await;
    let registry = village.lake.registry().await.unwrap();
    let mut community = registry.communities["a"].clone();
    community.currency = "TND".into();
    village.apply(vec![Row::Communities(community)]).await;
    let values = [("a-C1", 1_234_567), ("a-C2", 0), ("a-P1", 1_234_567)];
    village.ingest("s", &values.map(|(point, micro_kwh)| value(point, at(NOON), micro_kwh))).await;
    village.run().await;
    // 1.234567 kWh at 0.1150 and 0.0085; VAT 20 % of 0.152.
    let lines = "select item, amount from statement_lines where member_id = 'm-C1' order by line_number";
    assert_eq!(village.sql(lines).await, ["internal_energy,0.142000", "community_fee,0.010000", "vat,0.030000"]);
}
