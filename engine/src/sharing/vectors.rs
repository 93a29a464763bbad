//! Worked cases with known results, by their published numbers: French (F), Austrian (A), Spanish (E) and Italian (IT)
//! rules, general ones (G), and a worked month. Values are in the smallest unit of the case. Ties go to the smaller id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{
    Binding, Cap, Coefficients, CompiledRule, KeyKind, Round, Rounding, Rule, Sharer, Shares, SurplusSplit, Tie,
    floor_percent,
};

fn ids(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}{n:02}")).collect()
}

fn fixed(weights: &[u64], unassigned: u64) -> KeyKind {
    KeyKind::Static { weights: ids("C", weights.len()).into_iter().zip(weights.iter().copied()).collect(), unassigned }
}

struct Case {
    rounds: Vec<KeyKind>,
    unit_micro_kwh: i64,
    production: &'static [i64],
    consumption: &'static [i64],
}

struct Outcome {
    shares: Shares,
    matrix: Vec<i64>,
    offers: Vec<i64>,
    unoffered: i64,
}

impl Case {
    fn new(rounds: Vec<KeyKind>, production: &'static [i64], consumption: &'static [i64]) -> Self {
        Self { rounds, unit_micro_kwh: 1, production, consumption }
    }

    /// In units of the case.
    fn outcome(&self) -> Outcome {
        let Self { unit_micro_kwh, production, consumption, .. } = *self;
        let rule = Rule { unit_micro_kwh, tie: Tie::Id, ..Rule::of(self.rounds.clone()) };
        let rule = CompiledRule::new(&rule, ids("P", production.len()), ids("C", consumption.len())).unwrap();
        let in_micro_kwh = |values: &[i64]| values.iter().map(|v| v * unit_micro_kwh).collect::<Vec<_>>();
        let (production, consumption) = (in_micro_kwh(production), in_micro_kwh(consumption));
        let (mut sharer, mut shares) = (Sharer::default(), Shares::default());
        let (mut matrix, mut offers) = (vec![], vec![]);
        sharer.share(&rule, 0, &production, &consumption, &mut shares).unwrap();
        sharer.decompose(&rule, 0, &shares, &mut matrix).unwrap();
        let mut unoffered = sharer.offer(&rule, 0, &production, &consumption, &mut offers).unwrap();
        let Shares { allocated_micro_kwh, given_micro_kwh, surplus_micro_kwh, .. } = &mut shares;
        let all = [allocated_micro_kwh, given_micro_kwh, surplus_micro_kwh, &mut matrix, &mut offers];
        for value in all.into_iter().flatten().chain([&mut unoffered]) {
            assert_eq!(*value % unit_micro_kwh, 0, "whole units");
            *value /= unit_micro_kwh;
        }
        Outcome { shares, matrix, offers, unoffered }
    }

    /// Allocations, surplus of all producers, residuals.
    fn check(&self, allocated: &[i64], surplus: i64, residuals: &[i64]) {
        let Shares { allocated_micro_kwh, surplus_micro_kwh, .. } = self.outcome().shares;
        assert_eq!(allocated_micro_kwh, allocated, "allocated");
        assert_eq!(surplus_micro_kwh.iter().sum::<i64>(), surplus, "surplus");
        let got: Vec<i64> = self.consumption.iter().zip(&allocated_micro_kwh).map(|(c, a)| c - a).collect();
        assert_eq!(got, residuals, "residuals");
    }

    /// Production given, surplus per producer, and the matrix row by row.
    fn check_producers(&self, given: &[i64], surplus: &[i64], matrix: &[i64]) {
        let Outcome { shares, matrix: got, .. } = self.outcome();
        assert_eq!(shares.given_micro_kwh, given, "given");
        assert_eq!(shares.surplus_micro_kwh, surplus, "surplus");
        assert_eq!(got, matrix, "matrix");
    }

    fn check_offers(&self, offers: &[i64], unoffered: i64) {
        let outcome = self.outcome();
        assert_eq!((outcome.offers.as_slice(), outcome.unoffered), (offers, unoffered), "offers");
    }
}

fn prorata(production: &'static [i64], consumption: &'static [i64]) -> Case {
    Case::new(vec![KeyKind::Prorata], production, consumption)
}

