//! Series as CSV: prices of a market, intensity of a grid, one value per interval.
//!
//! Header `interval_start,interval_seconds,value` and, where some values are still to be replaced, `state` with `final`
//! or `provisional`. Times carry their offset; values are decimals in the unit of the series (currency per kWh, g/kWh),
//! with at most six decimals, and empty where there is none.

use engine::calendar::{SECOND, parse_rfc3339};
use engine::clock::Micros;
use engine::error::{Error, Result};
use engine::units::parse_decimal;

/// Values that follow each other without a gap, with the same length and state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    pub start: Micros,
    pub step_seconds: u32,
    /// Millionths of the unit.
    pub values_micro: Vec<Option<i64>>,
    pub provisional: bool,
}

impl Stretch {
    fn end(&self) -> Micros {
        self.start + self.values_micro.len() as i64 * i64::from(self.step_seconds) * SECOND
    }
}

/// Longest stretch: a month of quarter-hours, so that a correction is not a new copy of years.
const STRETCH_MAX: usize = 2976;

/// Reads a file of a series.
///
/// # Errors
/// User: what is wrong, with line, field, value and cure.
pub fn read_series(name: &str, text: &str) -> Result<Vec<Stretch>> {
    let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    let header = lines.next().map_or("", |(_, l)| l.trim());
    let columns: Vec<&str> = header.split(',').collect();
    let place = |column: &str| {
        columns.iter().position(|c| *c == column).ok_or_else(|| {
            Error::user(format!(
                "{name}:1: the header has no {column}: write interval_start,interval_seconds,value[,state]"
            ))
        })
    };
    let places = [place("interval_start")?, place("interval_seconds")?, place("value")?];
    let state = columns.iter().position(|c| *c == "state");
    let mut out: Vec<Stretch> = vec![];
    for (n, line) in lines {
        let cells: Vec<&str> = line.trim().split(',').map(str::trim).collect();
        let wrong =
            |field: &str, value: &str, cure: &str| Error::user(format!("{name}:{}: {field} `{value}` {cure}", n + 1));
        let [start_text, seconds_text, value_text] = places.map(|p| cells.get(p).copied().unwrap_or_default());
        let start = parse_rfc3339(start_text).ok_or_else(|| {
            wrong("interval_start", start_text, "is not an instant with its offset, such as 2026-06-01T00:00:00Z")
        })?;
        let step_seconds = seconds_text
            .parse()
            .ok()
            .filter(|s| matches!(s, 900 | 1800 | 3600))
            .ok_or_else(|| wrong("interval_seconds", seconds_text, "is not 900, 1800 or 3600"))?;
        let value = match value_text {
            "" => None,
            text => Some(parse_decimal(text.as_bytes(), 6).map_err(|e| wrong("value", text, &e.to_string()))?),
        };
        let provisional = match state.and_then(|s| cells.get(s)).copied().unwrap_or("final") {
            "final" => false,
            "provisional" => true,
            other => return Err(wrong("state", other, "is not known: write final or provisional")),
        };
        match out.last_mut() {
            Some(last) if start < last.end() => {
                return Err(wrong(
                    "interval_start",
                    start_text,
                    "does not follow the row before: sort the rows by time",
                ));
            }
            Some(last)
                if start == last.end()
                    && (last.step_seconds, last.provisional) == (step_seconds, provisional)
                    && last.values_micro.len() < STRETCH_MAX =>
            {
                last.values_micro.push(value);
            }
            _ => out.push(Stretch { start, step_seconds, values_micro: vec![value], provisional }),
        }
    }
    if out.is_empty() {
        return Err(Error::user(format!("{name} holds no values")));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "interval_start,interval_seconds,value,state\n";

    #[test]
    fn values_that_follow_each_other_are_one_stretch() {
        let text = format!(
            "{HEADER}2026-06-01T00:00:00Z,3600,0.1234,final\n2026-06-01T03:00:00+02:00,3600,,final\n\
             2026-06-01T02:00:00Z,3600,-0.05,provisional\n2026-06-01T05:00:00Z,900,1,\n"
        );
        let err = read_series("s.csv", &text).unwrap_err().to_string();
        assert!(err.contains("s.csv:5: state ``"), "{err}");
        let read = read_series("s.csv", &text.replace(",1,\n", ",1,final\n")).unwrap();
        let sizes: Vec<_> = read.iter().map(|s| (s.step_seconds, s.values_micro.clone(), s.provisional)).collect();
        assert_eq!(
            sizes,
            [
                (3600, vec![Some(123_400), None], false),
                (3600, vec![Some(-50_000)], true),
                (900, vec![Some(1_000_000)], false)
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let check = |rows: &str, parts: &[&str]| {
            let said = read_series("s.csv", &format!("{HEADER}{rows}")).unwrap_err().to_string();
            assert!(parts.iter().all(|p| said.contains(p)), "{said} names {parts:?}");
        };
        check("2026-06-01 00:00,900,1,final\n", &[":2:", "interval_start", "2026-06-01T00:00:00Z"]);
        check("2026-06-01T00:00:00Z,60,1,final\n", &[":2:", "interval_seconds `60`", "900"]);
        check("2026-06-01T00:00:00Z,900,x,final\n", &[":2:", "value `x`", "not a decimal number"]);
        check("2026-06-01T00:00:00Z,900,1,final\n2026-06-01T00:00:00Z,900,2,final\n", &[":3:", "sort the rows"]);
        check("", &["holds no values"]);
        assert!(read_series("s.csv", "start,value\n").unwrap_err().to_string().contains("interval_start"));
    }
}
