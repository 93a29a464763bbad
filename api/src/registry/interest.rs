//! `[[interest]]`: what members' capital earns in a year, and in which month it is paid.

use engine::calendar::{month_span, parse_month};
use engine::currency::minor_digits;
use engine::registry::{InterestRule, Row};

use super::community::Place;
use super::current::Current;
use super::document::Fields;
use super::say;

const YEARS: (u64, u64) = (1990, 2199);
/// Days of a year on the basis that most statutes name.
const DAYS_OF_YEAR: u32 = 365;

/// Reads `[[interest]]`. A later table of the same year takes the place of the earlier one.
pub(super) fn read(tables: Vec<Fields<'_>>, place: &Place, current: &Current) -> Vec<InterestRule> {
    let id = &place.community.community_id;
    let mut rules = Vec::<InterestRule>::new();
    for fields in tables {
        let year = fields.required("year", fields.whole("year", YEARS.0, YEARS.1), say::interest_year_missing());
        let year = year.and_then(|y| i32::try_from(y).ok());
        let base = year.and_then(|y| current.registry.interest_rules.get(id)?.get(&y)).map(|(_, rule)| rule);
        let paid = paid_in(&fields, base, place);
        let rate = fields.decimal("rate_percent", 4);
        let budget = fields.decimal("budget", 6);
        let days = fields.whole("days_of_year", 360, 366).and_then(|d| u32::try_from(d).ok());
        let days = days.or_else(|| base.map(|b| b.days_of_year)).unwrap_or(DAYS_OF_YEAR);
        let tie_by_id = match fields.word("tie", &["hash", "id"]) {
            Some(word) => word == "id",
            None => base.is_some_and(|b| b.tie_by_id),
        };
        fields.no_more();
        let (rate, budget) = match (fields.has("rate_percent"), fields.has("budget")) {
            (false, false) => (base.and_then(|b| b.rate_percent_e4), base.and_then(|b| b.budget_micro)),
            _ => (rate, budget),
        };
        let Some((rate_percent_e4, budget_micro)) = checked(&fields, rate, budget, place) else { continue };
        let (Some(year), Some((valid_from, valid_to))) = (year, paid) else { continue };
        if rules.iter().any(|r| r.year == year) {
            fields.problem("year", say::year_twice());
            continue;
        }
        rules.push(InterestRule {
            community_id: id.clone(),
            year,
            rate_percent_e4,
            budget_micro,
            days_of_year: days,
            tie_by_id,
            valid_from,
            valid_to,
        });
    }
    rules
}

fn paid_in(fields: &Fields<'_>, base: Option<&InterestRule>, place: &Place) -> Option<(i64, i64)> {
    let stands = base.map(|b| (b.valid_from, b.valid_to)).filter(|_| !fields.has("paid_in"));
    let stated = fields.text("paid_in").and_then(|text| {
        let month = parse_month(text);
        if month.is_none() {
            fields.problem("paid_in", say::not_a_month());
        }
        let span = month_span(place.zone, month?);
        Some((span.start, span.end))
    });
    fields.required("paid_in", stated.or(stands), say::paid_in_missing())
}

/// A rate or a budget, not both.
fn checked(
    fields: &Fields<'_>,
    rate: Option<i64>,
    budget: Option<i64>,
    place: &Place,
) -> Option<(Option<i64>, Option<i64>)> {
    let wrong = fields.has("rate_percent") && rate.is_none() || fields.has("budget") && budget.is_none();
    if wrong {
        return None;
    }
    let unit = 10i64.pow(6 - minor_digits(&place.community.currency));
    match (rate, budget) {
        (Some(_), Some(_)) => {
            fields.problem("budget", say::budget_beside_rate());
            None
        }
        (None, None) => fields.required("rate_percent", None, say::interest_rate_missing()),
        (Some(rate), None) if !(0..=1_000_000).contains(&rate) => {
            fields.problem("rate_percent", say::interest_rate_wrong());
            None
        }
        (None, Some(budget)) if budget < 0 || budget % unit != 0 => {
            fields.problem("budget", say::budget_wrong());
            None
        }
        either => Some(either),
    }
}

/// The rules as rows.
pub(super) fn rows(rules: Vec<InterestRule>) -> impl Iterator<Item = Row> {
    rules.into_iter().map(Row::InterestRules)
}
