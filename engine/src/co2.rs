//! Which figures of CO2 may be set against each other.
//!
//! Factors of the whole life cycle and factors of direct emissions count different things. A difference with one on
//! each side looks like a figure and is none: 812, 640 and 300 Wh of sun at 30.075 g/kWh over its life against direct
//! grid factors of 18, 22 and 25 g/kWh seem to add 16.4954 g, while life-cycle factors of that grid show 51.3206 g
//! avoided.

use crate::error::{Error, Result};

/// A figure's factor set and scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Basis<'a> {
    pub factor_set: &'a str,
    /// `life_cycle` or `direct`.
    pub scope: &'a str,
}

/// Refuses to add up or subtract figures of different scopes.
///
/// # Errors
/// User, when the scopes differ; it names the sets.
pub fn comparable<'a>(figures: impl IntoIterator<Item = Basis<'a>>) -> Result<()> {
    let mut figures = figures.into_iter();
    let Some(first) = figures.next() else { return Ok(()) };
    match figures.find(|other| other.scope != first.scope) {
        None => Ok(()),
        Some(other) => Err(Error::user(format!(
            "CO2 by `{}` counts scope {} and CO2 by `{}` counts scope {}: they count different things and are neither \
             added nor subtracted; give the whole time factors of one scope with [[grid_factor]], or look at each \
             apart",
            first.factor_set, first.scope, other.factor_set, other.scope
        ))),
    }
}

/// The sum of exact figures of one scope, each with its basis.
///
/// # Errors
/// As [`comparable`]; internal, when the sum does not fit.
pub fn sum<'a>(figures: impl IntoIterator<Item = (Basis<'a>, i128)> + Clone) -> Result<i128> {
    comparable(figures.clone().into_iter().map(|(basis, _)| basis))?;
    let sum = figures.into_iter().try_fold(0i128, |sum, (_, value)| sum.checked_add(value));
    sum.ok_or_else(|| Error::internal("a sum of CO2 figures does not fit"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_different_scopes_are_refused_with_their_names() {
        let of = |factor_set, scope| Basis { factor_set, scope };
        let same = [(of("a-2019", "direct"), 5), (of("b-2020", "direct"), -7)];
        assert_eq!(sum(same).unwrap(), -2);
        assert_eq!(sum([]).unwrap(), 0);
        let mixed = [(of("a-2019", "direct"), 5), (of("c-2020", "life_cycle"), 7)];
        let refused = sum(mixed).unwrap_err();
        assert_eq!(refused.kind(), crate::error::ErrorKind::User);
        let text = refused.to_string();
        assert!(
            ["`a-2019`", "`c-2020`", "direct", "life_cycle", "[[grid_factor]]"].iter().all(|w| text.contains(w)),
            "{text}"
        );
        assert!(sum([(of("a", "direct"), i128::MAX), (of("b", "direct"), 1)]).is_err());
    }
}
