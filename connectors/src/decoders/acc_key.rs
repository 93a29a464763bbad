//! Key files of French collective self-consumption (`dynamique simple`, and `full dynamique` with one file per
//! producing point): read and written.
//!
//! `ACC00000001_15_01112024_30112024.txt` is named by the operation, the step in minutes, and the first and last local
//! day. Its columns are separated by `;`, the first one holds the start of the step in local time without an offset,
//! the others the percent of the production that each point is offered, with a decimal comma and at most two decimals:
//!
//! ```text
//! Horodate;10101010101023;10101010101024
//! 01/11/2024 00:00;50,81;39,86
//! ```
//!
//! Rows stand in the order of time, so the hour that a clock change repeats is told apart by its order, and the one
//! that it skips is not there.

use std::fmt::Write as _;

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use engine::calendar::{SECOND, Span, day_span, utc};
use engine::error::{Error, Result};

/// Hundredths of a percent in the whole.
const WHOLE: i64 = 10_000;

/// A key file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFile {
    /// The operation, `ACC` and digits.
    pub operation: String,
    pub step_minutes: u32,
    pub first_day: NaiveDate,
    pub last_day: NaiveDate,
    /// Consuming points, in the order of the columns.
    pub points: Vec<String>,
    /// Per step and point, in hundredths of a percent of the production.
    pub rows: Vec<Vec<i64>>,
}

impl KeyFile {
    /// The time that its days cover.
    pub fn span(&self, zone: Tz) -> Span {
        Span { start: day_span(zone, self.first_day).start, end: day_span(zone, self.last_day).end }
    }

    /// Whether a file name is that of a key file.
    pub fn is_named(name: &str) -> bool {
        named(name).is_some()
    }

    /// Reads a file by its name and text.
    ///
    /// # Errors
    /// User: what is wrong, with line, value and cure.
    pub fn read(name: &str, text: &str, zone: Tz) -> Result<Self> {
        let (operation, step_minutes, first_day, last_day) = named(name).ok_or_else(|| {
            Error::user(format!(
                "{name} is not the name of a key file: it is ACC and digits, step, first and last day, such as \
                 ACC00000001_15_01112024_30112024.txt"
            ))
        })?;
        let wrong = |line: usize, what: String| Error::user(format!("{name}:{line}: {what}"));
        let mut lines = text.trim_start_matches('\u{feff}').lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
        let (_, header) = lines.next().ok_or_else(|| wrong(1, "the file is empty".into()))?;
        let points: Vec<String> = header.trim().split(';').skip(1).map(|p| p.trim().to_owned()).collect();
        if !header.trim_start().starts_with("Horodate;") || points.iter().any(String::is_empty) {
            return Err(wrong(1, format!("`{header}` is not a header: write Horodate;POINT;POINT")));
        }
        if let Some(twice) = points.iter().enumerate().find(|(n, p)| points[..*n].contains(p)) {
            return Err(wrong(1, format!("point {} stands twice: keep one column of it", twice.1)));
        }
        let mut file = Self { operation, step_minutes, first_day, last_day, points, rows: vec![] };
        let (span, step) = (file.span(zone), i64::from(step_minutes) * 60 * SECOND);
        for (n, line) in lines {
            let expected = span.start + file.rows.len() as i64 * step;
            if expected >= span.end {
                return Err(wrong(n + 1, format!("a row after the last day {last_day}: take it out")));
            }
            let row = read_row(line, expected, zone, file.points.len()).map_err(|what| wrong(n + 1, what))?;
            file.rows.push(row);
        }
        let count = (span.end - span.start) / step;
        if file.rows.len() as i64 != count {
            let found = file.rows.len();
            return Err(wrong(found + 1, format!("{found} rows where the days of the name have {count} steps")));
        }
        Ok(file)
    }

    /// Its name.
    pub fn name(&self) -> String {
        let day = |d: NaiveDate| d.format("%d%m%Y").to_string();
        format!("{}_{}_{}_{}.txt", self.operation, self.step_minutes, day(self.first_day), day(self.last_day))
    }

    /// Its text.
    pub fn text(&self, zone: Tz) -> String {
        let (span, step) = (self.span(zone), i64::from(self.step_minutes) * 60 * SECOND);
        let mut out = format!("Horodate;{}\n", self.points.join(";"));
        for (row, start) in self.rows.iter().zip((0..).map(|n| span.start + n * step)) {
            out.push_str(&wall(start, zone).format("%d/%m/%Y %H:%M").to_string());
            for percent in row {
                // Writing to a text cannot fail.
                let _ = write!(out, ";{},{:02}", percent / 100, percent % 100);
            }
            out.push('\n');
        }
        out
    }
}

fn wall(start: i64, zone: Tz) -> NaiveDateTime {
    utc(start).with_timezone(&zone).naive_local()
}

