//! Variants of cases that bug reports on public programs tell: other zones, countries, sizes and orders. What is right
//! is worked out by hand beside each; the villages are written here, as their people would write their files.

mod clock;
mod dates;
mod intake;
mod lengths;
mod market;
mod money;
mod quantities;
mod sharing;
mod sheets;

use std::fmt::Write;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use chrono_tz::Tz;

use crate::program::{command, ecoop, refused};

/// Where a village lies, and what it pays with.
#[derive(Clone, Copy)]
pub struct Country {
    code: &'static str,
    zone: &'static str,
    currency: &'static str,
}

/// The only one here whose midnight comes twice in autumn and is left out in spring.
const AZORES: Country = Country { code: "PT", zone: "Atlantic/Azores", currency: "EUR" };
const FINLAND: Country = Country { code: "FI", zone: "Europe/Helsinki", currency: "EUR" };
const ITALY: Country = Country { code: "IT", zone: "Europe/Rome", currency: "EUR" };
const SWEDEN: Country = Country { code: "SE", zone: "Europe/Stockholm", currency: "SEK" };
/// Its clocks are never put forward or back.
const TURKEY: Country = Country { code: "TR", zone: "Europe/Istanbul", currency: "TRY" };

/// A community that shares pro rata and waits for every value, so that nothing is guessed.
#[derive(Clone)]
pub struct Village {
    id: String,
    head: String,
    window: (String, String),
    tables: String,
}

impl Village {
    pub fn new(id: &str, country: Country) -> Self {
        Self::on_grid(id, country, 15)
    }

    /// One whose energy is shared by other intervals than quarter-hours.
    pub fn on_grid(id: &str, Country { code, zone, currency }: Country, interval_minutes: u32) -> Self {
        let head = format!(
            "[community]\nid = \"{id}\"\nname = \"{id}\"\ncountry = \"{code}\"\ntimezone = \"{zone}\"\n\
             currency = \"{currency}\"\ninterval_minutes = {interval_minutes}\n\
             [[allocation_key]]\nvalid_from = \"2020-01-01\"\nadopted_by = \"founding assembly\"\nkind = \"prorata\"\n\
             missing_consumption = \"hold\"\n"
        );
        let window = ("2020-01-01".to_owned(), "forever".to_owned());
        Self { id: id.to_owned(), head, window, tables: String::new() }
    }

    /// When the points that are named after this take part: local days, or instants with their offset.
    pub fn between(mut self, from: &str, to: &str) -> Self {
        self.window = (from.to_owned(), to.to_owned());
        self
    }

    /// More tables of its file.
    pub fn with(mut self, toml: &str) -> Self {
        self.tables += toml;
        self.tables.push('\n');
        self
    }

    /// A household with a point of the same name.
    pub fn home(self, member: &str) -> Self {
        self.member(member, "household").point(member, member, "import")
    }

    /// A producer with a point of the same name.
    pub fn plant(self, member: &str) -> Self {
        self.member(member, "producer").point(member, member, "export")
    }

    pub fn member(self, member: &str, kind: &str) -> Self {
        self.with(&format!("[[member]]\nid = \"{member}\"\nname = \"{member}\"\nkind = \"{kind}\""))
    }

    /// A point of a member. Points are known everywhere, so the village stands before its name.
    pub fn point(self, member: &str, point: &str, direction: &str) -> Self {
        let (id, (from, to)) = (self.id.clone(), self.window.clone());
        self.with(&format!(
            "[[metering_point]]\nid = \"{id}-{point}\"\nmember = \"{member}\"\ndirections = [\"{direction}\"]\n\
             valid_from = \"{from}\"\nvalid_to = \"{to}\""
        ))
    }

    /// A price per kWh, or per month, with its rate of VAT in percent.
    pub fn price(self, item: &str, price: &str, vat_percent: &str) -> Self {
        let per = if item == "monthly_fee" { "month" } else { "kwh" };
        self.with(&format!(
            "[[tariff]]\nitem = \"{item}\"\nvalid_from = \"2020-01-01\"\nprice_per_{per} = \"{price}\"\n\
             vat_percent = \"{vat_percent}\""
        ))
    }

