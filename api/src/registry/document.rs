//! Reading a TOML file field by field, so that every problem is found in one go and names its line, field and value.
//!
//! Numbers come as their digits: a decimal is never turned into a float.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;

use chrono_tz::Tz;
use engine::calendar::{parse_day_or_instant, parse_rfc3339};
use engine::clock::Micros;
use engine::registry::FOREVER;
use engine::units::{NumberError, parse_decimal};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Longest value that a message repeats.
const SHOWN_CHARS_MAX: usize = 60;
const ID_CHARS_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 200;

/// Something in a file that cannot be applied, or, as a warning, that is odd.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    pub file: String,
    /// From 1.
    pub line: usize,
    /// `tariff.vat_percent`
    pub field: String,
    /// As it stands in the file; empty when the field is missing.
    pub value: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.field)?;
        if !self.value.is_empty() {
            write!(f, " = {}", self.value)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// What was found in a file so far.
#[derive(Debug)]
pub(super) struct Report<'t> {
    file: &'t str,
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
}

impl<'t> Report<'t> {
    pub fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, problems: RefCell::default(), warnings: RefCell::default() }
    }

    fn at(&self, span: Range<usize>, field: String, value: String, message: impl Into<String>) -> Problem {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
        Problem { file: self.file.to_owned(), line, field, value, message: message.into() }
    }

    /// A line that is not TOML.
    pub fn syntax(&self, error: &toml::de::Error) {
        let span = error.span().unwrap_or(0..0);
        let message = format!("{}: this is not TOML", error.message().replace('\n', ", "));
        let problem = self.at(span, "syntax".into(), String::new(), message);
        self.problems.borrow_mut().push(problem);
    }

    pub fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// Problems and warnings by line.
    pub fn finish(self) -> (Vec<Problem>, Vec<Problem>) {
        let sorted = |problems: RefCell<Vec<Problem>>| {
            let mut problems = problems.into_inner();
            problems.sort_by_key(|p| p.line);
            problems.dedup();
            problems
        };
        (sorted(self.problems), sorted(self.warnings))
    }
}

/// A table of the file, whose fields are asked for by name; a field that nobody asked for is a problem.
#[derive(Debug, Clone)]
pub(super) struct Fields<'d> {
    report: &'d Report<'d>,
    /// `tariff`; empty for the file itself.
    name: String,
    table: &'d DeTable<'d>,
    span: Range<usize>,
    known: RefCell<BTreeSet<&'static str>>,
}

impl<'d> Fields<'d> {
    pub fn new(report: &'d Report<'d>, name: &str, table: &'d DeTable<'d>, span: Range<usize>) -> Self {
        Self { report, name: name.to_owned(), table, span, known: RefCell::default() }
    }

    fn get(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.known.borrow_mut().insert(key);
        self.table.get(key)
    }

    /// Whether the file says something about this field, right or wrong.
    pub fn has(&self, key: &'static str) -> bool {
        self.get(key).is_some()
    }

