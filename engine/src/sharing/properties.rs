//! Invariants of sharing over random communities. Seeds are fixed: every run tries the same cases.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};

use super::rounding::{LargestRemainder, Ties, tie_hash};
use super::{
    Binding, Cap, CompiledRule, KeyKind, Round, Rounding, Rule, Sharer, Shares, SurplusSplit, Tie, floor_percent,
    split_part,
};
use crate::clock::Micros;

/// Many cases; as many as `PROPTEST_CASES` says where the long tests run: more than a million in all.
fn config() -> Config {
    let standard = Config::default().cases;
    let cases = if standard == 256 { 2000 } else { standard };
    Config {
        cases,
        max_global_rejects: cases * 10,
        rng_seed: RngSeed::Fixed(20_260_101),
        failure_persistence: None,
        ..Config::default()
    }
}

/// Nothing, a few units (where ties are many), household energies, and more than 64-bit products hold.
fn energy() -> impl Strategy<Value = i64> {
    prop_oneof![1 => Just(0), 3 => 0..20i64, 4 => 0..2_000_000i64, 1 => 0..10_000_000_000_000_000i64]
}

fn point_ids(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    btree_set("[a-z]{1,3}", count).prop_map(|ids| ids.into_iter().collect())
}

/// An interval of a community in units of its rule.
#[derive(Debug, Clone)]
struct Community {
    rule: Rule,
    start: Micros,
    producers: Vec<String>,
    consumers: Vec<String>,
    production: Vec<i64>,
    consumption: Vec<i64>,
}

/// The outcome in units of the rule.
struct Outcome {
    shares: Shares,
    matrix: Vec<i64>,
    offers: Vec<i64>,
    unoffered: i64,
}

impl Community {
    fn outcome_with(&self, sharer: &mut Sharer) -> Outcome {
        let unit_micro_kwh = self.rule.unit_micro_kwh;
        let rule = CompiledRule::new(&self.rule, self.producers.clone(), self.consumers.clone()).unwrap();
        let in_micro_kwh = |values: &[i64]| values.iter().map(|v| v * unit_micro_kwh).collect::<Vec<_>>();
        let (production, consumption) = (in_micro_kwh(&self.production), in_micro_kwh(&self.consumption));
        let (mut shares, mut matrix, mut offers) = (Shares::default(), vec![], vec![]);
        sharer.share(&rule, self.start, &production, &consumption, &mut shares).unwrap();
        sharer.decompose(&rule, self.start, &shares, &mut matrix).unwrap();
        let mut unoffered = sharer.offer(&rule, self.start, &production, &consumption, &mut offers).unwrap();
        let Shares { allocated_micro_kwh, given_micro_kwh, surplus_micro_kwh, .. } = &mut shares;
        let all = [allocated_micro_kwh, given_micro_kwh, surplus_micro_kwh, &mut matrix, &mut offers];
        for value in all.into_iter().flatten().chain([&mut unoffered]) {
            assert_eq!(*value % unit_micro_kwh, 0, "whole units");
            *value /= unit_micro_kwh;
        }
        Outcome { shares, matrix, offers, unoffered }
    }

    fn outcome(&self) -> Outcome {
        self.outcome_with(&mut Sharer::default())
    }

    fn allocated(&self) -> Vec<i64> {
        self.outcome().shares.allocated_micro_kwh
    }
}

fn sum(values: &[i64]) -> i128 {
    values.iter().map(|v| i128::from(*v)).sum()
}

fn static_round() -> impl Strategy<Value = KeyKind> {
    let weight = || prop_oneof![0..5u64, 0..1_000_000u64, 0..10_000_000_000_000_000u64];
    (proptest::collection::btree_map("[a-c]{1,2}|[a-z]{1,3}", weight(), 1..12), weight())
        .prop_filter("a positive weight", |(weights, unassigned)| weights.values().any(|w| *w > 0) || *unassigned > 0)
        .prop_map(|(weights, unassigned)| KeyKind::Static { weights, unassigned })
}

