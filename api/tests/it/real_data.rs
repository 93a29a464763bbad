//! Real readings from file to figures: `apply`, `ingest`, `run`, `report`, and three keys tried on the past.
//!
//! A part of each source by default, all of it with `ECOOP_TEST_FULL=1`. What is shared is compared with the smaller of
//! production and consumption of each interval, summed beside the program.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::program::ecoop;
use source::Curve;

mod source;

/// A community of one source.
struct Case {
    name: &'static str,
    head: &'static str,
    interval_minutes: i64,
    /// Length of the source's intervals.
    source_minutes: i64,
    curves: Vec<Curve>,
}

#[expect(clippy::disallowed_methods, reason = "whoever wants all of it says so by this variable")]
fn is_full() -> bool {
    std::env::var("ECOOP_TEST_FULL").is_ok_and(|v| v == "1")
}

impl Case {
    fn document(&self) -> String {
        let Self { name, head, interval_minutes, curves, .. } = self;
        let mut out =
            format!("[community]\nid = \"{name}\"\nname = \"{name}\"\n{head}interval_minutes = {interval_minutes}\n");
        let members: BTreeSet<&str> = curves.iter().map(|c| c.member.as_str()).collect();
        for (n, member) in members.into_iter().enumerate() {
            let capital = 100 + 50 * (n % 7);
            writeln!(out, "[[member]]\nid = \"{member}\"\nname = \"{member}\"\nkind = \"household\"").unwrap();
            writeln!(
                out,
                "[[capital_share]]\nmember = \"{member}\"\ncapital = \"{capital}\"\nvalid_from = \"2010-01-01\""
            )
            .unwrap();
        }
        let mut directions = BTreeMap::<&str, (&str, BTreeSet<&str>)>::new();
        for curve in curves {
            let point = directions.entry(&curve.point).or_insert((&curve.member, BTreeSet::new()));
            point.1.insert(if curve.export { "export" } else { "import" });
        }
        // Nothing is expected before the first value and after the last.
        let (first, end) = self.span();
        let time = engine::calendar::rfc3339;
        for (point, (member, directions)) in directions {
            let directions: Vec<&str> = directions.into_iter().collect();
            writeln!(
                out,
                "[[metering_point]]\nid = \"{point}\"\nmember = \"{member}\"\ndirections = {directions:?}\n\
                 valid_from = \"{}\"\nvalid_to = \"{}\"",
                time(first),
                time(end)
            )
            .unwrap();
        }
        out + "[[allocation_key]]\nvalid_from = \"2010-01-01\"\nadopted_by = \"a test\"\nkind = \"prorata\"\n"
            + &[("internal_energy", "0.15"), ("supplier_energy", "0.25"), ("surplus_sale", "0.08")]
                .map(|(item, price)| {
                    format!(
                        "[[tariff]]\nitem = \"{item}\"\nvalid_from = \"2010-01-01\"\nprice_per_kwh \
                        = \"{price}\"\nvat_percent = \"10\"\n"
                    )
                })
                .concat()
    }

    fn readings(&self) -> String {
        let mut csv = String::from("metering_point_id,direction,interval_start,interval_seconds,energy_kwh,quality\n");
        let seconds = self.source_minutes * 60;
        for curve in &self.curves {
            let direction = if curve.export { "export" } else { "import" };
            for (at, wh) in &curve.wh {
                let time = engine::calendar::rfc3339(*at);
                let (kwh, rest) = (wh / 1000, wh % 1000);
                writeln!(csv, "{},{direction},{time},{seconds},{kwh}.{rest:03},measured", curve.point).unwrap();
            }
        }
        csv
    }

    /// Production, consumption and the smaller of the two in each interval, in Wh.
    fn sums(&self) -> (i64, i64, i64) {
        let mut intervals = BTreeMap::<i64, (i64, i64)>::new();
        let grid = self.interval_minutes * 60_000_000;
        assert!(self.interval_minutes >= self.source_minutes, "parts of a Wh are not worked out here");
        for curve in &self.curves {
            for (at, wh) in &curve.wh {
                let sums = intervals.entry(at.div_euclid(grid)).or_default();
                *(if curve.export { &mut sums.0 } else { &mut sums.1 }) += wh;
            }
        }
        let sum = |of: fn(&(i64, i64)) -> i64| intervals.values().map(of).sum();
        (sum(|i| i.0), sum(|i| i.1), sum(|i| i.0.min(i.1)))
    }