    /// What a point of it draws from the first instant on.
    pub fn uses<T: ToString>(&self, point: &str, from: &str, seconds: u32, kwh: impl IntoIterator<Item = T>) -> Curve {
        self.curve(point, "import", (from, seconds), kwh)
    }

    /// What a point of it feeds in from the first instant on.
    pub fn makes<T: ToString>(&self, point: &str, from: &str, seconds: u32, kwh: impl IntoIterator<Item = T>) -> Curve {
        self.curve(point, "export", (from, seconds), kwh)
    }

    fn curve<T: ToString>(
        &self,
        point: &str,
        direction: &'static str,
        (from, seconds): (&str, u32),
        kwh: impl IntoIterator<Item = T>,
    ) -> Curve {
        Curve {
            point: format!("{}-{point}", self.id),
            direction,
            start: from.parse().unwrap(),
            seconds,
            kwh: kwh.into_iter().map(|value| value.to_string()).collect(),
            quality: "measured",
            revision: None,
        }
    }
}

/// Values of a point, one after the other; an empty text is a missing one.
#[derive(Clone)]
pub struct Curve {
    point: String,
    direction: &'static str,
    start: DateTime<Utc>,
    seconds: u32,
    kwh: Vec<String>,
    quality: &'static str,
    revision: Option<u32>,
}

impl Curve {
    pub fn estimated(self) -> Self {
        Self { quality: "estimated", ..self }
    }

    pub fn revision(self, revision: u32) -> Self {
        Self { revision: Some(revision), ..self }
    }

    /// Its values as lines of a CSV, with the clock of a zone.
    fn lines(&self, zone: Tz) -> impl Iterator<Item = String> {
        let Self { point, direction, seconds, quality, .. } = self;
        let revision = self.revision.unwrap_or_default();
        self.kwh.iter().zip(0..).map(move |(kwh, n)| {
            let start = (self.start + TimeDelta::seconds(i64::from(*seconds) * n)).with_timezone(&zone);
            let start = start.to_rfc3339_opts(SecondsFormat::Secs, true);
            format!("{point},{direction},{start},{seconds},{kwh},{quality},{revision}\n")
        })
    }

    /// All of it as one message.
    fn message(&self) -> String {
        let kwh: Vec<Option<&String>> = self.kwh.iter().map(|kwh| Some(kwh).filter(|kwh| !kwh.is_empty())).collect();
        let mut message = serde_json::json!({
            "metering_point_id": self.point,
            "direction": self.direction,
            "interval_start": self.start.to_rfc3339_opts(SecondsFormat::Secs, true),
            "interval_seconds": self.seconds,
            "energy_kwh": kwh,
            "quality": self.quality,
        });
        if let Some(revision) = self.revision {
            message["revision"] = revision.into();
        }
        message.to_string()
    }
}

const HEADER: &str = "metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality,revision\n";

/// Curves as a file of CSV in UTC.
pub fn csv(curves: &[Curve]) -> String {
    csv_in("UTC", curves)
}

/// The same with local times and their offsets.
pub fn csv_in(zone: &str, curves: &[Curve]) -> String {
    let zone = zone.parse().unwrap();
    HEADER.to_owned() + &curves.iter().flat_map(|curve| curve.lines(zone)).collect::<String>()
}

/// Curves as a file of JSON, one message a line.
pub fn json(curves: &[Curve]) -> String {
    curves.iter().map(|curve| curve.message() + "\n").collect()
}

/// A file of CSV whose last line comes first.
pub fn backwards(csv: &str) -> String {
    let lines: Vec<&str> = csv.split_inclusive('\n').skip(1).collect();
    HEADER.to_owned() + &lines.into_iter().rev().collect::<String>()
}

/// Digits of an energy in kWh.
pub fn kwh(micro: i64) -> String {
    format!("{}.{:06}", micro / 1_000_000, micro % 1_000_000)
}