#[test]
fn f1_default_dynamic() {
    prorata(&[500], &[400, 300, 100]).check(&[250, 188, 62], 0, &[150, 112, 38]);
}

#[test]
fn f2_default_dynamic_with_surplus() {
    prorata(&[1000], &[400, 300, 100]).check(&[400, 300, 100], 200, &[0, 0, 0]);
}

#[test]
fn f3_default_dynamic_of_one_unit() {
    prorata(&[1], &[400, 300, 100]).check(&[1, 0, 0], 0, &[399, 300, 100]);
}

#[test]
fn f4_default_dynamic_without_consumption() {
    prorata(&[500], &[0, 0, 0]).check(&[0, 0, 0], 500, &[0, 0, 0]);
    prorata(&[0], &[4, 3, 1]).check(&[0, 0, 0], 0, &[4, 3, 1]);
}

#[test]
fn f5_static() {
    let case = Case::new(vec![fixed(&[50, 30, 20], 0)], &[500], &[400, 300, 60]);
    case.check(&[250, 150, 60], 40, &[150, 150, 0]);
}

#[test]
fn f6_static_does_not_redistribute() {
    let case = Case::new(vec![fixed(&[50, 30, 20], 0)], &[500], &[120, 300, 60]);
    case.check(&[120, 150, 60], 170, &[0, 150, 0]);
}

#[test]
fn f7_static_then_prorata_of_the_residual() {
    let case = Case::new(vec![fixed(&[50, 30, 20], 0), KeyKind::Prorata], &[500], &[120, 300, 60]);
    case.check(&[120, 300, 60], 20, &[0, 0, 0]);
}

#[test]
fn f7b_static_then_prorata_of_a_scarce_rest() {
    let case = Case::new(vec![fixed(&[50, 30, 20], 0), KeyKind::Prorata], &[500], &[120, 310, 140]);
    case.check(&[120, 254, 126], 0, &[0, 56, 14]);
}

#[test]
fn f11_two_producers_without_surplus() {
    let case = prorata(&[300, 200], &[400, 300, 100]);
    case.check(&[250, 188, 62], 0, &[150, 112, 38]);
    case.check_producers(&[300, 200], &[0, 0], &[150, 100, 113, 75, 37, 25]);
}

#[test]
fn f12_two_producers_with_surplus() {
    let case = prorata(&[700, 300], &[400, 300, 100]);
    case.check(&[400, 300, 100], 200, &[0, 0, 0]);
    case.check_producers(&[560, 240], &[140, 60], &[280, 120, 210, 90, 70, 30]);
}

#[test]
fn static_key_of_101_units() {
    let plenty: &[i64] = &[1000, 1000, 1000];
    Case::new(vec![fixed(&[50, 30, 20], 0)], &[101], plenty).check(&[51, 30, 20], 0, &[949, 970, 980]);
    Case::new(vec![fixed(&[50, 30], 20)], &[101], &[1000, 1000]).check(&[51, 30], 20, &[949, 970]);
}

// Austrian meter values, in micro-kWh. The operator rounds every share half-up to 1e-6 kWh; the tolerance against it is
// one unit per share. The largest remainder differs from the published shares by nothing in A1 and A2 and in the first
// half of A3. In its scarce half (G5) half-up shares sum to one unit more than was produced, and ours to exactly that.

#[test]
fn a1_dynamic_with_surplus() {
    let case = prorata(&[1_137_000], &[6000, 40_000, 813_000]);
    case.check_offers(&[7942, 52_945, 1_076_113], 0);
    case.check(&[6000, 40_000, 813_000], 278_000, &[0, 0, 0]);
}

#[test]
fn a2_dynamic_scarce() {
    let case = prorata(&[155_000], &[5000, 2000, 86_000, 104_000]);
    let covered = [3934, 1574, 67_665, 81_827];
    case.check_offers(&covered, 0);
    case.check(&covered, 0, &[1066, 426, 18_335, 22_173]);
}

#[test]
fn a3_participation_factor() {
    assert_eq!(floor_percent(813_000, 40), 325_200);
    let case = prorata(&[1_137_000], &[6000, 40_000, 325_200]);
    case.check_offers(&[18_378, 122_522, 996_100], 0);
    case.check(&[6000, 40_000, 325_200], 765_800, &[0, 0, 0]);
}

