//! Which row of master data counts when: later rows over earlier ones, and each only for its time.

use engine::calendar::{QUARTER, Span, day_span, parse_rfc3339, year_span, zone};
use engine::registry::{
    Beneficiary, CapitalShare, FOREVER, Fund, FundPart, FundSource, GridFactor, Member, MeteringPoint, PUBLIC,
    Participation, Registry, Row, SequencedRow, SeriesBlock, Weight,
};
use proptest::prelude::*;

fn registry(rows: Vec<Row>) -> Registry {
    Registry::from_rows(rows.into_iter().zip(1..).map(|(row, sequence)| SequencedRow { sequence, row }))
}

fn factor(valid_from: i64, valid_to: i64, grid_mg_per_kwh: i64) -> Row {
    Row::GridFactors(GridFactor {
        community_id: "c".into(),
        factor_set: "x".into(),
        scope: "direct".into(),
        grid_mg_per_kwh,
        source_mg_per_kwh: 0,
        more: Default::default(),
        valid_from,
        valid_to,
    })
}

proptest! {
    /// At every instant the row counts that begins last before it, of those the one that was written last; and nothing,
    /// when that row has ended.
    #[test]
    fn at_each_instant_the_last_row_that_began_counts(
        rows in prop::collection::vec((0i64..20, 0i64..20), 1..8),
        seed in any::<u64>(),
    ) {
        let mut sequenced: Vec<SequencedRow> = rows
            .iter()
            .zip(1i64..)
            .map(|((from, length), n)| SequencedRow { sequence: n, row: factor(*from, from + length, n) })
            .collect();
        // The order in which they are read does not matter.
        let (turn, count) = (seed as usize, sequenced.len());
        sequenced.rotate_left(turn % count);
        let registry = Registry::from_rows(sequenced);
        let resolved = registry.grid_factors.get("c").cloned().unwrap_or_default();
        for at in 0..45 {
            let counts = rows.iter().zip(1i64..).filter(|((from, _), _)| *from <= at).max_by_key(|((from, _),
                n)| (*from, *n));
            let expected = counts.filter(|((from, length), _)| at < from + length).map(|(_, n)| n);
            let seen: Vec<i64> =
                resolved.iter().filter(|(_, f)| (f.valid_from..f.valid_to).contains(&at)).map(|(n, _)| *n).collect();
            prop_assert_eq!(seen, Vec::from_iter(expected), "at {}", at);
        }
    }
}

fn point(valid_from: i64, valid_to: i64) -> Row {
    Row::MeteringPoints(MeteringPoint {
        metering_point_id: "P".into(),
        holder: "h".into(),
        import: true,
        export: false,
        plant: Default::default(),
        valid_from,
        valid_to,
    })
}

fn takes_part(community: &str, valid_from: i64, valid_to: i64) -> Row {
    Row::Participations(Participation {
        community_id: community.into(),
        metering_point_id: "P".into(),
        member_id: "m".into(),
        factor_percent: 100,
        consent_id: None,
        valid_from,
        valid_to,
    })
}

#[test]
fn a_point_takes_part_while_it_measures_and_was_let_in() {
    let registry = registry(vec![point(10, 90), takes_part("c", 0, 50), takes_part("c", 60, FOREVER)]);
    let spans = |start, end| -> Vec<(i64, i64)> {
        registry.participations_in("c", Span { start, end }).map(|(_, part)| (part.start, part.end)).collect()
    };
    assert_eq!(spans(0, 100), [(10, 50), (60, 90)]);
    assert_eq!(spans(20, 70), [(20, 50), (60, 70)]);
    assert_eq!(spans(50, 60), []);
    assert_eq!(spans(90, 100), []);
    assert_eq!(registry.participations_in("other", Span { start: 0, end: 100 }).count(), 0);
    // A point that is not registered takes no part.
    let unknown = self::registry(vec![takes_part("c", 0, 50)]);
    assert_eq!(unknown.participations_in("c", Span { start: 0, end: 100 }).count(), 0);
}

fn block(owner: &str, start: i64, step_seconds: u32, values: &[Option<i64>]) -> Row {
    Row::Series(SeriesBlock {
        community_id: owner.into(),
        series: "spot".into(),
        point: String::new(),
        producer: None,
        start,
        step_seconds,
        values_micro: values.to_vec(),
        source: "test".into(),
        provisional: false,
    })
}