/// An installation of its own, as people use it.
pub struct Lake(tempfile::TempDir);

impl Lake {
    /// One in which the villages are registered, in this order.
    pub fn of<'v>(villages: impl IntoIterator<Item = &'v Village>) -> Self {
        let lake = Self(tempfile::tempdir().unwrap());
        let mut villages = villages.into_iter().peekable();
        if villages.peek().is_some() {
            lake.apply(villages);
        }
        lake
    }

    pub fn apply<'v>(&self, villages: impl IntoIterator<Item = &'v Village>) {
        let names: Vec<String> = villages.into_iter().map(|village| self.file_of(village)).collect();
        let names = names.iter().map(String::as_str);
        self.ecoop(&["apply"].into_iter().chain(names).collect::<Vec<_>>());
    }

    /// Applies what must be refused. Gives what is said.
    pub fn refuses(&self, village: &Village) -> String {
        refused(self.0.path(), &["apply", &self.file_of(village)])
    }

    fn file_of(&self, Village { id, head, tables, .. }: &Village) -> String {
        let name = format!("{id}.toml");
        self.write(&name, format!("{head}{tables}"));
        name
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), bytes).unwrap();
    }

    /// Runs a command, which must end well. Gives what it printed.
    pub fn ecoop(&self, arguments: &[&str]) -> String {
        ecoop(self.0.path(), arguments)
    }

    /// Runs a command that must fail. Gives all that it said.
    pub fn fails(&self, arguments: &[&str]) -> String {
        let output = command(self.0.path(), arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat()
    }

    /// Takes in texts as files, in this order. Gives what is said about them.
    pub fn ingest(&self, files: &[(&str, &str)]) -> String {
        files.iter().for_each(|(name, text)| self.write(name, text));
        let names = files.iter().map(|(name, _)| *name);
        self.ecoop(&["ingest"].into_iter().chain(names).collect::<Vec<_>>())
    }

    /// Computes and publishes what is new.
    pub fn run(&self) {
        self.ecoop(&["run", "all"]);
    }

    /// Asks, and wants these rows: cells are separated by commas, and 1.4 and 1.400000 are the same.
    pub fn shows<T: AsRef<str>>(&self, sql: &str, right: &[T]) {
        let answer = self.ecoop(&["sql", "--format", "csv", sql]);
        let got: Vec<String> = answer.lines().skip(1).map(plain).collect();
        let right: Vec<String> = right.iter().map(|row| plain(row.as_ref())).collect();
        assert_eq!(got, right, "{sql}");
    }
}

/// A row without the zeros that a decimal ends with.
fn plain(row: &str) -> String {
    let is_decimal = |cell: &str| cell.contains('.') && cell.bytes().all(|b| b.is_ascii_digit() || b"-.".contains(&b));
    let mut out = String::new();
    for cell in row.split(',') {
        let short = cell.trim_end_matches('0').trim_end_matches('.');
        write!(out, "{},", if is_decimal(cell) { short } else { cell }).unwrap();
    }
    out
}

/// What members owe, by village, member and item: energy and money of all lines.
pub const OWED: &str = "select community_id, member_id, item, sum(energy_kwh), sum(amount) from statement_lines \
    where document = 'invoice' group by 1, 2, 3 order by 1, 2, 3";

/// The sums of each village: made, used, shared, residual, surplus.
pub const BALANCE: &str = "select community_id, sum(production_kwh), sum(consumption_kwh), sum(shared_kwh), \
    sum(residual_kwh), sum(surplus_kwh) from balances group by 1 order by 1";

/// Of each point: intervals expected, there, missing.
pub const COVERAGE: &str = "select metering_point_id, sum(expected), sum(present), sum(missing) from coverage \
    group by 1 order by 1";

#[test]
fn a_decimal_ends_where_its_zeros_begin() {
    assert_eq!(plain("a,1.400000,0.000000,10,-0.50"), "a,1.4,0,10,-0.5,");
}
