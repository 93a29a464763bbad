//! Rows of master data as stores keep them: text that was written once is read for ever, and fields that came later
//! have their defaults.

use engine::calendar::{QUARTER, SECOND};
use engine::co2::{Basis, comparable, sum};
use engine::currency::minor_digits;
use engine::registry::{
    AllocationKey, Beneficiary, FOREVER, FundSource, GridFactor, Registry, Row, SequencedRow, SeriesBlock, Tariff,
    Weight,
};
use engine::sharing::{KeyKind, Rule};

fn read(text: &str) -> Row {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e} in {text}"))
}

/// One row of each table, with no more than it had when the table was new.
const FIRST: [(&str, &str); 12] = [
    (
        "communities",
        r#"{"table":"communities","community_id":"c","name":"C","country":"FR","timezone":"Europe/Paris",
        "currency":"EUR","interval_minutes":15}"#,
    ),
    ("members", r#"{"table":"members","community_id":"c","member_id":"m","holder":"h","kind":"household"}"#),
    (
        "metering_points",
        r#"{"table":"metering_points","metering_point_id":"P","holder":"h","import":true,"export":false,
        "valid_from":0,"valid_to":9}"#,
    ),
    (
        "participations",
        r#"{"table":"participations","community_id":"c","metering_point_id":"P","member_id":"m",
        "factor_percent":100,"consent_id":null,"valid_from":0,"valid_to":9}"#,
    ),
    (
        "tariffs",
        r#"{"table":"tariffs","community_id":"c","item":"internal_energy","producer":null,"price_micro_per_kwh":115000,
        "price_micro_per_month":null,"vat_basis_points":2000,"vat_category":"S","valid_from":0,"valid_to":9}"#,
    ),
    (
        "grid_factors",
        r#"{"table":"grid_factors","community_id":"c","factor_set":"x","scope":"direct","grid_mg_per_kwh":41000,
        "source_mg_per_kwh":0,"valid_from":0,"valid_to":9}"#,
    ),
    (
        "capital_shares",
        r#"{"table":"capital_shares","community_id":"c","member_id":"m","capital_micro":500000000,"valid_from":0,
        "valid_to":9}"#,
    ),
    (
        "series",
        r#"{"table":"series","community_id":"","series":"spot","start":0,"step_seconds":3600,"values_micro":[1,null],
        "source":"x"}"#,
    ),
    (
        "billings",
        r#"{"table":"billings","community_id":"c","month":"2026-06-01","number":1,"billed_at":5,
        "statement_run_id":"r","text":""}"#,
    ),
    ("regimes", r#"{"table":"regimes","country":"FR","key":"vat","value":"20","source":"x"}"#),
    (
        "funds",
        r#"{"table":"funds","community_id":"c","fund_id":"f","source":"incentive","parts":
        [{"percent_basis_points":10000,"to":"members","by":"equal"}],"valid_from":0,"valid_to":9}"#,
    ),
    (
        "interest_rules",
        r#"{"table":"interest_rules","community_id":"c","year":2025,"days_of_year":365,"valid_from":0,"valid_to":9}"#,
    ),
];

#[test]
fn rows_of_the_first_days_are_still_read() {
    for (table, text) in FIRST {
        let row = read(text);
        let written = serde_json::to_value(&row).unwrap();
        assert_eq!(written["table"], table);
        // What is written now says the same, and nothing that was not asked for.
        let before: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(written, before, "{table}");
        assert_eq!(read(&written.to_string()), row);
    }
}

#[test]
fn a_row_of_each_table_finds_its_place() {
    let rows = FIRST.iter().zip(1..).map(|((_, text), sequence)| SequencedRow { sequence, row: read(text) });
    let registry = Registry::from_rows(rows);
    assert_eq!(registry.sequence, 12);
    assert_eq!((registry.communities.len(), registry.members.len(), registry.metering_points.len()), (1, 1, 1));
    let of = "c".to_string();
    assert_eq!(registry.participations[&of].len(), 1);
    assert_eq!(
        (registry.tariffs[&of][0].0, registry.grid_factors[&of][0].0, registry.capital_shares[&of][0].0),
        (5, 6, 7)
    );
    assert_eq!(registry.series_at("c", "spot", 0, QUARTER).map(|(value, _)| value), Some(1));
    assert_eq!(registry.bills_of("c", "2026-06-01".parse().unwrap()).count(), 1);
    assert_eq!((registry.regimes.len(), registry.funds[&of].len(), registry.interest_rules[&of].len()), (1, 1, 1));
    assert_eq!(registry.communities["c"].deadline(), 48 * 3600 * SECOND, "readings are waited for two days");
}