/// Any round of the general model that shares exactly: every kind but supplied keys, with sinks, sources, caps, tiers.
fn general_round() -> impl Strategy<Value = Round> {
    let weights = || proptest::collection::btree_map("[a-c]{1,2}|[a-z]{1,3}", 0..1000u64, 1..8);
    let key = prop_oneof![
        Just(KeyKind::Prorata),
        Just(KeyKind::ProrataConsumption),
        Just(KeyKind::Equal),
        (weights(), 1..1000u64).prop_map(|(weights, unassigned)| KeyKind::Static { weights, unassigned }),
        (weights(), 1..10u64).prop_map(|(weights, others)| KeyKind::CustomWeight { weights, others }),
        (0..1000u64).prop_map(|unassigned| KeyKind::Shares { unassigned: unassigned + 1 }),
    ];
    let cap = prop_oneof![
        3 => Just(Cap::Consumption),
        1 => (1..101u32).prop_map(Cap::PercentOfConsumption),
        1 => proptest::collection::btree_map("[a-c]{1,2}|[a-z]{1,3}", 0..2_000_000u64,
            0..8).prop_map(Cap::EnergyMicroKwh),
        1 => Just(Cap::Contract),
    ];
    let names = || prop_oneof![2 => Just(BTreeSet::new()), 1 => btree_set("[a-c]{1,2}|[a-z]{1,3}", 1..8)];
    (key, cap, names(), names(), 0..3u32, any::<bool>()).prop_map(|(key, cap, sources, sinks, tier, redistribute)| {
        Round { key, tier, sources, sinks, cap, redistribute }
    })
}

/// A community with a general rule, bound with capital and contracted powers.
#[derive(Debug, Clone)]
struct General {
    rule: Rule,
    start: Micros,
    binding: Binding,
    production: Vec<i64>,
    consumption: Vec<i64>,
}

impl General {
    fn outcome(&self) -> (Shares, Vec<i64>) {
        let rule = CompiledRule::bind(&self.rule, self.binding.clone()).unwrap();
        let (mut sharer, mut shares, mut matrix) = (Sharer::default(), Shares::default(), vec![]);
        sharer.share(&rule, self.start, &self.production, &self.consumption, &mut shares).unwrap();
        sharer.decompose(&rule, self.start, &shares, &mut matrix).unwrap();
        (shares, matrix)
    }
}

fn general(rounding: Rounding) -> impl Strategy<Value = General> {
    let points = || btree_set("[a-c]{1,2}|[a-z]{1,3}", 0..8).prop_map(|ids| ids.into_iter().collect::<Vec<_>>());
    let energies = |count| vec(prop_oneof![1 => Just(0), 3 => 0..20i64, 4 => 0..2_000_000i64], count);
    (vec(general_round(), 1..4), points(), points(), 0..1_000_000i64, any::<bool>(), any::<bool>())
        .prop_flat_map(move |(rounds, producer_ids, consumer_ids, quarter, hash, ordered)| {
            let (producers, consumers) = (producer_ids.len(), consumer_ids.len());
            let split = if ordered {
                SurplusSplit::Order(producer_ids.iter().rev().cloned().collect())
            } else {
                SurplusSplit::Prorata
            };
            let rule = Rule {
                rounds,
                tie: if hash { Tie::Hash } else { Tie::Id },
                rounding,
                surplus_split: split,
                ..Rule::of([])
            };
            let members: Vec<String> = (0..consumers).map(|n| format!("m{}", n / 2)).collect();
            let capital = vec(0..1_000_000u64, members.len());
            let contract = vec(proptest::option::of(0..2_000_000i64), consumers);
            let binding = (capital, contract).prop_map(move |(capital, contract_micro_kwh)| Binding {
                producer_ids: producer_ids.clone(),
                consumer_ids: consumer_ids.clone(),
                capital: members.iter().cloned().zip(capital).collect(),
                consumer_members: members.clone(),
                contract_micro_kwh,
                ..Binding::default()
            });
            (Just((rule, quarter * 900_000_000)), binding, energies(producers), energies(consumers))
        })
        .prop_map(|((rule, start), binding, production, consumption)| General {
            rule,
            start,
            binding,
            production,
            consumption,
        })
}