    fn span(&self) -> (i64, i64) {
        let all = || self.curves.iter().flat_map(|c| c.wh.keys());
        (*all().min().unwrap(), *all().max().unwrap() + self.source_minutes * 60_000_000)
    }

    /// First local day and the day after the last, wide enough for every zone.
    fn days(&self) -> (String, String) {
        let (first, end) = self.span();
        let day = |at: i64| engine::calendar::utc(at).date_naive();
        (day(first).pred_opt().unwrap().to_string(), (day(end) + chrono::Days::new(2)).to_string())
    }

    /// Everything from the file to the figures.
    fn settle(&self) {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        std::fs::write(folder.join("community.toml"), self.document()).unwrap();
        std::fs::write(folder.join("readings.csv"), self.readings()).unwrap();
        ecoop(folder, &["apply", "community.toml"]);
        let count: usize = self.curves.iter().map(|c| c.wh.len()).sum();
        assert_eq!(ecoop(folder, &["ingest", "readings.csv"]), format!("readings.csv: {count} readings\n"));
        // A community whose checks fail is held, and the command fails.
        ecoop(folder, &["run", "all"]);
        let (production, consumption, shared) = self.sums();
        let kwh = |wh: i64| format!("{}.{:03}000", wh / 1000, wh % 1000);
        let sums = "select sum(production_kwh) as p, sum(consumption_kwh) as c, sum(shared_kwh) as s, \
             sum(residual_kwh) as r, sum(surplus_kwh) as u, count(distinct status) as n from balances";
        let wanted = [production, consumption, shared, consumption - shared, production - shared].map(kwh).join(",");
        assert_eq!(ecoop(folder, &["sql", "--format", "csv", sums]), format!("p,c,s,r,u,n\n{wanted},1\n"));
        self.months_add_up(folder, &kwh(shared));
        println!(
            "{}: {} points, {count} readings; produced {}, used {}, shared {} kWh; self-consumption {:.1} %, \
             self-sufficiency {:.1} %",
            self.name,
            self.curves.iter().map(|c| &c.point).collect::<BTreeSet<_>>().len(),
            kwh(production),
            kwh(consumption),
            kwh(shared),
            100.0 * shared as f64 / production as f64,
            100.0 * shared as f64 / consumption as f64
        );
        self.three_keys(folder, shared);
    }

    /// The months of the report, member by member, are what was shared in all.
    fn months_add_up(&self, folder: &Path, shared: &str) {
        let months = "select distinct substr(cast(month as varchar), 1, 7) as m from statement_lines order by 1";
        let mut sum = 0;
        for (n, month) in ecoop(folder, &["sql", "--format", "csv", months]).lines().skip(1).enumerate() {
            let report = ["report", "--community", self.name, "--month", month, "--format", "json"];
            let report: Value = serde_json::from_str(&ecoop(folder, &report)).unwrap();
            for member in report["members"].as_array().unwrap() {
                sum += micro(&member["allocated_kwh"]);
                // Before its first reading a community has no figures for the rest of that month.
                assert!(n == 0 || member["status"] == "final", "{month}: {member}");
            }
        }
        assert_eq!(engine::units::format_decimal(sum, 6), shared);
    }

