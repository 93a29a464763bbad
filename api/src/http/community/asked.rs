//! What the addresses of pages ask for. What is not understood is refused: a page never shows something else than what
//! its address says.

use chrono::NaiveDate;
use dashboards::figure::Period;
use dashboards::locale::Locale;
use dashboards::page::error::Wrong;

/// What mail programs and networks hang on links, by their beginnings; it is of no concern.
const HUNG_ON: [&str; 9] = ["utm_", "mtm_", "pk_", "mc_", "_hs", "fbclid", "gclid", "msclkid", "igsh"];

/// The query of an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// `day`, `week` or `month`.
    p: Option<String>,
    /// Any day of it.
    d: Option<NaiveDate>,
    /// Language.
    pub lang: Option<Locale>,
    /// The publication that a page shows.
    pub after: Option<i64>,
}

impl Asked {
    /// Reads a query.
    ///
    /// # Errors
    /// The first field that is not understood.
    pub fn read(query: Option<&str>) -> Result<Self, Wrong> {
        let mut asked = Self::default();
        let mut seen: Vec<String> = vec![];
        for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if HUNG_ON.iter().any(|hung| name.starts_with(hung)) {
                continue;
            }
            if seen.iter().any(|s| *s == name) {
                return Err(Wrong::Twice(name.into_owned()));
            }
            match name.as_ref() {
                "p" => asked.p = Some(value.into_owned()),
                "d" => asked.d = Some(Period::parse_day(&value).ok_or(Wrong::Day)?),
                "lang" => asked.lang = Some(Locale::parse(&value).ok_or(Wrong::Language)?),
                "after" => asked.after = Some(value.parse().map_err(|_| Wrong::Publication)?),
                _ => return Err(Wrong::Field(name.into_owned())),
            }
            seen.push(name.into_owned());
        }
        let any = NaiveDate::default();
        match asked.p.as_deref().is_none_or(|p| Period::of_code(p, any).is_some()) {
            true => Ok(asked),
            false => Err(Wrong::Period),
        }
    }

    /// The period that holds the day, today where none is named.
    pub fn period(&self, today: NaiveDate) -> Period {
        let day = self.d.unwrap_or(today);
        // A code that names no period was refused above.
        self.p.as_deref().and_then(|p| Period::of_code(p, day)).unwrap_or(Period::Day(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_understood_is_refused() {
        let check = |query: &str, want: Wrong| assert_eq!(Asked::read(Some(query)), Err(want), "{query}");
        check("p=decade", Wrong::Period);
        check("p=", Wrong::Period);
        check("d=yesterday", Wrong::Day);
        check("d=%FF", Wrong::Day);
        check("d=2026-02-30&p=week", Wrong::Day);
        check("lang=tlh", Wrong::Language);
        check("after=new", Wrong::Publication);
        check("date=2026-06-01", Wrong::Field("date".into()));
        check("d=2026-06-01&d=2026-06-02", Wrong::Twice("d".into()));
        check("D=2026-06-01", Wrong::Field("D".into()));
    }

    #[test]
    fn what_is_understood_names_a_period() {
        let today = "2026-06-29".parse().unwrap();
        let check = |query: Option<&str>, want: Period| {
            assert_eq!(Asked::read(query).unwrap().period(today), want, "{query:?}");
        };
        check(None, Period::Day(today));
        check(Some(""), Period::Day(today));
        check(Some("utm_source=mail&p=week&fbclid=x"), Period::week_of(today));
        check(Some("p=month&d=2026-02-28&lang=fr"), Period::month_of("2026-02-01".parse().unwrap()));
    }
}
