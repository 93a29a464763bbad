//! Real data beside the checkout, as readings in Wh.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

pub const HOUR: i64 = 3_600_000_000;

/// One direction of a metering point, in Wh by start of the interval.
#[derive(Debug, Clone, Default)]
pub struct Curve {
    pub point: String,
    pub member: String,
    /// Whether it feeds in.
    pub export: bool,
    pub wh: BTreeMap<i64, i64>,
}

impl Curve {
    fn new(point: &str, member: &str, export: bool) -> Self {
        Self { point: point.into(), member: member.into(), export, wh: BTreeMap::new() }
    }
}

/// The file of a source; `None`, said loudly, when it is not there.
fn file(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there, so nothing is settled on real data", path.display());
        return None;
    }
    Some(path)
}

fn read(path: &Path) -> RecordBatch {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap();
    let schema = Arc::clone(builder.schema());
    let batches: Vec<RecordBatch> = builder.build().unwrap().map(Result::unwrap).collect();
    arrow::compute::concat_batches(&schema, &batches).unwrap()
}

fn floats(batch: &RecordBatch, column: &str) -> Vec<f64> {
    let array = cast(batch.column_by_name(column).unwrap(), &DataType::Float64).unwrap();
    array.as_primitive::<Float64Type>().iter().map(|v| v.unwrap_or(f64::NAN)).collect()
}

fn texts(batch: &RecordBatch, column: &str) -> Vec<String> {
    let array = cast(batch.column_by_name(column).unwrap(), &DataType::Utf8).unwrap();
    array.as_string::<i32>().iter().map(|t| t.unwrap().to_owned()).collect()
}

/// Microseconds of a column of times; a naive one counts as UTC.
fn micros(batch: &RecordBatch, column: &str) -> Vec<i64> {
    let wanted = DataType::Timestamp(TimeUnit::Microsecond, None);
    let array = batch.column_by_name(column).unwrap();
    let array = match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => cast(array, &wanted).unwrap(),
        DataType::Timestamp(unit, _) => {
            let plain = DataType::Timestamp(*unit, None);
            cast(&cast(array, &plain).unwrap(), &wanted).unwrap()
        }
        other => panic!("{column} is of type {other}"),
    };
    array.as_primitive::<TimestampMicrosecondType>().values().to_vec()
}

/// kWh of the source as whole Wh, to the nearest.
fn wh(kwh: f64) -> i64 {
    assert!((0.0..10_000.0).contains(&kwh), "{kwh}");
    (kwh * 1e3).round() as i64
}

/// Swiss homes, and one solar plant in three parts: the mean of Austria's plants in the same weeks, scaled to `kwp`.
/// Homes of one country and the sun of the next: a simulation.
pub fn swiss_homes(homes: usize, days: i64, kwp: f64) -> Option<Vec<Curve>> {
    let consumption = read(&file("households_ch_15min_2018/consumption.parquet")?);
    let (ids, times, kwh) =
        (texts(&consumption, "household_id"), micros(&consumption, "ts_utc"), floats(&consumption, "kwh"));
    let first = *times.iter().min().unwrap();
    let end = first + days * 24 * HOUR;
    let mut curves = BTreeMap::<String, Curve>::new();
    for ((id, at), kwh) in ids.iter().zip(&times).zip(kwh) {
        if *at < end {
            let curve = curves.entry(id.clone()).or_insert_with(|| Curve::new(id, id, false));
            curve.wh.insert(*at, wh(kwh));
        }
    }
    let mut all: Vec<Curve> = curves.into_values().take(homes).collect();
    let solar = read(&file("pv_generation_national/solar_at_15min_ch_fr_it_1h.parquet")?);
    let (zones, times) = (texts(&solar, "zone"), micros(&solar, "ts_utc"));
    let (mw, installed) = (floats(&solar, "solar_mw"), floats(&solar, "installed_mw"));
    for (name, part) in [("PV-A", 0.6), ("PV-B", 0.3), ("PV-C", 0.1)] {
        let mut plant = Curve::new(name, &format!("plant-{}", name.to_lowercase()), true);
        for row in (0..times.len()).filter(|n| zones[*n] == "AT" && (first..end).contains(&times[*n])) {
            plant.wh.insert(times[row], wh(mw[row] / installed[row] * kwp * part / 4.0));
        }
        all.push(plant);
    }
    Some(all)
}

