//! Reading rows of regimes: strict, each with its line.

use chrono::NaiveDate;
use engine::error::{Error, Result};
use engine::registry::Regime;
use engine::units::parse_decimal;

use super::preset::Preset;
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
/// User: what is wrong, with line, field, value and cure.
pub fn read(name: &str, text: &str) -> Result<Vec<Regime>> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    let header = lines.next().map(|(_, l)| l.trim());
    if header != Some(HEADER) {
        return Err(Error::user(format!("{name}:1: the header of a file of regimes is {HEADER}")));
    }
    let mut rows: Vec<Regime> = Vec::new();
    for (n, line) in lines {
        let wrong = |what: String| Error::user(format!("{name}:{}: {what}", n + 1));
        let row = read_row(line).map_err(wrong)?;
        if let Some(other) = rows.iter().find(|r| overlap(r, &row)) {
            let other = other.valid_from.map_or("the beginning".to_owned(), |d| d.to_string());
            return Err(wrong(format!(
                "valid_from: `{}` has a row from {other} at the same time: let one end where the other begins",
                row.key
            )));
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

fn read_row(line: &str) -> Result<Regime, String> {
    let cells: Vec<&str> = line.splitn(6, ',').map(str::trim).collect();
    let [country, key, value, valid_from, valid_to, source] = cells.as_slice() else {
        return Err(format!("{} fields: write {HEADER}", cells.len()));
    };
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(format!("country: `{country}` is not two capital letters (ISO 3166), such as FR"));
    }
    check(key, value)?;
    let day = |field: &str, text: &str| match text {
        "" => Ok(None),
        text => {
            text.parse().map(Some).map_err(|_| format!("{field}: `{text}` is not a day: write 2026-01-01, or nothing"))
        }
    };
    let (valid_from, valid_to) = (day("valid_from", valid_from)?, day("valid_to", valid_to)?);
    if valid_from.zip(valid_to).is_some_and(|(from, to): (NaiveDate, NaiveDate)| to < from) {
        return Err(format!("valid_to: `{}` lies before valid_from: it is the day after the last", cells[4]));
    }
    if source.is_empty() {
        return Err("source: is missing: say where the value stands".into());
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
fn check(key: &str, value: &str) -> Result<(), String> {
    let decimal = |scale, cure: &str| {
        let number = parse_decimal(value.as_bytes(), scale).ok().filter(|v| *v >= 0);
        number.ok_or_else(|| format!("{key}: `{value}` is not {cure}"))
    };
    let percent = || match decimal(2, "percent from 0 to 100, such as 5.5")? {
        0..=10_000 => Ok(()),
        _ => Err(format!("{key}: `{value}` is above 100 percent")),
    };
    let one_of = |words: &[&str]| match words.contains(&value) {
        true => Ok(()),
        false => Err(format!("{key}: `{value}` is not one of {}", words.join(", "))),
    };
    let parts: Vec<&str> = key.split('.').collect();
    match parts.as_slice() {
        ["timezone"] => engine::calendar::zone(value).map(drop).map_err(|e| format!("{key}: {e}")),
        ["currency"] => match minor_digits(value) {
            Some(_) => Ok(()),
            None => Err(format!("{key}: `{value}` is not a known ISO 4217 code")),
        },
        ["interval_minutes"] => one_of(&["15", "30", "60"]),
        ["mode"] => one_of(&["computed", "authoritative"]),
        ["vat_percent" | "excise_percent", segment, kind] => known(key, segment, kind).and_then(|()| percent()),
        ["excise", segment, kind] => {
            known(key, segment, kind)?;
            decimal(6, "an amount per kWh with at most six decimals, such as 0.02998").map(drop)
        }
        ["sharing", name] if is_name(name) => Preset::parse(value).map(drop).map_err(|e| format!("{key}: {e}")),
        ["participation", "max_communities" | "factor_step_percent" | "changes_per_day"] => {
            decimal(0, "a whole number").map(drop)
        }
        ["participation", "unused_goes_to"] => one_of(&["supplier", "other_communities"]),
        ["participation", "change_window"] => Ok(()),
        ["calendar", name] if is_name(name) => decimal(0, "a whole number").map(drop),
        _ => Err(format!(
            "key: `{key}` is not known: timezone, currency, interval_minutes, mode, vat_percent.SEGMENT.KIND, \
             excise.SEGMENT.KIND, excise_percent.SEGMENT.KIND, sharing.NAME, participation.NAME, calendar.NAME"
        )),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn known(key: &str, segment: &str, kind: &str) -> Result<(), String> {
    match (SEGMENTS.contains(&segment), KINDS.contains(&kind)) {
        (true, true) => Ok(()),
        (false, _) => Err(format!("key: `{key}`: `{segment}` is not one of {}", SEGMENTS.join(", "))),
        (_, false) => Err(format!("key: `{key}`: `{kind}` is not one of {}", KINDS.join(", "))),
    }
}
