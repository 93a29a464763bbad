//! What reports are asked by: a month or days of a community, for people or machines, in a language.

use chrono::NaiveDate;
use dashboards::locale::Locale;
use engine::Error;

/// A month of a community.
#[derive(clap::Args)]
pub struct MonthArgs {
    /// The community
    #[arg(long, value_name = "ID")]
    pub community: String,
    /// The local month
    #[arg(long, value_name = "YYYY-MM")]
    pub month: String,
    /// For people, or for machines: the members as CSV, everything as JSON
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Language of the report for people
    #[arg(long, value_name = "CODE", default_value = "en")]
    pub lang: String,
    /// The month as it was published at this instant
    #[arg(long, value_name = "INSTANT")]
    pub as_of: Option<String>,
    /// What was billed beside what is known; with --as-of the bills of that time, however long ago
    #[arg(long)]
    pub as_billed: bool,
}

/// For people, or for machines.
#[derive(Clone, Copy, clap::ValueEnum)]
pub enum Format {
    Text,
    Csv,
    Json,
}

/// Local days.
#[derive(clap::Args)]
pub struct Days {
    /// First local day
    #[arg(long, value_name = "DAY")]
    pub from: NaiveDate,
    /// The local day after the last
    #[arg(long, value_name = "DAY")]
    pub to: NaiveDate,
}

impl Days {
    pub fn check(&self) -> Result<(), Error> {
        if self.from < self.to {
            return Ok(());
        }
        Err(Error::user(format!("--to {}: not after --from {}; write the day after the last", self.to, self.from)))
    }
}

/// The language of `--lang`.
///
/// # Errors
/// User, when there is none, with those that there are.
pub fn locale(code: &str) -> Result<Locale, Error> {
    Locale::parse(code).ok_or_else(|| {
        let all: Vec<String> = Locale::all().iter().map(Locale::code).collect();
        Error::user(format!("--lang {code}: there are {}", all.join(", ")))
    })
}

/// A cell of CSV.
pub fn quoted(value: &str) -> String {
    if value.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_string()
    }
}
