//! Rules of every kind for the federation's communities: what a rule costs beyond the common one.

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use engine::registry::{CapitalShare, FOREVER, Row, SeriesBlock};
use engine::sharing::{Cap, KeyKind, Round, Rounding, Rule, Tie};

/// The kinds, the common one first.
pub const KINDS: [&str; 13] = [
    "prorata",
    "static",
    "static, then prorata",
    "priority",
    "equal",
    "equal, redistributed",
    "shares",
    "custom weight",
    "supplied per consumer",
    "capped at 80 %",
    "sources named",
    "half up",
    "plants in order",
];

/// What a rule of a kind needs.
pub struct Kind {
    pub rule: Rule,
    /// Capital and coefficients.
    pub rows: Vec<Row>,
}

/// The rule of a kind for a community with these consuming and producing points, for a month from `start`.
///
/// # Errors
/// For a kind that is none.
pub fn of(kind: &str, community: &str, consumers: &[String], producers: &[String], start: i64) -> Result<Kind> {
    let weights = || -> BTreeMap<String, u64> { consumers.iter().cloned().zip((0..).map(|n| n % 7 + 1)).collect() };
    let fixed = || KeyKind::Static { weights: weights(), unassigned: 3 };
    let round = |key: KeyKind| Round::from(key);
    let equal = |redistribute| Round { redistribute, ..round(KeyKind::Equal) };
    let (mut rounding, mut order, mut rows) = (Rounding::LargestRemainder, None, Vec::new());
    let half = consumers.len() / 2;
    let part = |tier: u32, sinks: &[String]| Round {
        tier,
        sinks: sinks.iter().cloned().collect(),
        redistribute: true,
        ..round(KeyKind::Prorata)
    };
    let rounds = match kind {
        "prorata" => vec![round(KeyKind::Prorata)],
        "static" => vec![round(fixed())],
        "static, then prorata" => vec![round(fixed()), round(KeyKind::Prorata)],
        "priority" => vec![part(0, &consumers[..half]), part(1, &consumers[half..])],
        "equal" => vec![equal(false)],
        "equal, redistributed" => vec![equal(true)],
        "shares" => {
            rows.extend(consumers.iter().zip(1..).map(|(member, n)| capital(community, member, n % 9 * 100_000_000)));
            vec![round(KeyKind::Shares { unassigned: 0 })]
        }
        "custom weight" => vec![round(KeyKind::CustomWeight { weights: weights(), others: 1 })],
        "supplied per consumer" => {
            let fraction = 1_000_000 / i64::try_from(consumers.len().max(1))?;
            rows.extend(consumers.iter().map(|point| coefficients(community, point, start, fraction)));
            vec![round(KeyKind::Supplied { series: "key".into(), pairs: false })]
        }
        "capped at 80 %" => vec![Round { cap: Cap::PercentOfConsumption(80), ..round(KeyKind::Prorata) }],
        "sources named" => vec![
            Round { sources: producers.iter().take(1).cloned().collect(), ..round(KeyKind::Prorata) },
            Round { tier: 1, ..round(KeyKind::Prorata) },
        ],
        "half up" => {
            rounding = Rounding::HalfUp;
            vec![round(KeyKind::Prorata)]
        }
        "plants in order" => {
            order = Some(engine::sharing::SurplusSplit::Order(producers.to_vec()));
            vec![round(KeyKind::Prorata)]
        }
        other => bail!("{other}: no kind of rule; there are {}", KINDS.join("; ")),
    };
    let base = Rule::of([KeyKind::Prorata]);
    let surplus_split = order.unwrap_or_else(|| base.surplus_split.clone());
    Ok(Kind { rule: Rule { rounds, rounding, surplus_split, unit_micro_kwh: 1000, tie: Tie::Id, ..base }, rows })
}

fn capital(community: &str, member: &str, capital_micro: i64) -> Row {
    Row::CapitalShares(CapitalShare {
        community_id: community.into(),
        member_id: member.into(),
        capital_micro,
        valid_from: i64::MIN,
        valid_to: FOREVER,
    })
}

fn coefficients(community: &str, point: &str, start: i64, fraction: i64) -> Row {
    Row::Series(SeriesBlock {
        community_id: community.into(),
        series: "key".into(),
        point: point.into(),
        producer: None,
        start,
        step_seconds: 900,
        values_micro: vec![Some(fraction); 31 * 96],
        source: "generated".into(),
        provisional: false,
    })
}
