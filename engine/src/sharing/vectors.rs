//! Worked cases with known results, by their published numbers: French (F), Austrian (A), Spanish (E) and Italian (IT)
//! rules, general ones (G), and a worked month. Values are in the smallest unit of the case. Ties go to the smaller id.

use std::collections::BTreeMap;

use super::{CompiledRule, KeyKind, Rule, Sharer, Shares, Tie, floor_percent};

fn ids(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|n| format!("{prefix}{n:02}")).collect()
}

fn fixed(weights: &[u64], unassigned: u64) -> KeyKind {
    KeyKind::Static { weights: ids("C", weights.len()).into_iter().zip(weights.iter().copied()).collect(), unassigned }
}

struct Case {
    rounds: Vec<KeyKind>,
    unit_mwh: i64,
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
        Self { rounds, unit_mwh: 1, production, consumption }
    }

    /// In units of the case.
    fn outcome(&self) -> Outcome {
        let Self { unit_mwh, production, consumption, .. } = *self;
        let rule = Rule { rounds: self.rounds.clone(), unit_mwh, tie: Tie::Id };
        let rule = CompiledRule::new(&rule, ids("P", production.len()), ids("C", consumption.len())).unwrap();
        let in_mwh = |values: &[i64]| values.iter().map(|v| v * unit_mwh).collect::<Vec<_>>();
        let (production, consumption) = (in_mwh(production), in_mwh(consumption));
        let (mut sharer, mut shares) = (Sharer::default(), Shares::default());
        let (mut matrix, mut offers) = (vec![], vec![]);
        sharer.share(&rule, 0, &production, &consumption, &mut shares).unwrap();
        sharer.decompose(&rule, 0, &shares, &mut matrix).unwrap();
        let mut unoffered = sharer.offer(&rule, 0, &production, &consumption, &mut offers).unwrap();
        let Shares { allocated_mwh, given_mwh, surplus_mwh } = &mut shares;
        let all = [allocated_mwh, given_mwh, surplus_mwh, &mut matrix, &mut offers];
        for value in all.into_iter().flatten().chain([&mut unoffered]) {
            assert_eq!(*value % unit_mwh, 0, "whole units");
            *value /= unit_mwh;
        }
        Outcome { shares, matrix, offers, unoffered }
    }

    /// Allocations, surplus of all producers, residuals.
    fn check(&self, allocated: &[i64], surplus: i64, residuals: &[i64]) {
        let Shares { allocated_mwh, surplus_mwh, .. } = self.outcome().shares;
        assert_eq!(allocated_mwh, allocated, "allocated");
        assert_eq!(surplus_mwh.iter().sum::<i64>(), surplus, "surplus");
        let got: Vec<i64> = self.consumption.iter().zip(&allocated_mwh).map(|(c, a)| c - a).collect();
        assert_eq!(got, residuals, "residuals");
    }

    /// Production given, surplus per producer, and the matrix row by row.
    fn check_producers(&self, given: &[i64], surplus: &[i64], matrix: &[i64]) {
        let Outcome { shares, matrix: got, .. } = self.outcome();
        assert_eq!(shares.given_mwh, given, "given");
        assert_eq!(shares.surplus_mwh, surplus, "surplus");
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

// Austrian meter values, in mWh. The operator rounds every share half-up to 1e-6 kWh; the tolerance against it is one
// unit per share. The largest remainder differs from the published shares by nothing in A1 and A2 and in the first
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
    let own_surplus: Vec<i64> = offers.iter().zip(&shares.allocated_mwh).map(|(o, a)| o - a).collect();
    assert_eq!(own_surplus, [450, 0], "excedente");
}

#[test]
fn it_hours_of_two_plants() {
    let check = |production, consumption, allocated: &[i64], given: &[i64]| {
        let case = Case { unit_mwh: 1000, ..prorata(production, consumption) };
        let Outcome { shares, .. } = case.outcome();
        assert_eq!((shares.allocated_mwh.as_slice(), shares.given_mwh.as_slice()), (allocated, given));
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
    let case = Case { unit_mwh: 1000, ..Case::new(rounds, &[1_402_500, 480_300], consumption) };
    case.check(&allocated, 241_711, &[191_113, 170_148, 1_142_079, 526_367, 718_758]);
    let matrix = [90_384, 30_953, 73_569, 25_195, 598_320, 204_901, 160_637, 55_011, 299_539, 102_580];
    case.check_producers(&[1_222_449, 418_640], &[180_051, 61_660], &matrix);
}

#[test]
fn the_hash_decides_f1_by_interval() {
    let rule = Rule { rounds: vec![KeyKind::Prorata], unit_mwh: 1, tie: Tie::Hash };
    let rule = CompiledRule::new(&rule, ids("P", 1), ids("C", 3)).unwrap();
    let (mut sharer, mut shares) = (Sharer::default(), Shares::default());
    let mut seen = BTreeMap::new();
    for quarter in 0..1000 {
        sharer.share(&rule, quarter * 900_000_000, &[500], &[400, 300, 100], &mut shares).unwrap();
        *seen.entry(shares.allocated_mwh.clone()).or_insert(0) += 1;
    }
    let counts: Vec<i32> = seen.values().copied().collect();
    assert_eq!(seen.keys().cloned().collect::<Vec<_>>(), [[250, 187, 63], [250, 188, 62]]);
    assert!(counts.iter().all(|n| *n > 400), "the odd unit goes both ways: {counts:?}");
}
