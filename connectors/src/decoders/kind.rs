//! What the words for a kind of value mean: our own, those of the French publication record, and Austrian meter codes.

use engine::ingest::{Direction, Kind};

/// A kind of value, and the direction that the word says or implies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    pub kind: Kind,
    /// What holds where no direction is given.
    pub direction: Option<Direction>,
    /// Whether another direction contradicts the word.
    fixed: bool,
}

impl Meaning {
    /// What a record is that names no kind.
    pub const READING: Self = Self { kind: Kind::Measured, direction: None, fixed: false };

    /// Reads a word, whatever its case.
    pub fn parse(word: &str) -> Option<Self> {
        use Direction::{Export, Import};
        let fixed = |kind, direction| Some(Self { kind, direction: Some(direction), fixed: true });
        let either = |kind, direction| Some(Self { kind, direction, fixed: false });
        match word.trim().to_ascii_lowercase().as_str() {
            "measured" => Some(Self::READING),
            "participating" | "g.01t" => either(Kind::Participating, None),
            "g.01" => Some(Self::READING),
            "cons" | "1-1:1.9.0 g.01" => fixed(Kind::Measured, Import),
            "prod" | "1-1:2.9.0 g.01" => fixed(Kind::Measured, Export),
            "1-1:1.9.0 g.01t" => fixed(Kind::Participating, Import),
            "1-1:2.9.0 g.01t" => fixed(Kind::Participating, Export),
            // The code of the community's energy is that of fed-in energy, at the consuming point.
            "offered" | "g.02" | "1-1:2.9.0 g.02" => fixed(Kind::Offered, Import),
            "g.03" | "1-1:2.9.0 g.03" => fixed(Kind::Shared, Import),
            // Of direction export: what a plant gave.
            "shared" | "acc" => either(Kind::Shared, Some(Import)),
            "residual" | "compl" => fixed(Kind::Residual, Import),
            "surplus" | "p.01t" | "1-1:2.9.0 p.01t" => fixed(Kind::Surplus, Export),
            _ => None,
        }
    }

    /// The direction that is given, unless it contradicts the word.
    pub fn direction_of(self, text: &str) -> Option<Direction> {
        Direction::parse(text).filter(|given| !self.fixed || self.direction == Some(*given))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_operators_are_known() {
        let check = |word: &str, want: Option<(Kind, Option<Direction>)>| {
            assert_eq!(Meaning::parse(word).map(|m| (m.kind, m.direction)), want, "{word}");
        };
        check("CONS", Some((Kind::Measured, Some(Direction::Import))));
        check("Prod", Some((Kind::Measured, Some(Direction::Export))));
        check("ACC", Some((Kind::Shared, Some(Direction::Import))));
        check("COMPL", Some((Kind::Residual, Some(Direction::Import))));
        check("SURPLUS", Some((Kind::Surplus, Some(Direction::Export))));
        check("1-1:1.9.0 G.01", Some((Kind::Measured, Some(Direction::Import))));
        check("1-1:1.9.0 G.01T", Some((Kind::Participating, Some(Direction::Import))));
        check("1-1:2.9.0 G.02", Some((Kind::Offered, Some(Direction::Import))));
        check("1-1:2.9.0 G.03", Some((Kind::Shared, Some(Direction::Import))));
        check("1-1:2.9.0 P.01T", Some((Kind::Surplus, Some(Direction::Export))));
        // Without its T the code counts the part that does not take part, too.
        check("1-1:2.9.0 P.01", None);
        check("shares", None);
        for kind in Kind::ALL {
            assert_eq!(Meaning::parse(kind.as_str()).map(|m| m.kind), Some(kind));
        }
    }

    #[test]
    fn a_direction_may_not_contradict_the_word() {
        let check = |word: &str, direction: &str, want| {
            assert_eq!(Meaning::parse(word).unwrap().direction_of(direction), want, "{word} {direction}");
        };
        check("shared", "export", Some(Direction::Export));
        check("surplus", "import", None);
        check("residual", "import", Some(Direction::Import));
        check("measured", "export", Some(Direction::Export));
    }
}