#[test]
fn g5_half_up_would_share_more_than_there_is() {
    let case = prorata(&[200_000], &[6000, 40_000, 325_200]);
    case.check_offers(&[3233, 21_552, 175_215], 0);
    case.check(&[3233, 21_552, 175_215], 0, &[2767, 18_448, 149_985]);
}

#[test]
fn e1_fixed_betas() {
    let case = Case::new(vec![fixed(&[600_000, 400_000], 0)], &[3250], &[1500, 2100]);
    case.check_offers(&[1950, 1300], 0);
    case.check(&[1500, 1300], 450, &[0, 800]);
    let Outcome { shares, offers, .. } = case.outcome();
    let own_surplus: Vec<i64> = offers.iter().zip(&shares.allocated_micro_kwh).map(|(o, a)| o - a).collect();
    assert_eq!(own_surplus, [450, 0], "excedente");
}

#[test]
fn it_hours_of_two_plants() {
    let check = |production, consumption, allocated: &[i64], given: &[i64]| {
        let case = Case { unit_micro_kwh: 1000, ..prorata(production, consumption) };
        let Outcome { shares, .. } = case.outcome();
        assert_eq!((shares.allocated_micro_kwh.as_slice(), shares.given_micro_kwh.as_slice()), (allocated, given));
    };
    check(&[82_400, 15_250], &[40_100, 22_730, 18_800], &[40_100, 22_730, 18_800], &[68_882, 12_748]);
    check(&[2100, 0], &[52_000, 30_500, 26_000], &[1007, 590, 503], &[2100, 0]);
}

#[test]
fn g1_one_point_in_two_communities() {
    let (x, k1, k2) = (2000, floor_percent(2000, 60), floor_percent(2000, 40));
    assert_eq!((k1, k2), (1200, 800));
    prorata(&[900], &[1200, 600]).check(&[600, 300], 0, &[600, 300]);
    prorata(&[2000], &[800, 200]).check(&[800, 200], 1000, &[0, 0]);
    assert_eq!(x - 600 - 800, 600, "one residual per point, although the second community has a surplus");
}

#[test]
fn worked_month_of_five_members_and_two_plants() {
    let consumption: &[i64] = &[312_450, 268_912, 1_945_300, 742_015, 1_120_877];
    let allocated = [121_337, 98_764, 803_221, 215_648, 402_119];
    let rounds = vec![fixed(&allocated.map(|a: i64| a.unsigned_abs()), 241_711)];
    let case = Case { unit_micro_kwh: 1000, ..Case::new(rounds, &[1_402_500, 480_300], consumption) };
    case.check(&allocated, 241_711, &[191_113, 170_148, 1_142_079, 526_367, 718_758]);
    let matrix = [90_384, 30_953, 73_569, 25_195, 598_320, 204_901, 160_637, 55_011, 299_539, 102_580];
    case.check_producers(&[1_222_449, 418_640], &[180_051, 61_660], &matrix);
}

#[test]
fn the_hash_decides_f1_by_interval() {
    let rule = Rule::of([KeyKind::Prorata]);
    let rule = CompiledRule::new(&rule, ids("P", 1), ids("C", 3)).unwrap();
    let (mut sharer, mut shares) = (Sharer::default(), Shares::default());
    let mut seen = BTreeMap::new();
    for quarter in 0..1000 {
        sharer.share(&rule, quarter * 900_000_000, &[500], &[400, 300, 100], &mut shares).unwrap();
        *seen.entry(shares.allocated_micro_kwh.clone()).or_insert(0) += 1;
    }
    let counts: Vec<i32> = seen.values().copied().collect();
    assert_eq!(seen.keys().cloned().collect::<Vec<_>>(), [[250, 187, 63], [250, 188, 62]]);
    assert!(counts.iter().all(|n| *n > 400), "the odd unit goes both ways: {counts:?}");
}