/// Twelve flats and what they own together, half-hourly, under a roof whose production is modelled.
pub fn building(days: i64) -> Option<Vec<Curve>> {
    let batch = read(&file("apartment_building_au_30min/building_C.parquet")?);
    // Local standard time without a clock change, ten hours before UTC.
    let times: Vec<i64> = micros(&batch, "ts_local").into_iter().map(|at| at - 10 * HOUR).collect();
    let end = times[0] + days * 24 * HOUR;
    let curve = |column: &str, point: &str, export| {
        let mut curve = Curve::new(point, &format!("m-{point}"), export);
        let values = times.iter().zip(floats(&batch, column)).filter(|(at, _)| **at < end);
        curve.wh.extend(values.map(|(at, kwh)| (*at, wh(kwh))));
        curve
    };
    let mut all: Vec<Curve> = (1..=12).map(|n| format!("C{n:02}")).map(|c| curve(&c, &c, false)).collect();
    all.push(curve("common_property_kwh", "COMMON", false));
    all.push(curve("pv_modelled_kwh", "ROOF", true));
    Some(all)
}

/// Seventeen homes, each with its own plant and battery behind its meter, hourly. The battery is simulated: surplus of
/// the hour charges it up to its size, need of the hour discharges it, a tenth of what comes out is lost. The source
/// names no year: its first 1 August is a Monday, as in 2016.
pub fn solar_homes(days: i64) -> Option<Vec<Curve>> {
    let batch = read(&file("prosumers_us_1h/load_pv.parquet")?);
    let homes = std::fs::read_to_string(file("prosumers_us_1h/households.csv")?).unwrap();
    let sizes: BTreeMap<&str, (f64, f64)> = homes
        .lines()
        .skip(1)
        .map(|l| l.split(',').collect::<Vec<_>>())
        .map(|c| (c[0], (c[1].parse().unwrap(), c[2].parse().unwrap())))
        .collect();
    let hours = batch.column_by_name("hour_index").unwrap();
    let hours = cast(hours, &DataType::Int64).unwrap().as_primitive::<Int64Type>().values().to_vec();
    let (ids, load, pv) = (texts(&batch, "household_id"), floats(&batch, "load_kwh"), floats(&batch, "pv_w_per_kw"));
    // The first row is the hour that ends with 31 July, in California's standard time.
    let first = engine::calendar::parse_rfc3339("2016-08-01T07:00:00Z").unwrap();
    let mut curves = BTreeMap::<(String, bool), Curve>::new();
    let mut stored = BTreeMap::<String, i64>::new();
    for row in (0..ids.len()).filter(|n| hours[*n] < days * 24) {
        let (kwp, battery_kwh) = sizes[ids[row].as_str()];
        let net = wh(load[row]) - wh(pv[row] * kwp / 1000.0);
        let (import, export) = battery(stored.entry(ids[row].clone()).or_default(), wh(battery_kwh), net);
        for (export, value) in [(false, import), (true, export)] {
            let (id, member) = (&ids[row], format!("m-{}", ids[row]));
            let curve = curves.entry((id.clone(), export)).or_insert_with(|| Curve::new(id, &member, export));
            curve.wh.insert(first + hours[row] * HOUR, value);
        }
    }
    Some(curves.into_values().collect())
}

/// Import and export of an hour after the battery, which holds `stored` of `size`.
fn battery(stored: &mut i64, size: i64, net: i64) -> (i64, i64) {
    if net <= 0 {
        let charged = (-net).min(size - *stored);
        *stored += charged;
        return (0, -net - charged);
    }
    // Nine tenths of what leaves the battery arrive.
    let delivered = net.min(*stored * 9 / 10);
    *stored -= (delivered * 10 + 8) / 9;
    (net - delivered, 0)
}

#[test]
fn a_battery_loses_a_tenth_and_never_more_than_it_holds() {
    let mut stored = 0;
    assert_eq!(battery(&mut stored, 1000, -1500), (0, 500));
    assert_eq!((battery(&mut stored, 1000, 450), stored), ((0, 0), 500));
    assert_eq!((battery(&mut stored, 1000, 900), stored), ((450, 0), 0));
    assert_eq!(battery(&mut stored, 1000, 7), (7, 0));
}