    fn field(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    fn speak(&self, key: &str, message: String) -> Problem {
        let span = self.table.get(key).map(Spanned::span);
        let value = span.clone().and_then(|s| self.report.text.get(s)).map(shown).unwrap_or_default();
        self.report.at(span.unwrap_or(self.span.clone()), self.field(key), value, message)
    }

    /// Records what is wrong with a field.
    pub fn problem(&self, key: &str, message: impl Into<String>) {
        let problem = self.speak(key, message.into());
        self.report.problems.borrow_mut().push(problem);
    }

    /// Records what is odd about a field.
    pub fn warning(&self, key: &str, message: impl Into<String>) {
        let problem = self.speak(key, message.into());
        self.report.warnings.borrow_mut().push(problem);
    }

    /// The value, or a problem when the file does not have the field. A value that was there and wrong has its problem
    /// already.
    pub fn required<T>(&self, key: &'static str, value: Option<T>, cure: &str) -> Option<T> {
        if value.is_none() && !self.has(key) {
            self.problem(key, format!("is missing: {cure}"));
        }
        value
    }

    fn wrong_type(&self, key: &'static str, value: &DeValue<'_>, wanted: &str) {
        self.problem(key, format!("is a TOML {} here: write {wanted}", value.type_str()));
    }

    /// A text, as it stands.
    pub fn text(&self, key: &'static str) -> Option<&'d str> {
        let value = self.get(key)?.get_ref();
        if value.as_str().is_none() {
            self.wrong_type(key, value, "a text in quotes");
        }
        value.as_str()
    }

    /// What something is called.
    pub fn name_of(&self, key: &'static str) -> Option<String> {
        let name = self.text(key)?;
        if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            self.problem(key, format!("a name has 1 to {NAME_CHARS_MAX} letters on one line"));
            return None;
        }
        Some(name.trim().to_owned())
    }

    /// An id of ours: it stands in addresses and paths.
    pub fn id(&self, key: &'static str) -> Option<String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        self.checked_id(key, allowed, "letters without accents, digits, `-`, `_` and `.`")
    }

    /// An id that operators and others give.
    pub fn foreign_id(&self, key: &'static str) -> Option<String> {
        let allowed = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\');
        self.checked_id(key, allowed, "letters without accents, digits and signs, no spaces and no quotes")
    }

    fn checked_id(&self, key: &'static str, allowed: impl Fn(char) -> bool, what: &str) -> Option<String> {
        let id = self.text(key)?;
        let fits = !id.is_empty() && id.len() <= ID_CHARS_MAX && !id.starts_with('.') && id.chars().all(allowed);
        if !fits {
            self.problem(key, format!("an id has 1 to {ID_CHARS_MAX} of these: {what}; no `.` at its start"));
        }
        fits.then(|| id.to_owned())
    }

    /// One of a few words.
    pub fn word(&self, key: &'static str, words: &[&'static str]) -> Option<&'static str> {
        let text = self.text(key)?;
        let word = words.iter().find(|w| **w == text).copied();
        if word.is_none() {
            self.problem(key, format!("is not known: write one of {}", quoted(words)));
        }
        word
    }

    /// A whole number from `min` to `max`.
    pub fn whole(&self, key: &'static str, min: u64, max: u64) -> Option<u64> {
        let value = self.get(key)?.get_ref();
        let number = whole(value);
        if number.is_none() && value.as_integer().is_none() {
            self.wrong_type(key, value, "a whole number without quotes");
            return None;
        }
        let number = number.filter(|n| (min..=max).contains(n));
        if number.is_none() {
            self.problem(key, format!("is not a whole number from {min} to {max}"));
        }
        number
    }

    /// A decimal number in units of 10^-`scale`, read from its digits, whether they stand in quotes or not.
    pub fn decimal(&self, key: &'static str, scale: u32) -> Option<i64> {
        let value = self.get(key)?.get_ref();
        let digits = match value {
            DeValue::String(text) => text.as_ref(),
            DeValue::Float(float) => float.as_str(),
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            other => {
                self.wrong_type(key, other, "a decimal number such as \"0.1150\"");
                return None;
            }
        };
        match parse_decimal(digits.strip_prefix('+').unwrap_or(digits).as_bytes(), scale) {
            Ok(number) => Some(number),
            Err(error) => {
                let cure = match error {
                    NumberError::Malformed => "write it with a point, for example \"0.1150\"".to_owned(),
                    NumberError::TooManyDigits => format!("at most {scale} digits after the point are kept"),
                    NumberError::TooLarge => "write a smaller number".to_owned(),
                };
                self.problem(key, format!("{error}: {cure}"));
                None
            }
        }
    }

    /// A local day (its first instant) or an instant with its offset.
    pub fn instant(&self, key: &'static str, zone: Tz) -> Option<Micros> {
        let value = self.get(key)?.get_ref();
        let text = match value {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(datetime) => datetime.to_string(),
            other => {
                self.wrong_type(key, other, "a day such as \"2026-01-01\"");
                return None;
            }
        };
        let instant = parse_day_or_instant(zone, &text);
        if instant.is_none() {
            self.problem(
                key,
                "is neither a day such as \"2026-01-01\" nor an instant with its offset such as \
                 \"2026-01-01T00:00:00+01:00\"",
            );
        }
        let instant = instant?;
        if !plausible(instant) {
            self.problem(key, "lies outside of the years 1990 to 2199: check the year");
            return None;
        }
        Some(instant)
    }

    /// The end of a validity: like an instant, or `"forever"`, which takes an end back.
    pub fn end(&self, key: &'static str, zone: Tz) -> Option<Micros> {
        match self.get(key)?.get_ref().as_str() {
            Some("forever") => Some(FOREVER),
            _ => self.instant(key, zone),
        }
    }

    /// A list of texts.
    pub fn texts(&self, key: &'static str) -> Option<Vec<&'d str>> {
        let value = self.get(key)?.get_ref();
        let texts = value.as_array().and_then(|a| a.iter().map(|v| v.get_ref().as_str()).collect::<Option<Vec<_>>>());
        if texts.is_none() {
            self.wrong_type(key, value, "a list of texts such as [\"import\", \"export\"]");
        }
        texts
    }

    /// Whole numbers by name.
    pub fn wholes(&self, key: &'static str) -> Option<Vec<(String, u64)>> {
        let value = self.get(key)?.get_ref();
        let Some(table) = value.as_table() else {
            self.wrong_type(key, value, "a table such as { \"FR-0001\" = 50 }");
            return None;
        };
        let mut numbers = Vec::new();
        for (name, value) in table {
            match whole(value.get_ref()) {
                Some(number) => numbers.push((name.get_ref().to_string(), number)),
                None => self.problem(
                    key,
                    format!(
                        "the weight of {} is not a whole number: weights count in relation to each other, \
                         so 12.5 and 87.5 are 125 and 875",
                        name.get_ref()
                    ),
                ),
            }
        }
        (numbers.len() == table.len()).then_some(numbers)
    }

    /// Decimal numbers by name, in units of 10^-`scale`.
    pub fn decimals(&self, key: &'static str, scale: u32) -> Option<Vec<(String, i64)>> {
        let value = self.get(key)?.get_ref();
        let Some(table) = value.as_table() else {
            self.wrong_type(key, value, "a table such as { \"FR-0001\" = \"1.5\" }");
            return None;
        };
        let mut numbers = Vec::new();
        for (name, value) in table {
            let digits = match value.get_ref() {
                DeValue::String(text) => text.as_ref(),
                DeValue::Float(float) => float.as_str(),
                DeValue::Integer(integer) => integer.as_str(),
                _ => "",
            };
            match parse_decimal(digits.as_bytes(), scale) {
                Ok(number) => numbers.push((name.get_ref().to_string(), number)),
                Err(error) => self.problem(key, format!("{}: {error}", name.get_ref())),
            }
        }
        (numbers.len() == table.len()).then_some(numbers)
    }

    /// True or false; false when the file leaves it out, `None` when it is something else.
    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let Some(value) = self.get(key) else { return Some(false) };
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(key, value.get_ref(), "true or false");
        }
        flag
    }

    /// A list of whole numbers from `min` to `max`.
    pub fn numbers(&self, key: &'static str, min: u64, max: u64) -> Option<Vec<u64>> {
        let value = self.get(key)?.get_ref();
        let number = |v: &Spanned<DeValue<'_>>| whole(v.get_ref()).filter(|n| (min..=max).contains(n));
        let numbers = value.as_array().and_then(|a| a.iter().map(number).collect::<Option<Vec<_>>>());
        if numbers.is_none() {
            self.wrong_type(key, value, &format!("a list of whole numbers from {min} to {max}"));
        }
        numbers
    }

    /// A list of lists of texts.
    pub fn lists(&self, key: &'static str) -> Option<Vec<Vec<&'d str>>> {
        let value = self.get(key)?.get_ref();
        let texts = |v: &'d Spanned<DeValue<'d>>| {
            v.get_ref().as_array()?.iter().map(|v| v.get_ref().as_str()).collect::<Option<Vec<_>>>()
        };
        let lists = value.as_array().and_then(|a| a.iter().map(texts).collect::<Option<Vec<_>>>());
        if lists.is_none() {
            self.wrong_type(key, value, "a list of lists such as [[\"FR-0001\"], [\"FR-0002\"]]");
        }
        lists
    }

    /// A table inside of this one.
    pub fn table(&self, key: &'static str) -> Option<Fields<'d>> {
        let value = self.get(key)?;
        match value.get_ref().as_table() {
            Some(table) => Some(Fields::new(self.report, &self.field(key), table, value.span())),
            None => {
                self.wrong_type(key, value.get_ref(), &format!("a table, [{key}]"));
                None
            }
        }
    }

    /// The tables of a list, in their order. None when the file leaves them out.
    pub fn tables(&self, key: &'static str) -> Vec<Fields<'d>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let tables = value.get_ref().as_array().and_then(|array| {
            let one = |v: &'d Spanned<DeValue<'d>>| {
                let table = v.get_ref().as_table()?;
                Some(Fields::new(self.report, &self.field(key), table, v.span()))
            };
            array.iter().map(one).collect::<Option<Vec<_>>>()
        });
        if tables.is_none() {
            self.wrong_type(key, value.get_ref(), &format!("a list of tables, [[{key}]]"));
        }
        tables.unwrap_or_default()
    }

    /// Call when every field was asked for: what nobody asked for is a problem.
    pub fn no_more(&self) {
        let known = self.known.borrow();
        for key in self.table.keys().map(|k| k.get_ref().as_ref()).filter(|k| !known.contains(k)) {
            let known: Vec<&str> = known.iter().copied().collect();
            self.problem(key, format!("is not a field here: write one of {}", quoted(&known)));
        }
    }
}

fn whole(value: &DeValue<'_>) -> Option<u64> {
    let integer = value.as_integer()?;
    u64::from_str_radix(integer.as_str().trim_start_matches('+'), integer.radix()).ok()
}

fn plausible(instant: Micros) -> bool {
    let limit = |text| parse_rfc3339(text);
    limit("1990-01-01T00:00:00Z").is_some_and(|from| from <= instant)
        && limit("2200-01-01T00:00:00Z").is_some_and(|to| instant < to)
}

/// `a`, `b` or `c`, each in backticks.
pub(super) fn quoted(words: &[&str]) -> String {
    words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ")
}

/// A value as messages repeat it: its first line, not too long.
fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let cut = line.char_indices().nth(SHOWN_CHARS_MAX).map(|(at, _)| at);
    match cut {
        Some(at) => format!("{}…", &line[..at]),
        None if line.len() < text.trim_end().len() => format!("{line}…"),
        None => line.to_owned(),
    }
}