/// A rule of general rounds over producers P00.. and consumers C00.., ties by id.
fn general(
    rule: &Rule,
    coefficients: &[(&str, Coefficients)],
    production: &[i64],
    consumption: &[i64],
) -> (Shares, Vec<i64>) {
    let binding = Binding {
        producer_ids: ids("P", production.len()),
        consumer_ids: ids("C", consumption.len()),
        consumer_members: ids("M", consumption.len()),
        capital: ids("M", consumption.len()).into_iter().zip([5000, 3000, 2000]).collect(),
        contract_micro_kwh: vec![Some(400); consumption.len()],
        coefficients: coefficients.iter().map(|(n, c)| ((*n).to_owned(), Arc::new(c.clone()))).collect(),
    };
    let rule = CompiledRule::bind(&Rule { tie: Tie::Id, ..rule.clone() }, binding).unwrap();
    let (mut sharer, mut shares, mut matrix) = (Sharer::default(), Shares::default(), vec![]);
    sharer.share(&rule, 0, production, consumption, &mut shares).unwrap();
    sharer.decompose(&rule, 0, &shares, &mut matrix).unwrap();
    (shares, matrix)
}

fn round(key: KeyKind) -> Round {
    Round::from(key)
}

fn rule(rounds: impl IntoIterator<Item = Round>) -> Rule {
    Rule { rounds: rounds.into_iter().collect(), ..Rule::of([]) }
}

fn sinks(numbers: &[usize]) -> BTreeSet<String> {
    numbers.iter().map(|n| format!("C{n:02}")).collect()
}

fn check_general(rule: &Rule, production: &[i64], consumption: &[i64], allocated: &[i64], surplus: &[i64]) {
    let (shares, _) = general(rule, &[], production, consumption);
    assert_eq!((shares.allocated_micro_kwh.as_slice(), shares.surplus_micro_kwh.as_slice()), (allocated, surplus));
}

#[test]
fn f8_supplied_per_consumer() {
    let columns = vec![("C00".to_owned(), None), ("C01".to_owned(), None)];
    let key = Coefficients { columns, rows: BTreeMap::from([(0, vec![508_100, 398_600])]) };
    let supplied = rule([round(KeyKind::Supplied { series: "acc".into(), pairs: false })]);
    let (shares, _) = general(&supplied, &[("acc", key)], &[1237], &[700, 400]);
    assert_eq!((shares.allocated_micro_kwh, shares.surplus_micro_kwh), (vec![628, 400], vec![209]));
    // Without coefficients for the interval, the consumption decides.
    let columns = vec![("C00".to_owned(), None)];
    let other = Coefficients { columns, rows: BTreeMap::from([(900, vec![1])]) };
    let (shares, _) = general(&supplied, &[("acc", other)], &[500], &[400, 600]);
    assert_eq!(shares.allocated_micro_kwh, [200, 300]);
}

#[test]
fn f9_waterfall() {
    let first = Round { sinks: sinks(&[0]), ..round(KeyKind::Prorata) };
    let second = Round { sinks: sinks(&[1, 2]), tier: 1, ..round(KeyKind::Prorata) };
    for rounds in [[first.clone(), second.clone()], [second, first]] {
        check_general(&rule(rounds), &[500], &[200, 300, 300], &[200, 150, 150], &[0]);
    }
}

#[test]
fn f10_capped_static() {
    let fixed = Round { redistribute: true, ..round(fixed(&[1, 1, 2], 0)) };
    check_general(&rule([fixed]), &[1000], &[100, 400, 600], &[100, 300, 600], &[0]);
}

#[test]
fn f13_full_dynamic_per_pair() {
    let pair = |c: usize, p: usize| (format!("C{c:02}"), Some(format!("P{p:02}")));
    let columns = vec![pair(0, 0), pair(1, 0), pair(0, 1), pair(2, 1)];
    let key = Coefficients { columns, rows: BTreeMap::from([(0, vec![600_000, 400_000, 500_000, 500_000])]) };
    let supplied = rule([round(KeyKind::Supplied { series: "acc".into(), pairs: true })]);
    let (shares, matrix) = general(&supplied, &[("acc", key)], &[300, 200], &[210, 200, 150]);
    assert_eq!(shares.allocated_micro_kwh, [210, 120, 100]);
    assert_eq!(shares.surplus_micro_kwh, [45, 25]);
    assert_eq!(matrix, [135, 75, 120, 0, 0, 100]);
}

#[test]
fn f14_equal_with_redistribution() {
    let equal = Round { redistribute: true, ..round(KeyKind::Equal) };
    check_general(&rule([equal]), &[101], &[10, 50, 91], &[10, 46, 45], &[0]);
}