#[test]
fn a_series_of_ones_own_hides_everybodys_and_later_values_hide_earlier_ones() {
    let hour = 4 * QUARTER;
    let public = block(PUBLIC, 0, 3600, &[Some(1), Some(2), Some(3)]);
    let at = |registry: &Registry, instant| registry.series_at("c", "spot", instant, QUARTER).map(|(v, _)| v);
    let all = registry(vec![public.clone()]);
    assert_eq!([0, 3, 4, 11, 12].map(|n| at(&all, n * QUARTER)), [Some(1), Some(1), Some(2), Some(3), None]);
    // What comes later counts where it says something; where it says nothing the earlier value stands.
    let later = block(PUBLIC, hour, 3600, &[Some(20), None]);
    let corrected = registry(vec![public.clone(), later]);
    assert_eq!([0, 4, 8].map(|n| at(&corrected, n * QUARTER)), [Some(1), Some(20), Some(3)]);
    // The community's own series is another one, with its own gaps.
    let own = registry(vec![public, block("c", hour, 3600, &[Some(7)])]);
    assert_eq!([0, 4, 8].map(|n| at(&own, n * QUARTER)), [None, Some(7), None]);
    assert_eq!(own.series_at("d", "spot", 0, QUARTER).map(|(v, _)| v), Some(1));
    // Values of quarter-hours are no values of hours.
    let fine = registry(vec![block(PUBLIC, 0, 900, &[Some(1), Some(2)])]);
    assert_eq!((fine.series_at("c", "spot", 0, hour), at(&fine, QUARTER)), (None, Some(2)));
    assert_eq!(fine.series_values("c", "spot", 0, QUARTER, 0..3), [Some(1), Some(2), None]);
}

fn fund(id: &str, source: FundSource, valid_from: i64, valid_to: i64) -> Row {
    let part = FundPart {
        percent_basis_points: 10_000,
        to: Beneficiary::Members,
        by: Some(Weight::Equal),
        member_kinds: Vec::new(),
    };
    Row::Funds(Fund {
        community_id: "c".into(),
        fund_id: id.into(),
        source,
        amount_micro: Some(1),
        parts: vec![part],
        tie_by_id: false,
        valid_from,
        valid_to,
    })
}

#[test]
fn the_revenue_of_the_surplus_goes_into_one_fund() {
    let registry = registry(vec![
        fund("b", FundSource::SurplusSale, 0, 100),
        fund("a", FundSource::SurplusSale, 50, 100),
        fund("c", FundSource::Community, 0, 100),
    ]);
    let at = |instant| -> Vec<&str> {
        registry.funds_at("c", instant).into_iter().map(|(_, f)| f.fund_id.as_str()).collect()
    };
    assert_eq!(at(0), ["b", "c"]);
    assert_eq!(at(50), ["a", "c"]);
    assert_eq!((at(100), at(-1)), (vec![], vec![]));
    assert!(registry.funds_at("d", 0).is_empty());
}

#[test]
fn capital_counts_by_local_days() {
    let paris = zone("Europe/Paris").unwrap();
    let at = |text: &str| parse_rfc3339(text).unwrap();
    let share = |member: &str, euros: i64, from: &str, to: i64| {
        let capital_micro = euros * 1_000_000;
        let (community_id, member_id) = ("c".to_string(), member.to_string());
        Row::CapitalShares(CapitalShare { community_id, member_id, capital_micro, valid_from: at(from), valid_to: to })
    };
    let registry = registry(vec![
        share("whole", 500, "2024-06-30T22:00:00Z", FOREVER),
        // 31 days of March, one of which has 23 hours.
        share("march", 100, "2025-02-28T23:00:00Z", at("2025-03-31T22:00:00Z")),
        share("later", 900, "2025-12-31T23:00:00Z", FOREVER),
    ]);
    let of_2025 = registry.capital_days("c", paris, year_span(paris, 2025));
    assert_eq!(of_2025, [("march", 100_000_000 * 31), ("whole", 500_000_000 * 365)]);
    let of_2024 = registry.capital_days("c", paris, year_span(paris, 2024));
    assert_eq!(of_2024, [("whole", 500_000_000 * 184)]);
    assert_eq!(registry.capital_days("c", paris, day_span(paris, "2023-01-01".parse().unwrap())), []);
}

#[test]
fn kinds_are_those_of_one_community() {
    let member = |community: &str, id: &str, kind: &str| {
        let (community_id, member_id, holder) = (community.to_string(), id.to_string(), format!("{community}/{id}"));
        Row::Members(Member { community_id, member_id, holder, kind: kind.into() })
    };
    let rows = vec![member("c", "m", "household"), member("d", "n", "farm"), member("c", "m", "commune")];
    let registry = registry(rows);
    assert_eq!(Vec::from_iter(registry.member_kinds("c")), [("m", "commune")]);
    assert_eq!(Vec::from_iter(registry.member_kinds("ca")), []);
    assert_eq!(registry.sequence, 3);
}