fn named(name: &str) -> Option<(String, u32, NaiveDate, NaiveDate)> {
    let parts: Vec<&str> = name.strip_suffix(".txt")?.split('_').collect();
    let [operation, step, first, last] = parts.as_slice() else { return None };
    let digits = operation.strip_prefix("ACC")?;
    let day = |text: &str| NaiveDate::parse_from_str(text, "%d%m%Y").ok();
    let step = step.parse().ok().filter(|s| matches!(s, 15 | 30))?;
    let (first, last) = (day(first)?, day(last)?);
    let fits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && first <= last;
    fits.then(|| ((*operation).to_owned(), step, first, last))
}

fn read_row(line: &str, expected: i64, zone: Tz, points: usize) -> Result<Vec<i64>, String> {
    let mut cells = line.trim().split(';');
    let label = cells.next().unwrap_or_default();
    let want = wall(expected, zone);
    if NaiveDateTime::parse_from_str(label, "%d/%m/%Y %H:%M").ok() != Some(want) {
        let want = want.format("%d/%m/%Y %H:%M");
        return Err(format!("`{label}` stands where {want} comes next: rows follow each other in local time"));
    }
    let row = cells.map(percent).collect::<Result<Vec<i64>, String>>()?;
    if row.len() != points {
        return Err(format!("{} values for {points} points", row.len()));
    }
    let sum: i64 = row.iter().sum();
    if sum > WHOLE {
        return Err(format!(
            "the values sum to {},{:02} %: at most 100 % of the production can be offered",
            sum / 100,
            sum % 100
        ));
    }
    Ok(row)
}

fn percent(cell: &str) -> Result<i64, String> {
    let text = cell.trim().replacen(',', ".", 1);
    let value = engine::units::parse_decimal(text.as_bytes(), 2).ok().filter(|v| (0..=WHOLE).contains(v));
    value
        .ok_or_else(|| format!("`{cell}` is not a percentage: write 0 to 100 with at most two decimals, such as 39,86"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paris() -> Tz {
        engine::calendar::zone("Europe/Paris").unwrap()
    }

    fn file(first: &str, last: &str) -> KeyFile {
        let day = |d: &str| d.parse::<NaiveDate>().unwrap();
        let mut file = KeyFile {
            operation: "ACC00000001".into(),
            step_minutes: 15,
            first_day: day(first),
            last_day: day(last),
            points: vec!["10101010101023".into(), "10101010101024".into()],
            rows: vec![],
        };
        let span = file.span(paris());
        let steps = (span.end - span.start) / (900 * SECOND);
        file.rows = (0..steps).map(|n| vec![5081 - n % 100, 3986]).collect();
        file
    }

    #[test]
    fn what_is_written_is_read_also_on_the_days_of_clock_changes() {
        for (day, steps) in [("2024-11-01", 96), ("2026-03-29", 92), ("2026-10-25", 100)] {
            let file = file(day, day);
            assert_eq!(file.rows.len(), steps);
            let text = file.text(paris());
            assert_eq!(KeyFile::read(&file.name(), &text, paris()).unwrap(), file, "{day}");
        }
        let file = file("2024-11-01", "2024-11-30");
        assert_eq!(file.name(), "ACC00000001_15_01112024_30112024.txt");
        let text = file.text(paris());
        assert!(
            text.starts_with("Horodate;10101010101023;10101010101024\n01/11/2024 00:00;50,81;39,86\n"),
            "{}",
            &text[..90]
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let good = file("2024-11-01", "2024-11-01");
        let (name, text) = (good.name(), good.text(paris()));
        let refusal = |name: &str, text: &str| KeyFile::read(name, text, paris()).unwrap_err().to_string();
        let check = |from: &str, to: &str, parts: &[&str]| {
            let said = refusal(&name, &text.replacen(from, to, 1));
            assert!(parts.iter().all(|p| said.contains(p)), "{said} names {parts:?}");
        };
        check("50,81", "70,81", &[":2:", "110,67 %", "at most 100 %"]);
        check("50,81", "50,811", &[":2:", "`50,811`", "39,86"]);
        check("50,81;", "", &[":2:", "1 values for 2 points"]);
        check("01/11/2024 00:15", "01/11/2024 00:30", &[":3:", "`01/11/2024 00:30`", "00:15 comes next"]);
        check("Horodate", "Date", &[":1:", "is not a header"]);
        check(";10101010101024", ";10101010101023", &[":1:", "stands twice"]);
        let short: String = text.lines().take(90).map(|l| format!("{l}\n")).collect();
        assert!(refusal(&name, &short).contains("89 rows where the days of the name have 96 steps"));
        assert!(refusal("keys.txt", &text).contains("is not the name of a key file"));
    }
}
