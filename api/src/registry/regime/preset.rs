//! A key that a country knows by name.

use engine::sharing::{KeyKind, Rule};

use crate::problem::{Message, refused};

/// What a name such as `dynamique_par_defaut` stands for: `kind=supplied pairs=true`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// A kind of key, or `any`: members agree on what they like.
    pub kind: &'static str,
    /// Whether coefficients come per pair of producing and consuming point.
    pub pairs: bool,
}

const KINDS: [&str; 8] =
    ["any", "static", "prorata", "prorata_consumption", "supplied", "equal", "shares", "custom_weight"];

impl Preset {
    /// Reads the value of the row of a key.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(key: &str, value: &str) -> Result<Self, Message> {
        let (mut kind, mut pairs) = (None, false);
        for part in value.split_whitespace() {
            match part.split_once('=') {
                Some(("kind", word)) if kind.is_none() => kind = KINDS.into_iter().find(|k| *k == word),
                Some(("pairs", "true")) => pairs = true,
                _ => return Err(refused::preset_part_wrong(key, part)),
            }
        }
        let kind = kind.ok_or_else(|| refused::preset_names_no_kind(key, value, KINDS.join(", ")))?;
        match pairs && kind != "supplied" {
            true => Err(refused::preset_pairs_stray(key, value)),
            false => Ok(Self { kind, pairs }),
        }
    }

    /// Whether a rule is what the name stands for.
    pub fn is_rule(&self, rule: &Rule) -> bool {
        let [round] = rule.rounds.as_slice() else { return self.kind == "any" };
        let (kind, pairs) = match &round.key {
            KeyKind::Static { .. } => ("static", false),
            KeyKind::Prorata => ("prorata", false),
            KeyKind::ProrataConsumption => ("prorata_consumption", false),
            KeyKind::Equal => ("equal", false),
            KeyKind::Shares { .. } => ("shares", false),
            KeyKind::CustomWeight { .. } => ("custom_weight", false),
            KeyKind::Supplied { pairs, .. } => ("supplied", *pairs),
        };
        // Only the consumption limits what the operator of a grid gives to everybody.
        let plain = engine::sharing::Round::from(round.key.clone()) == *round;
        self.kind == "any" || (plain && (kind, pairs) == (self.kind, self.pairs))
    }
}
