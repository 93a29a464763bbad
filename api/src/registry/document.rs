//! Reading a document field by field, so that every problem is found in one go and names its place, field and value.
//!
//! Numbers come as their digits: a decimal is never turned into a float.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use chrono_tz::Tz;
use engine::calendar::{parse_day_or_instant, parse_rfc3339};
use engine::clock::Micros;
use engine::registry::FOREVER;
use engine::units::{NumberError, parse_decimal};

use super::say;
use super::value::{Flaw, Kind, Place, Table, Value, is_whole};
use crate::problem::{Message, Problem};

const ID_CHARS_MAX: usize = 64;
const NAME_CHARS_MAX: usize = 200;

/// What was found in a document so far.
#[derive(Debug)]
pub(super) struct Report<'t> {
    file: &'t str,
    problems: RefCell<Vec<Problem>>,
    warnings: RefCell<Vec<Problem>>,
}

impl<'t> Report<'t> {
    pub fn new(file: &'t str) -> Self {
        Self { file, problems: RefCell::default(), warnings: RefCell::default() }
    }

    /// What keeps the document from being read.
    pub fn flaws(&self, flaws: Vec<Flaw>) {
        let problem = |flaw: Flaw| Problem {
            file: self.file.to_owned(),
            place: flaw.place,
            field: flaw.field,
            value: String::new(),
            message: flaw.message,
        };
        self.problems.borrow_mut().extend(flaws.into_iter().map(problem));
    }

    pub fn is_clean(&self) -> bool {
        self.problems.borrow().is_empty()
    }

    /// Problems and warnings in the order of their places.
    pub fn finish(self) -> (Vec<Problem>, Vec<Problem>) {
        let sorted = |problems: RefCell<Vec<Problem>>| {
            let mut problems = problems.into_inner();
            problems.sort_by_key(|p| p.place.order());
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
    table: &'d Table,
    place: &'d Place,
    known: RefCell<BTreeSet<&'static str>>,
    /// Whether it does not say what it is: then nobody knows which fields it may have.
    is_of_no_kind: Cell<bool>,
}

/// Fields that say what a table is.
const KINDS: [&str; 2] = ["kind", "item"];

impl<'d> Fields<'d> {
    pub fn new(report: &'d Report<'d>, name: &str, table: &'d Table, place: &'d Place) -> Self {
        let (known, is_of_no_kind) = (RefCell::default(), Cell::default());
        Self { report, name: name.to_owned(), table, place, known, is_of_no_kind }
    }

    fn get(&self, key: &'static str) -> Option<&'d Value> {
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

    fn speak(&self, key: &str, message: Message) -> Problem {
        let value = self.table.get(key);
        Problem {
            file: self.report.file.to_owned(),
            place: value.map_or(self.place, |v| &v.place).clone(),
            field: self.field(key),
            value: value.map(|v| v.written.clone()).unwrap_or_default(),
            message,
        }
    }

    /// Records what is wrong with a field.
    pub fn problem(&self, key: &str, message: Message) {
        let problem = self.speak(key, message);
        self.report.problems.borrow_mut().push(problem);
    }

    /// Records what is odd about a field.
    pub fn warning(&self, key: &str, message: Message) {
        let problem = self.speak(key, message);
        self.report.warnings.borrow_mut().push(problem);
    }

    /// The value, or a problem when the file does not have the field. A value that was there and wrong has its problem
    /// already.
    pub fn required<T>(&self, key: &'static str, value: Option<T>, missing: Message) -> Option<T> {
        if value.is_none() && !self.has(key) {
            self.problem(key, missing);
        }
        value
    }

    fn wrong_type(&self, key: &'static str, value: &Value, wrong: impl Fn(&'static str) -> Message) {
        self.problem(key, wrong(value.said_kind()));
    }

    /// A text, as it stands.
    pub fn text(&self, key: &'static str) -> Option<&'d str> {
        let value = self.get(key)?;
        if value.as_text().is_none() {
            self.wrong_type(key, value, say::no_text);
        }
        value.as_text()
    }

    /// What something is called.
    pub fn name_of(&self, key: &'static str) -> Option<String> {
        let name = self.text(key)?;
        if name.trim().is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            self.problem(key, say::not_a_name(NAME_CHARS_MAX));
            return None;
        }
        Some(name.trim().to_owned())
    }

    /// An id of ours: it stands in addresses and paths.
    pub fn id(&self, key: &'static str) -> Option<String> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        self.checked_id(key, allowed, say::not_an_id(ID_CHARS_MAX))
    }

    /// An id that operators and others give.
    pub fn foreign_id(&self, key: &'static str) -> Option<String> {
        let allowed = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '\\');
        self.checked_id(key, allowed, say::not_a_foreign_id(ID_CHARS_MAX))
    }

    fn checked_id(&self, key: &'static str, allowed: impl Fn(char) -> bool, wrong: Message) -> Option<String> {
        let id = self.text(key)?;
        let fits = !id.is_empty() && id.len() <= ID_CHARS_MAX && !id.starts_with('.') && id.chars().all(allowed);
        if !fits {
            self.problem(key, wrong);
        }
        fits.then(|| id.to_owned())
    }

    /// One of a few words.
    pub fn word(&self, key: &'static str, words: &[&'static str]) -> Option<&'static str> {
        let text = self.text(key)?;
        let word = words.iter().find(|w| **w == text).copied();
        if word.is_none() {
            self.is_of_no_kind.set(self.is_of_no_kind.get() || KINDS.contains(&key));
            let known = quoted(words);
            self.problem(
                key,
                match nearest(text, words) {
                    Some(near) => say::word_unknown_near(near, known),
                    None => say::word_unknown(known),
                },
            );
        }
        word
    }

