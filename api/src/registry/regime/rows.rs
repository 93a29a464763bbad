//! Reading rows of regimes: strict, each with its line.

use chrono::NaiveDate;
use engine::registry::Regime;
use engine::units::parse_decimal;

use super::bounds::Bounds;
use super::preset::Preset;
use crate::problem::{Arg, Message, refused};
use crate::registry::currency::minor_digits;

/// The first line of a file of regimes.
pub const HEADER: &str = "country,key,value,valid_from,valid_to,source";

/// Kinds of member that a rate may be for; `general` is everybody else.
const SEGMENTS: [&str; 6] = ["general", "household", "business", "farm", "commune", "producer"];
/// Kinds of energy that a rate may be for.
const KINDS: [&str; 5] = ["electricity", "subscription", "shared_electricity", "heat", "renewable_heat"];

/// Reads a file of regimes.
///
/// # Errors
/// What is wrong, with line, field, value and cure.
pub fn read(name: &str, text: &str) -> Result<Vec<Regime>, Message> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    let at = |line: usize, what: Message| refused::row_of_file(name, line, Arg::Said(vec![what]));
    let header = lines.next().map(|(_, l)| l.trim());
    if header != Some(HEADER) {
        return Err(at(1, refused::row_header_wrong(HEADER)));
    }
    let mut rows: Vec<Regime> = Vec::new();
    for (n, line) in lines {
        let wrong = |what: Message| at(n + 1, what);
        let row = read_row(line).map_err(wrong)?;
        if let Some(other) = rows.iter().find(|r| overlap(r, &row)) {
            return Err(wrong(match other.valid_from {
                None => refused::row_overlaps_first(row.key),
                Some(from) => refused::row_overlaps(row.key, from),
            }));
        }
        rows.push(row);
    }
    Ok(rows)
}

fn overlap(a: &Regime, b: &Regime) -> bool {
    let from = |r: &Regime| r.valid_from.unwrap_or(NaiveDate::MIN);
    let to = |r: &Regime| r.valid_to.unwrap_or(NaiveDate::MAX);
    (&a.country, &a.key) == (&b.country, &b.key) && from(a).max(from(b)) < to(a).min(to(b))
}

fn read_row(line: &str) -> Result<Regime, Message> {
    let cells: Vec<&str> = line.splitn(6, ',').map(str::trim).collect();
    let [country, key, value, valid_from, valid_to, source] = cells.as_slice() else {
        return Err(refused::row_fields_wrong(cells.len(), HEADER));
    };
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(refused::country_code_wrong(country));
    }
    check(key, value)?;
    let day = |field: &str, text: &str| match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| refused::row_day_wrong(field, text)),
    };
    let (valid_from, valid_to) = (day("valid_from", valid_from)?, day("valid_to", valid_to)?);
    if valid_from.zip(valid_to).is_some_and(|(from, to): (NaiveDate, NaiveDate)| to < from) {
        return Err(refused::row_to_before_from(cells[4]));
    }
    if source.is_empty() {
        return Err(refused::row_source_missing());
    }
    let text = |t: &&str| (*t).to_owned();
    Ok(Regime {
        country: text(country),
        key: text(key),
        value: text(value),
        valid_from,
        valid_to,
        source: text(source),
    })
}

/// Whether the key is known and the value one of its.
fn check(key: &str, value: &str) -> Result<(), Message> {
    let decimal = |scale, most: i64, wrong: fn(&str, &str) -> Message| {
        let number = parse_decimal(value.as_bytes(), scale).ok().filter(|v| (0..=most).contains(v));
        number.map(drop).ok_or_else(|| wrong(key, value))
    };
    let whole = || decimal(0, i64::MAX, |key, value| refused::row_not_whole(key, value));
    let one_of = |words: &[&str]| match words.contains(&value) {
        true => Ok(()),
        false => Err(refused::row_word_unknown(key, value, words.join(", "))),
    };
    let parts: Vec<&str> = key.split('.').collect();
    match parts.as_slice() {
        ["timezone"] => engine::calendar::zone(value).map(drop).map_err(|_| refused::row_timezone_unknown(key, value)),
        ["currency"] => match minor_digits(value) {
            Some(_) => Ok(()),
            None => Err(refused::row_currency_unknown(key, value)),
        },
        ["interval_minutes"] => one_of(&["15", "30", "60"]),
        ["mode"] => one_of(&["computed", "authoritative"]),
        ["vat_percent" | "excise_percent", segment, kind] => {
            known(key, segment, kind)?;
            decimal(2, 10_000, |key, value| refused::row_not_percent(key, value))
        }
        ["excise", segment, kind] => {
            known(key, segment, kind)?;
            decimal(6, i64::MAX, |key, value| refused::row_not_price(key, value))
        }
        ["sharing", name] if is_name(name) => Preset::parse(key, value).map(drop),
        ["participation", "max_communities" | "factor_step_percent" | "changes_per_day"] => whole(),
        ["participation", "unused_goes_to"] => one_of(&["supplier", "other_communities"]),
        ["participation", "change_window"] => Ok(()),
        ["calendar", name] if is_name(name) => whole(),
        ["plausible_kw", segment] => {
            known(key, segment, KINDS[0])?;
            decimal(3, i64::MAX, |key, value| refused::row_not_power(key, value))
        }
        ["plausible_percent", "import" | "export"] => {
            decimal(0, 1_000, |key, value| refused::row_not_whole(key, value))
        }
        ["plausible_price_per_kwh" | "plausible_price_per_month", currency] => {
            match (minor_digits(currency), Bounds::parse(value)) {
                (None, _) => Err(refused::row_currency_unknown(key, currency)),
                (_, None) => Err(refused::row_not_bounds(key, value)),
                (Some(_), Some(_)) => Ok(()),
            }
        }
        _ => Err(refused::row_key_unknown(key)),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn known(key: &str, segment: &str, kind: &str) -> Result<(), Message> {
    match (SEGMENTS.contains(&segment), KINDS.contains(&kind)) {
        (true, true) => Ok(()),
        (false, _) => Err(refused::row_kind_unknown(key, segment, SEGMENTS.join(", "))),
        (_, false) => Err(refused::row_kind_unknown(key, kind, KINDS.join(", "))),
    }
}