fn any_rounds() -> impl Strategy<Value = Vec<KeyKind>> {
    prop_oneof![
        Just(vec![KeyKind::Prorata]),
        static_round().prop_map(|round| vec![round]),
        static_round().prop_map(|round| vec![round, KeyKind::Prorata]),
        (static_round(), static_round()).prop_map(|(first, second)| vec![first, second]),
        static_round().prop_map(|round| vec![KeyKind::Prorata, round]),
    ]
}

fn community(rounds: impl Strategy<Value = Vec<KeyKind>>) -> impl Strategy<Value = Community> {
    (rounds, select(&[1, 1000, 1_000_000][..]), select(&[Tie::Hash, Tie::Id][..]), 0..1_000_000i64)
        .prop_flat_map(|(rounds, unit_micro_kwh, tie, quarter)| {
            let rule = Rule { unit_micro_kwh, tie, ..Rule::of(rounds) };
            let ids = (point_ids(0..5), point_ids(0..12), any::<bool>());
            (Just(rule), Just(quarter * 900_000_000), ids)
        })
        .prop_flat_map(|(rule, start, (producers, mut consumers, weighted))| {
            if weighted {
                // So that weights meet points: half of the communities consist of weighted ones and others.
                consumers.extend(rule.rounds.iter().flat_map(|round| match &round.key {
                    KeyKind::Static { weights, .. } => weights.keys().cloned().collect(),
                    _ => vec![],
                }));
                consumers = consumers.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
            }
            // Whatever the unit, values in micro-kWh fit.
            let most = 10_000_000_000_000_000 / rule.unit_micro_kwh;
            let energies = move |count| vec(energy().prop_map(move |e| e % most), count);
            let (production, consumption) = (energies(producers.len()), energies(consumers.len()));
            (Just((rule, start, producers, consumers)), production, consumption)
        })
        .prop_map(|((rule, start, producers, consumers), production, consumption)| Community {
            rule,
            start,
            producers,
            consumers,
            production,
            consumption,
        })
}