    /// Every key here shares all that can be shared, so what one gains another loses.
    fn three_keys(&self, folder: &Path, shared_wh: i64) {
        let (from, to) = self.days();
        let keys = [
            ("by consumption", "kind = \"prorata\"\n"),
            ("equal", "kind = \"equal\"\nredistribute = true\n"),
            (
                "by capital",
                "[[allocation_key.rounds]]\nkind = \"shares\"\n[[allocation_key.rounds]]\nkind = \"prorata\"\n",
            ),
        ];
        for (name, key) in keys {
            let head =
                format!("[community]\nid = \"{}\"\n[[allocation_key]]\nvalid_from = \"2011-01-01\"\n", self.name);
            std::fs::write(folder.join("proposal.toml"), head + key).unwrap();
            let span = ["--from", &from, "--to", &to, "--format", "json"];
            let what = ["replay", "--community", self.name, "--key", "proposal.toml"];
            let replay: Value = serde_json::from_str(&ecoop(folder, &[&what[..], &span[..]].concat())).unwrap();
            let members = replay["members"].as_array().unwrap();
            let all = |side: &str, field: &str| members.iter().map(|m| micro(&m[side][field])).sum::<i128>();
            for side in ["before", "after"] {
                assert_eq!(all(side, "received_kwh"), i128::from(shared_wh) * 1000, "{name} {side}");
                assert_eq!(all(side, "given_kwh"), i128::from(shared_wh) * 1000, "{name} {side}");
            }
            assert_eq!(all("before", "residual_kwh"), all("after", "residual_kwh"), "{name}");
            let gain = |m: &Value| exact(&m["before"]["exact_cost_amount"]) - exact(&m["after"]["exact_cost_amount"]);
            let gains: Vec<i128> = members.iter().map(gain).collect();
            assert_eq!(gains.iter().sum::<i128>(), 0, "{name}: what one gains another loses");
            assert!(gains.is_sorted_by(|a, b| a >= b), "{name}: whoever gains most comes first");
            for (m, gain) in members.iter().zip(&gains) {
                let more = micro(&m["after"]["received_kwh"]) - micro(&m["before"]["received_kwh"]);
                // Shared energy costs a tenth of a unit less than the supplier's, and plants give the same in all.
                assert_eq!(*gain, more * 100_000, "{name}: {m}");
            }
            let (winners, losers) =
                (gains.iter().filter(|g| **g > 0).count(), gains.iter().filter(|g| **g < 0).count());
            match name {
                "by consumption" => assert_eq!((winners, losers), (0, 0)),
                _ => assert!(winners > 0 && losers > 0, "{name}"),
            }
            println!(
                "{}, {name}: {winners} win, {losers} lose; most {} more, {} less",
                self.name,
                engine::units::format_decimal(gains[0], 12),
                engine::units::format_decimal(-gains[gains.len() - 1], 12)
            );
        }
    }
}

fn digits(value: &Value, scale: usize) -> i128 {
    let text = value.as_str().unwrap();
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    assert_eq!(part.len(), scale, "{text}");
    format!("{whole}{part}").parse().unwrap()
}

fn micro(value: &Value) -> i128 {
    digits(value, 6)
}

fn exact(value: &Value) -> i128 {
    digits(value, 12)
}

#[test]
fn swiss_homes_under_the_austrian_sun() {
    let (homes, days, kwp) = if is_full() { (300, 49, 1000.0) } else { (40, 4, 150.0) };
    let Some(curves) = source::swiss_homes(homes, days, kwp) else { return };
    let head = "country = \"CH\"\ntimezone = \"Europe/Zurich\"\ncurrency = \"CHF\"\n";
    Case { name: "homes-ch", head, interval_minutes: 15, source_minutes: 15, curves }.settle();
}

#[test]
fn flats_of_one_building_with_a_common_meter() {
    let Some(curves) = source::building(if is_full() { 365 } else { 10 }) else { return };
    let head = "country = \"AU\"\ntimezone = \"Australia/Brisbane\"\ncurrency = \"AUD\"\n";
    Case { name: "building-au", head, interval_minutes: 30, source_minutes: 30, curves }.settle();
}

#[test]
fn solar_homes_with_batteries() {
    let Some(curves) = source::solar_homes(if is_full() { 365 } else { 14 }) else { return };
    let head = "country = \"US\"\ntimezone = \"America/Los_Angeles\"\ncurrency = \"USD\"\n";
    Case { name: "solar-us", head, interval_minutes: 60, source_minutes: 60, curves }.settle();
}