#[test]
fn f15_equal_without_redistribution() {
    check_general(&rule([round(KeyKind::Equal)]), &[100], &[10, 50, 90], &[10, 33, 33], &[24]);
}

#[test]
fn a3_half_up_gives_more_than_there_is_and_says_so() {
    let half_up = Rule { rounding: Rounding::HalfUp, ..rule([round(KeyKind::Prorata)]) };
    let (shares, matrix) = general(&half_up, &[], &[200_000], &[6000, 40_000, 325_200]);
    assert_eq!(shares.allocated_micro_kwh, [3233, 21_552, 175_216]);
    assert_eq!((shares.given_micro_kwh.as_slice(), shares.surplus_micro_kwh.as_slice()), (&[200_001][..], &[0][..]));
    assert_eq!(matrix, shares.allocated_micro_kwh);
    let floor = Rule { rounding: Rounding::Floor, ..rule([round(KeyKind::Prorata)]) };
    check_general(&floor, &[200_000], &[6000, 40_000, 325_200], &[3232, 21_551, 175_215], &[2]);
    check_general(&half_up, &[1_137_000], &[6000, 40_000, 325_200], &[6000, 40_000, 325_200], &[765_800]);
}

#[test]
fn keys_by_capital_custom_weight_and_whole_consumption() {
    check_general(
        &rule([round(KeyKind::Shares { unassigned: 0 })]),
        &[1000],
        &[900, 100, 900],
        &[500, 100, 200],
        &[200],
    );
    let redistributed = Round { redistribute: true, ..round(KeyKind::Shares { unassigned: 0 }) };
    check_general(&rule([redistributed]), &[1000], &[900, 100, 900], &[643, 100, 257], &[0]);
    let weights = BTreeMap::from([("C00".to_owned(), 2)]);
    let custom = Round { redistribute: true, ..round(KeyKind::CustomWeight { weights, others: 1 }) };
    check_general(&rule([custom]), &[400], &[100, 200, 400], &[100, 100, 200], &[0]);
    // A second round by the whole consumption does not see what the first one gave, except as a cap.
    let first = Round { cap: Cap::PercentOfConsumption(10), ..round(KeyKind::Prorata) };
    let second = round(KeyKind::ProrataConsumption);
    check_general(&rule([first, second]), &[240], &[100, 200, 500], &[30, 60, 150], &[0]);
}

#[test]
fn caps_by_energy_contract_and_percent() {
    let capped = |cap: Cap, redistribute: bool| rule([Round { cap, redistribute, ..round(KeyKind::Prorata) }]);
    let energy = || Cap::EnergyMicroKwh(BTreeMap::from([("C00".to_owned(), 100)]));
    check_general(&capped(energy(), false), &[900], &[500, 300, 100], &[100, 300, 100], &[400]);
    check_general(&capped(energy(), true), &[450], &[500, 300, 100], &[100, 263, 87], &[0]);
    check_general(&capped(Cap::Contract, false), &[900], &[500, 300, 100], &[400, 300, 100], &[100]);
    check_general(&capped(Cap::PercentOfConsumption(50), true), &[900], &[500, 300, 101], &[250, 150, 50], &[450]);
}

#[test]
fn sources_of_a_round_and_the_order_in_which_plants_give() {
    // The school's roof serves the school first; what is left joins the other roof's energy.
    let own = Round { sources: BTreeSet::from(["P00".to_owned()]), sinks: sinks(&[0]), ..round(KeyKind::Prorata) };
    let common = Round { tier: 1, ..round(KeyKind::Prorata) };
    let (shares, matrix) = general(&rule([own, common]), &[], &[300, 200], &[100, 300, 300]);
    assert_eq!(shares.allocated_micro_kwh, [100, 200, 200]);
    assert_eq!((shares.given_micro_kwh, shares.surplus_micro_kwh), (vec![300, 200], vec![0, 0]));
    assert_eq!(matrix, [100, 0, 100, 100, 100, 100]);
    let order = SurplusSplit::Order(vec!["P01".into()]);
    let ordered = Rule { surplus_split: order, ..rule([round(KeyKind::Prorata)]) };
    let (shares, _) = general(&ordered, &[], &[300, 200], &[100, 150]);
    assert_eq!((shares.given_micro_kwh, shares.surplus_micro_kwh), (vec![50, 200], vec![250, 0]));
}