fn dynamic() -> impl Strategy<Value = Community> {
    community(Just(vec![KeyKind::Prorata]))
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn inv1_production_is_conserved_per_producer(c in community(any_rounds())) {
        let Outcome { shares, matrix, .. } = c.outcome();
        let columns = c.producers.len();
        for (j, production) in c.production.iter().enumerate() {
            let given: Vec<i64> = matrix.iter().skip(j).step_by(columns).copied().collect();
            prop_assert_eq!(sum(&given) + i128::from(shares.surplus_micro_kwh[j]), i128::from(*production));
            prop_assert_eq!(sum(&given), i128::from(shares.given_micro_kwh[j]));
            prop_assert!(shares.surplus_micro_kwh[j] >= 0);
        }
        for (i, allocated) in shares.allocated_micro_kwh.iter().enumerate() {
            let row = &matrix[i * columns..(i + 1) * columns];
            prop_assert_eq!(sum(row), i128::from(*allocated));
            prop_assert!(row.iter().all(|a| *a >= 0));
        }
    }

    #[test]
    fn inv2_one_residual_per_point_in_two_communities(
        first in community(any_rounds()),
        second in community(any_rounds()),
        metered_micro_kwh in energy(),
        factor in 0..101u32,
    ) {
        let parts = [floor_percent(metered_micro_kwh, factor), floor_percent(metered_micro_kwh, 100 - factor)];
        prop_assert!(sum(&parts) <= i128::from(metered_micro_kwh));
        let mut covered_micro_kwh = 0;
        for (mut c, part_micro_kwh) in [first, second].into_iter().zip(parts) {
            c.rule.unit_micro_kwh = 1;
            if c.consumption.is_empty() {
                continue;
            }
            c.consumption[0] = part_micro_kwh;
            covered_micro_kwh += c.allocated()[0];
        }
        prop_assert!((0..=metered_micro_kwh).contains(&(metered_micro_kwh - covered_micro_kwh)));
    }

    #[test]
    fn inv3_nobody_gets_more_than_the_consumption(c in community(any_rounds())) {
        prop_assert!(c.allocated().iter().zip(&c.consumption).all(|(a, c)| (0..=*c).contains(a)));
    }

    #[test]
    fn inv4_nothing_is_shared_that_was_not_produced(c in community(any_rounds())) {
        prop_assert!(sum(&c.allocated()) <= sum(&c.production));
    }

    #[test]
    fn inv5_dynamic_shares_all_it_can(c in community(any_rounds())) {
        if c.rule.rounds.contains(&KeyKind::Prorata.into()) {
            prop_assert_eq!(sum(&c.allocated()), sum(&c.production).min(sum(&c.consumption)));
        }
    }

    #[test]
    fn inv1_to_inv4_hold_in_the_general_model(
        c in prop_oneof![general(Rounding::LargestRemainder), general(Rounding::Floor)],
    ) {
        let (shares, matrix) = c.outcome();
        let columns = c.production.len();
        for (j, production) in c.production.iter().enumerate() {
            let given: Vec<i64> = matrix.iter().skip(j).step_by(columns).copied().collect();
            prop_assert_eq!(sum(&given) + i128::from(shares.surplus_micro_kwh[j]), i128::from(*production));
            prop_assert_eq!(sum(&given), i128::from(shares.given_micro_kwh[j]));
            prop_assert!(shares.surplus_micro_kwh[j] >= 0);
        }
        for (i, (allocated, consumption)) in shares.allocated_micro_kwh.iter().zip(&c.consumption).enumerate() {
            let row = &matrix[i * columns..(i + 1) * columns];
            prop_assert_eq!(sum(row), i128::from(*allocated));
            prop_assert!(row.iter().all(|a| *a >= 0));
            prop_assert!((0..=*consumption).contains(allocated), "nobody gets more than it uses");
        }
        prop_assert!(sum(&shares.allocated_micro_kwh) <= sum(&c.production));
        if c.rule.shares_all() {
            prop_assert_eq!(sum(&shares.allocated_micro_kwh), sum(&c.production).min(sum(&c.consumption)));
        }
        prop_assert_eq!(&c.outcome().0, &shares, "INV8");
    }

    #[test]
    fn inv1_half_up_shows_its_difference(c in general(Rounding::HalfUp)) {
        let (shares, matrix) = c.outcome();
        let columns = c.production.len();
        let mut delta = 0;
        for (j, production) in c.production.iter().enumerate() {
            let given: Vec<i64> = matrix.iter().skip(j).step_by(columns).copied().collect();
            prop_assert_eq!(sum(&given), i128::from(shares.given_micro_kwh[j]));
            prop_assert!(shares.surplus_micro_kwh[j] >= 0);
            delta += sum(&given) + i128::from(shares.surplus_micro_kwh[j]) - i128::from(*production);
        }
        let most = c.consumption.len() * c.rule.rounds.len();
        prop_assert!(2 * delta.abs() <= most as i128, "half a unit per share and round: {}", delta);
        prop_assert!(shares.allocated_micro_kwh.iter().zip(&c.consumption).all(|(a, c)| (0..=*c).contains(a)));
    }

    #[test]
    fn inv9_scaling_scales_the_exact_shares(c in dynamic(), factor in 1..1000i64) {
        let mut c = c;
        c.rule.unit_micro_kwh = 1;
        let mut scaled = c.clone();
        let scale = |values: &mut Vec<i64>| values.iter_mut().for_each(|v| *v = *v % 1_000_000_000 * factor);
        let mut base = c;
        base.production.iter_mut().chain(&mut base.consumption).for_each(|v| *v %= 1_000_000_000);
        scale(&mut scaled.production);
        scale(&mut scaled.consumption);
        // Shares in whole units are within one of the exact ones, which scale.
        for (a, b) in base.allocated().iter().zip(scaled.allocated()) {
            prop_assert!((i128::from(*a) * i128::from(factor) - i128::from(b)).abs() <= i128::from(factor) + 1);
        }
    }

    #[test]
    fn inv10_more_production_costs_nobody_more_than_a_unit(
        c in dynamic(),
        more in prop_oneof![1..5i64, 0..2_000_000i64],
        at in any::<prop::sample::Index>(),
    ) {
        prop_assume!(!c.producers.is_empty());
        let mut richer = c.clone();
        richer.production[at.index(c.producers.len())] += more;
        for (before, after) in c.allocated().iter().zip(richer.allocated()) {
            prop_assert!(after >= before - 1, "{} became {}", before, after);
        }
    }

    #[test]
    fn inv12_parts_of_communities_sum_to_at_most_the_whole(
        metered_micro_kwh in energy(),
        // At most the whole: each takes a part of what the others left.
        factors in vec(1..101u32, 1..6).prop_map(|parts| {
            let mut free = 100;
            parts.into_iter().map(|part| { let taken = free * part / 100; free -= taken; taken }).collect::<Vec<_>>()
        }),
    ) {
        let parts: Vec<i64> = factors.iter().map(|f| floor_percent(metered_micro_kwh, *f)).collect();
        prop_assert!(sum(&parts) <= i128::from(metered_micro_kwh));
        prop_assert!(parts.iter().all(|p| *p >= 0));
    }

    #[test]
    fn inv6_static_gives_the_quota_or_the_consumption(c in community(static_round().prop_map(|r| vec![r]))) {
        let KeyKind::Static { weights, unassigned } = &c.rule.rounds[0].key else { unreachable!() };
        let weight_sum: i128 = weights.values().chain([unassigned]).map(|w| i128::from(*w)).sum();
        for ((id, consumption), allocated) in c.consumers.iter().zip(&c.consumption).zip(c.allocated()) {
            let weight = weights.get(id).copied().unwrap_or(0);
            let product = i128::from(weight) * sum(&c.production);
            let (floor, ceiling) = (product / weight_sum, (product + weight_sum - 1) / weight_sum);
            prop_assert!(i128::from(allocated) <= ceiling);
            prop_assert!(i128::from(allocated) >= floor.min(i128::from(*consumption)));
        }
    }

    #[test]
    fn inv7_permuting_members_permutes_the_result(
        (c, order) in dynamic().prop_flat_map(|c| {
            let order = Just((0..c.consumers.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(c), order)
        }),
    ) {
        // Members swap their consumptions. Who has the same consumption as another may differ by the odd unit.
        let mut permuted = c.clone();
        permuted.consumption = order.iter().map(|from| c.consumption[*from]).collect();
        let (before, after) = (c.allocated(), permuted.allocated());
        let by_consumption = |consumption: &[i64], allocated: &[i64]| {
            let mut pairs: Vec<_> = consumption.iter().copied().zip(allocated.iter().copied()).collect();
            pairs.sort_unstable();
            pairs
        };
        let (before, after) =
            (by_consumption(&c.consumption, &before), by_consumption(&permuted.consumption, &after));
        for ((consumption, a), (_, b)) in before.iter().zip(&after) {
            prop_assert!((a - b).abs() <= 1, "{consumption}: {a}, {b}");
        }
        let allocations = |pairs: Vec<(i64, i64)>| pairs.into_iter().map(|(_, a)| i128::from(a)).sum::<i128>();
        prop_assert_eq!(allocations(before), allocations(after));
    }

    #[test]
    fn inv7_the_order_of_a_list_does_not_matter_with_hash_ties(
        (ids, weights, order) in point_ids(1..12).prop_flat_map(|ids| {
            let weights = vec(prop_oneof![0..3i64, 0..1000i64], ids.len());
            let order = Just((0..ids.len()).collect::<Vec<_>>()).prop_shuffle();
            (Just(ids), weights, order)
        }),
        total in 0..100i64,
        rest_weight in 0..3i64,
        start in any::<i64>(),
    ) {
        let (mut shares, mut permuted) = (vec![], vec![]);
        let mut kernel = LargestRemainder::default();
        let rest = kernel.lr(total, &weights, rest_weight, Ties::Hash { ids: &ids, start }, &mut shares).unwrap();
        let ids: Vec<String> = order.iter().map(|at| ids[*at].clone()).collect();
        let weights: Vec<i64> = order.iter().map(|at| weights[*at]).collect();
        let ties = Ties::Hash { ids: &ids, start };
        prop_assert_eq!(kernel.lr(total, &weights, rest_weight, ties, &mut permuted).unwrap(), rest);
        prop_assert_eq!(order.iter().map(|at| shares[*at]).collect::<Vec<_>>(), permuted);
    }

    #[test]
    fn inv8_a_used_sharer_repeats_a_fresh_one(c in community(any_rounds()), other in community(any_rounds())) {
        let mut used = Sharer::default();
        let first = c.outcome_with(&mut used);
        other.outcome_with(&mut used);
        for again in [c.outcome_with(&mut used), c.outcome()] {
            prop_assert_eq!(&again.shares, &first.shares);
            prop_assert_eq!(&again.matrix, &first.matrix);
            prop_assert_eq!(&again.offers, &first.offers);
        }
    }

    #[test]
    fn inv11_no_consumption_is_as_good_as_absence(c in community(any_rounds()), at in any::<prop::sample::Index>()) {
        prop_assume!(!c.consumers.is_empty());
        let at = at.index(c.consumers.len());
        let (mut idle, mut absent) = (c.clone(), c);
        idle.consumption[at] = 0;
        absent.consumption.remove(at);
        absent.consumers.remove(at);
        let mut allocated = idle.allocated();
        prop_assert_eq!(allocated.remove(at), 0);
        prop_assert_eq!(allocated, absent.allocated());
    }

    #[test]
    fn inv11_splitting_a_member_in_two_moves_less_than_two_units(
        c in dynamic(),
        at in any::<prop::sample::Index>(),
        percent in 0..101u32,
    ) {
        prop_assume!(!c.consumers.is_empty());
        let at = at.index(c.consumers.len());
        let mut halves = c.clone();
        // The second half stands right after the first in the order of ids.
        let second = format!("{}\0", c.consumers[at]);
        let part = floor_percent(c.consumption[at], percent);
        halves.consumption[at] = part;
        halves.consumption.insert(at + 1, c.consumption[at] - part);
        halves.consumers.insert(at + 1, second);
        let (whole, halves) = (c.allocated()[at], halves.allocated());
        prop_assert!((halves[at] + halves[at + 1] - whole).abs() < 2);
    }

    #[test]
    fn offers_cut_to_the_consumption_are_the_allocations(
        c in community(prop_oneof![Just(vec![KeyKind::Prorata]), static_round().prop_map(|r| vec![r])]),
    ) {
        let Outcome { shares, offers, unoffered, .. } = c.outcome();
        prop_assert_eq!(sum(&offers) + i128::from(unoffered), sum(&c.production));
        let cut: Vec<i64> = offers.iter().zip(&c.consumption).map(|(o, c)| *o.min(c)).collect();
        prop_assert_eq!(cut, shares.allocated_micro_kwh);
    }

    #[test]
    fn shares_and_matrix_equal_the_definition(mut c in dynamic(), same in any::<bool>()) {
        if same {
            // Equal plants with a surplus: ties among producers.
            c.consumption.iter_mut().for_each(|energy| *energy %= 1000);
            let production = 1 + sum(&c.consumption) as i64;
            c.production.fill(production);
        }
        let hash = c.rule.tie == Tie::Hash;
        let draw = |ids: &[String], at: usize| if hash { tie_hash(&ids[at], c.start) } else { 0 };
        let Outcome { shares, matrix, .. } = c.outcome();
        let shared = sum(&c.production).min(sum(&c.consumption)) as i64;
        let (allocated, _) = definition(shared, &c.consumption, 0, |at| draw(&c.consumers, at));
        prop_assert_eq!(&shares.allocated_micro_kwh, &allocated);
        let (mut columns, _) = definition(shared, &c.production, 0, |at| draw(&c.producers, at));
        prop_assert_eq!(&shares.given_micro_kwh, &columns);
        for (allocated, got) in allocated.iter().zip(matrix.chunks(columns.len().max(1))) {
            let (row, _) = definition(*allocated, &columns, 0, |at| draw(&c.producers, at));
            prop_assert_eq!(got, &row);
            columns.iter_mut().zip(row).for_each(|(column, share)| *column -= share);
        }
    }

    #[test]
    fn lr_equals_the_definition(
        total in prop_oneof![-50..50i64, -2_000_000_000..2_000_000_000i64, -i64::MAX..i64::MAX],
        weights in prop_oneof![
            vec(prop_oneof![0..4i64, 0..2_000_000i64, 0..700_000_000_000_000_000i64], 0..12),
            // With a total of 31 bits, products of up to 64 bits.
            vec(1_000_000_000..2_000_000_000i64, 0..4),
        ],
        rest_weight in prop_oneof![Just(0), 0..4i64, 0..700_000_000_000_000_000i64],
        hash in any::<bool>(),
        start in any::<i64>(),
    ) {
        let ids: Vec<String> = (0..weights.len()).map(|n| format!("{n:02}")).collect();
        let ties = if hash { Ties::Hash { ids: &ids, start } } else { Ties::Position };
        let mut shares = vec![];
        let rest = LargestRemainder::default().lr(total, &weights, rest_weight, ties, &mut shares).unwrap();
        prop_assert_eq!(sum(&shares) + i128::from(rest), i128::from(total));
        let key = |at: usize| if hash { tie_hash(&ids[at], start) } else { 0 };
        prop_assert_eq!((shares, rest), definition(total, &weights, rest_weight, key));
    }

    #[test]
    fn capped_keeps_caps_and_proportions(
        total in prop_oneof![0..100i64, 0..5_000_000i64, 0..i64::MAX],
        members in vec(
            prop_oneof![(0..4i64, 0..40i64), (0..1000i64, 0..2_000_000i64), (0..i64::MAX / 16, 0..i64::MAX / 16)],
            0..12,
        ),
    ) {
        let (weights, caps): (Vec<i64>, Vec<i64>) = members.iter().copied().unzip();
        let mut shares = vec![];
        let over = LargestRemainder::default().capped(total, &weights, &caps, 0, Ties::Position, &mut shares).unwrap();
        prop_assert_eq!(sum(&shares) + i128::from(over), i128::from(total));
        prop_assert!(over >= 0);
        for (at, &share) in shares.iter().enumerate() {
            prop_assert!((0..=caps[at]).contains(&share));
            prop_assert!(weights[at] > 0 || share == 0);
            prop_assert!(over == 0 || weights[at] == 0 || share == caps[at], "surplus only when all are full");
            // Whoever is below the cap has the common level, within the one unit of rounding, and nobody exceeds it.
            for (other, &other_share) in shares.iter().enumerate() {
                if share < caps[at] && weights[at] > 0 && weights[other] > 0 {
                    let (w, v) = (i128::from(weights[at]), i128::from(weights[other]));
                    prop_assert!((i128::from(other_share) - 1) * w < (i128::from(share) + 1) * v);
                }
            }
        }
    }

    #[test]
    fn parts_of_a_finer_grid_sum_to_the_whole(energy_micro_kwh in any::<i64>(), parts in 1..13u32) {
        let split: Vec<i64> = (0..parts).map(|index| split_part(energy_micro_kwh, parts, index)).collect();
        prop_assert_eq!(sum(&split), i128::from(energy_micro_kwh));
        prop_assert!(split.windows(2).all(|w| w[0].abs() >= w[1].abs() && (w[0] - w[1]).abs() <= 1));
    }
}

/// The largest remainder as it is defined, with sorted 128-bit fractions. The rest is the last of all ties.
fn definition(total: i64, weights: &[i64], rest_weight: i64, key: impl Fn(usize) -> u64) -> (Vec<i64>, i64) {
    let weight_sum = sum(weights) + i128::from(rest_weight);
    if weight_sum == 0 {
        return (vec![0; weights.len()], total);
    }
    let magnitude = i128::from(total).abs();
    let products: BTreeMap<usize, i128> =
        weights.iter().chain([&rest_weight]).map(|w| magnitude * i128::from(*w)).enumerate().collect();
    let mut shares: Vec<i128> = products.values().map(|product| product / weight_sum).collect();
    let mut order: Vec<usize> = products.keys().copied().collect();
    let last = weights.len();
    order.sort_by_key(|at| {
        let key = if *at == last { (1, 0) } else { (0, key(*at)) };
        (-(products[at] % weight_sum), key, *at)
    });
    let spare = magnitude - shares.iter().sum::<i128>();
    for at in &order[..usize::try_from(spare).unwrap()] {
        shares[*at] += 1;
    }
    let mut shares: Vec<i64> =
        shares.into_iter().map(|share| i64::try_from(share * i128::from(total.signum())).unwrap()).collect();
    let rest = shares.pop().unwrap();
    (shares, rest)
}