#[test]
fn a_row_without_what_it_needs_is_refused() {
    for (text, word) in [
        (r#"{"table":"nowhere"}"#, "nowhere"),
        (r#"{"community_id":"c"}"#, "table"),
        (r#"{"table":"members","community_id":"c","member_id":"m","holder":"h"}"#, "kind"),
        (r#"{"table":"regimes","country":"FR","key":"vat","value":20,"source":"x"}"#, "string"),
    ] {
        let error = serde_json::from_str::<Row>(text).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn rows_with_everything_come_back() {
    let Row::Tariffs(tariff) = read(FIRST[4].1) else { panic!("a tariff") };
    let Row::GridFactors(mut factor) = read(FIRST[5].1) else { panic!("a factor") };
    let terms: engine::registry::Terms = serde_json::from_str(
        r#"{"band":{"name":"peak","weekdays":31,"months":4095,"from_minute":420,"to_minute":1320},"series":"spot",
        "member_kind":"farm","energy_kind":"heat"}"#,
    )
    .unwrap();
    factor.more.market_by_member.insert("m".into(), 20_000);
    factor.more.uncertainty_percent = Some(7);
    let rule = Rule::of([KeyKind::Prorata]);
    let key = AllocationKey {
        community_id: "c".into(),
        rule,
        adopted_by: Some("assembly".into()),
        regime: Some("dynamique_par_defaut".into()),
        corrects: Some(3),
        valid_from: 0,
        valid_to: FOREVER,
    };
    let tariff = Tariff { producer: Some("p".into()), price_micro_per_kwh: None, terms, ..tariff };
    assert_eq!((tariff.band_name(), tariff.variant().0.as_deref()), ("peak", Some("farm")));
    for row in [Row::Tariffs(tariff), Row::GridFactors(factor), Row::AllocationKeys(key)] {
        assert_eq!(read(&serde_json::to_string(&row).unwrap()), row);
    }
}

#[test]
fn words_of_funds_are_those_of_their_files() {
    fn check<T: serde::Serialize + Copy>(all: &[(&str, T)]) {
        for (word, value) in all {
            assert_eq!(serde_json::to_value(value).unwrap(), *word);
        }
    }
    check(FundSource::ALL);
    check(Beneficiary::ALL);
    check(Weight::ALL);
    // Energy weighs by an item of the days, equality and capital by none.
    let items: Vec<Option<&str>> = Weight::ALL.iter().map(|(_, w)| w.item()).collect();
    let expected = [Some("internal_energy"), Some("production_credit"), Some("surplus_revenue"), None, None];
    assert_eq!(items, expected);
}

#[test]
fn a_block_says_nothing_outside_of_its_time() {
    let Row::Series(block) = read(FIRST[7].1) else { panic!("a series") };
    let hour = 4 * QUARTER;
    assert_eq!((block.span().start, block.span().end), (0, 2 * hour));
    assert_eq!([-1, 0, hour - 1, hour, 2 * hour].map(|at| block.at(at, QUARTER)), [None, Some(1), Some(1), None, None]);
    let empty = SeriesBlock { values_micro: vec![], ..block };
    assert!(empty.span().is_empty());
    assert_eq!(empty.at(0, QUARTER), None);
}

#[test]
fn an_uncertainty_is_the_sets_own_or_said_to_be_a_default() {
    let Row::GridFactors(direct) = read(FIRST[5].1) else { panic!("a factor") };
    assert_eq!(direct.uncertainty(), None);
    let life_cycle = GridFactor { scope: "life_cycle".into(), ..direct.clone() };
    assert_eq!(life_cycle.uncertainty(), Some((30, true)));
    let mut stated = direct;
    stated.more.uncertainty_percent = Some(5);
    assert_eq!(stated.uncertainty(), Some((5, false)));
}

#[test]
fn figures_of_one_scope_are_summed_in_any_order() {
    let direct = |factor_set| Basis { factor_set, scope: "direct" };
    let figures = [(direct("a"), 812), (direct("b"), -640), (direct("a"), 300)];
    assert_eq!(sum(figures).unwrap(), 472);
    let mut turned = figures;
    turned.reverse();
    assert_eq!(sum(turned).unwrap(), 472);
    assert!(comparable(figures.map(|(basis, _)| basis)).is_ok());
    let other = Basis { factor_set: "z", scope: "life_cycle" };
    assert!(comparable([other, direct("a")]).is_err() && comparable([direct("a"), other]).is_err());
}

#[test]
fn amounts_have_the_digits_of_their_currency() {
    for (currency, digits) in [("EUR", 2), ("SEK", 2), ("TRY", 2), ("ISK", 0), ("JPY", 0), ("TND", 3), ("XXX", 2)] {
        assert_eq!(minor_digits(currency), digits, "{currency}");
    }
}