    /// A whole number from `min` to `max`.
    pub fn whole(&self, key: &'static str, min: u64, max: u64) -> Option<u64> {
        let value = self.get(key)?;
        let number = whole(value);
        if number.is_none() && !value.as_digits().is_some_and(is_whole) {
            self.wrong_type(key, value, say::no_whole);
            return None;
        }
        let number = number.filter(|n| (min..=max).contains(n));
        if number.is_none() {
            self.problem(key, say::not_whole(min, max));
        }
        number
    }

    /// A decimal number in units of 10^-`scale`, read from its digits, whether they stand in quotes or not.
    pub fn decimal(&self, key: &'static str, scale: u32) -> Option<i64> {
        let value = self.get(key)?;
        let Some(digits) = decimal_digits(value) else {
            self.wrong_type(key, value, say::no_decimal);
            return None;
        };
        match parse_decimal(digits.strip_prefix('+').unwrap_or(digits).as_bytes(), scale) {
            Ok(number) => Some(number),
            Err(error) => {
                self.problem(
                    key,
                    match error {
                        NumberError::Malformed => say::not_decimal(),
                        NumberError::TooManyDigits => say::decimal_digits(scale),
                        NumberError::TooLarge => say::decimal_too_large(),
                    },
                );
                None
            }
        }
    }

    /// A local day (its first instant) or an instant with its offset.
    pub fn instant(&self, key: &'static str, zone: Tz) -> Option<Micros> {
        let value = self.get(key)?;
        let Some(text) = value.as_text() else {
            self.wrong_type(key, value, say::no_day);
            return None;
        };
        let instant = parse_day_or_instant(zone, text);
        if instant.is_none() {
            self.problem(key, say::not_a_day());
        }
        let instant = instant?;
        if !plausible(instant) {
            self.problem(key, say::year_implausible());
            return None;
        }
        Some(instant)
    }

    /// The end of a validity: like an instant, or `"forever"`, which takes an end back.
    pub fn end(&self, key: &'static str, zone: Tz) -> Option<Micros> {
        match self.get(key)?.as_text() {
            Some("forever") => Some(FOREVER),
            _ => self.instant(key, zone),
        }
    }

