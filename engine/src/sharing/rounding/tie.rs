//! Who goes first when remainders are equal.

use std::cmp::Ordering;

use sha2::{Digest, Sha256};

use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::sharing::key::Tie;

/// The order among equal remainders. It is worked out only for those whose tie straddles the cut.
#[derive(Debug, Clone, Copy)]
pub enum Ties<'a> {
    /// The earlier position. Callers that want the smaller id list their ids ascending.
    Position,
    /// The smaller [`tie_hash`], then the smaller id: independent of positions. `ids` are metering points for energy,
    /// members or producers for money, one per weight; `start` is the start of the interval or period.
    Hash { ids: &'a [String], start: Micros },
}

impl Tie {
    /// The order among ids that are listed ascending.
    pub fn among(self, ids: &[String], start: Micros) -> Ties<'_> {
        match self {
            Self::Hash => Ties::Hash { ids, start },
            Self::Id => Ties::Position,
        }
    }
}

impl Ties<'_> {
    pub(super) fn check_covers(&self, weights: usize) -> Result<()> {
        match self {
            Self::Hash { ids, .. } if ids.len() < weights => {
                Err(Error::user(format!("{weights} weights need {weights} ids to break ties, got {}", ids.len())))
            }
            _ => Ok(()),
        }
    }

    /// Writes the positions in the order in which they win, each with its key.
    pub(super) fn rank(self, positions: impl Iterator<Item = usize>, ranked: &mut Vec<(u64, usize)>) {
        ranked.clear();
        match self {
            Self::Position => ranked.extend(positions.map(|at| (0, at))),
            Self::Hash { ids, start } => {
                ranked.extend(positions.map(|at| (tie_hash(&ids[at], start), at)));
                ranked.sort_unstable_by(|(hash_a, a), (hash_b, b)| match hash_a.cmp(hash_b) {
                    Ordering::Equal => ids[*a].cmp(&ids[*b]).then(a.cmp(b)),
                    unequal => unequal,
                });
            }
        }
    }
}

/// The first 8 bytes, big-endian, of SHA-256 over the id, a zero byte, and the start as a big-endian 64-bit integer:
/// a draw that anybody can repeat and nobody can steer.
pub fn tie_hash(id: &str, start: Micros) -> u64 {
    let digest = Sha256::new().chain_update(id).chain_update([0]).chain_update(start.to_be_bytes()).finalize();
    digest.iter().take(8).fold(0, |hash, byte| hash << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sharing::rounding::LargestRemainder;

    #[test]
    fn the_hash_is_the_published_one() {
        // printf 'FR-0001\0' and the start as 8 bytes | sha256sum | cut -c 1-16
        assert_eq!(tie_hash("FR-0001", 1_767_225_600_000_000), 0xc5af_705d_9cdf_38b5);
        assert_eq!(tie_hash("", -1), 0x9def_0fa7_2f2e_4712);
    }

    #[test]
    fn the_smaller_hash_wins_wherever_it_stands() {
        let check = |ids: [&str; 3], start: Micros| {
            let ids = ids.map(str::to_owned);
            let mut shares = vec![];
            let ties = Tie::Hash.among(&ids, start);
            LargestRemainder::default().lr(1, &[1, 1, 1], 0, ties, &mut shares).unwrap();
            let first = (0..3).min_by_key(|at| tie_hash(&ids[*at], start)).unwrap();
            assert_eq!(shares.iter().position(|s| *s == 1), Some(first));
            first
        };
        let mut winners = [0; 3];
        for quarter in 0..3000 {
            let start = 900_000_000 * quarter;
            let first = check(["A", "B", "C"], start);
            assert_eq!(check(["B", "C", "A"], start), (first + 2) % 3, "the same id wins");
            winners[first] += 1;
        }
        assert!(winners.iter().all(|n| (900..1100).contains(n)), "nobody is favoured: {winners:?}");
    }
}