    /// A list of texts.
    pub fn texts(&self, key: &'static str) -> Option<Vec<&'d str>> {
        let value = self.get(key)?;
        let texts = value.as_list().and_then(|list| list.iter().map(Value::as_text).collect::<Option<Vec<_>>>());
        if texts.is_none() {
            self.wrong_type(key, value, say::no_texts);
        }
        texts
    }

    /// Whole numbers by name.
    pub fn wholes(&self, key: &'static str) -> Option<Vec<(String, u64)>> {
        let value = self.get(key)?;
        let Some(table) = value.as_table() else {
            self.wrong_type(key, value, say::no_wholes);
            return None;
        };
        let mut numbers = Vec::new();
        for (name, value) in table {
            match whole(value) {
                Some(number) => numbers.push((name.clone(), number)),
                None => self.problem(key, say::weight_not_whole(name)),
            }
        }
        (numbers.len() == table.len()).then_some(numbers)
    }

    /// Decimal numbers by name, in units of 10^-`scale`.
    pub fn decimals(&self, key: &'static str, scale: u32) -> Option<Vec<(String, i64)>> {
        let value = self.get(key)?;
        let Some(table) = value.as_table() else {
            self.wrong_type(key, value, say::no_decimals);
            return None;
        };
        let mut numbers = Vec::new();
        for (name, value) in table {
            match parse_decimal(decimal_digits(value).unwrap_or_default().as_bytes(), scale) {
                Ok(number) => numbers.push((name.clone(), number)),
                Err(NumberError::Malformed) => self.problem(key, say::entry_not_decimal(name)),
                Err(NumberError::TooManyDigits) => self.problem(key, say::entry_digits(name)),
                Err(NumberError::TooLarge) => self.problem(key, say::entry_too_large(name)),
            }
        }
        (numbers.len() == table.len()).then_some(numbers)
    }

    /// True or false; false when the file leaves it out, `None` when it is something else.
    pub fn flag(&self, key: &'static str) -> Option<bool> {
        let Some(value) = self.get(key) else { return Some(false) };
        let flag = value.as_flag();
        if flag.is_none() {
            self.wrong_type(key, value, say::no_flag);
        }
        flag
    }

    /// A list of whole numbers from `min` to `max`.
    pub fn numbers(&self, key: &'static str, min: u64, max: u64) -> Option<Vec<u64>> {
        let value = self.get(key)?;
        let number = |v: &Value| whole(v).filter(|n| (min..=max).contains(n));
        let numbers = value.as_list().and_then(|list| list.iter().map(number).collect::<Option<Vec<_>>>());
        if numbers.is_none() {
            self.wrong_type(key, value, |kind| say::no_numbers(kind, min, max));
        }
        numbers
    }

    /// A list of lists of texts.
    pub fn lists(&self, key: &'static str) -> Option<Vec<Vec<&'d str>>> {
        let value = self.get(key)?;
        let texts = |v: &'d Value| v.as_list()?.iter().map(Value::as_text).collect::<Option<Vec<_>>>();
        let lists = value.as_list().and_then(|list| list.iter().map(texts).collect::<Option<Vec<_>>>());
        if lists.is_none() {
            self.wrong_type(key, value, say::no_lists);
        }
        lists
    }

    /// A table inside of this one.
    pub fn table(&self, key: &'static str) -> Option<Fields<'d>> {
        let value = self.get(key)?;
        match value.as_table() {
            Some(table) => Some(Fields::new(self.report, &self.field(key), table, &value.place)),
            None => {
                self.wrong_type(key, value, |kind| say::no_table(kind, key));
                None
            }
        }
    }

    /// The tables of a list, in their order. None when the file leaves them out.
    pub fn tables(&self, key: &'static str) -> Vec<Fields<'d>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let one = |v: &'d Value| Some(Fields::new(self.report, &self.field(key), v.as_table()?, &v.place));
        if let Some(alone) = one(value) {
            self.problem(key, say::one_table_of_many(key));
            // Read nevertheless, so that nothing that names it is said to be missing.
            return vec![alone];
        }
        let tables = value.as_list().and_then(|list| list.iter().map(one).collect::<Option<Vec<_>>>());
        if tables.is_none() {
            self.wrong_type(key, value, |kind| say::no_tables(kind, key));
        }
        tables.unwrap_or_default()
    }

    /// Call when every field was asked for: what nobody asked for is a problem. Not in a table that does not say what
    /// it is, whose fields may all be right.
    pub fn no_more(&self) {
        if self.is_of_no_kind.get() {
            return;
        }
        let known = self.known.borrow();
        let all: Vec<&str> = known.iter().copied().collect();
        for key in self.table.keys().map(String::as_str).filter(|k| !known.contains(k)) {
            self.problem(
                key,
                match nearest(key, &all) {
                    Some(near) => say::field_unknown_near(near, quoted(&all)),
                    None => say::field_unknown(quoted(&all)),
                },
            );
        }
    }
}

fn whole(value: &Value) -> Option<u64> {
    let digits = value.as_digits()?.trim_start_matches('+');
    let (radix, digits) = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(start, radix)| Some((radix, digits.strip_prefix(start)?)))
        .unwrap_or((10, digits));
    u64::from_str_radix(digits, radix).ok()
}

/// The digits of a decimal number, which may stand in quotes too.
fn decimal_digits(value: &Value) -> Option<&str> {
    match &value.kind {
        Kind::Text(text) => Some(text),
        Kind::Digits(digits) if !["0x", "0o", "0b"].iter().any(|start| digits.starts_with(start)) => Some(digits),
        _ => None,
    }
}

/// The known word that a word is most alike, when it is so alike that it may have been meant.
fn nearest<'w>(word: &str, known: &[&'w str]) -> Option<&'w str> {
    let most = 1 + word.chars().count() / 4;
    let distances = known.iter().map(|k| (distance(word, k), *k));
    distances.filter(|(d, _)| *d <= most).min().map(|(_, k)| k)
}

/// Letters to add, take out, change or swap with their neighbour to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(ID_CHARS_MAX).collect();
    let b: Vec<char> = b.chars().collect();
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for n in 1..=a.len() {
        let mut row = vec![n];
        for m in 1..=b.len() {
            let changed = rows[n - 1][m - 1] + usize::from(a[n - 1] != b[m - 1]);
            let mut least = changed.min(rows[n - 1][m] + 1).min(row[m - 1] + 1);
            if n > 1 && m > 1 && a[n - 1] == b[m - 2] && a[n - 2] == b[m - 1] {
                least = least.min(rows[n - 2][m - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
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
