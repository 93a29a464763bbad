//! Makes the shipped data from their sources, and checks that what is shipped is what comes out.
//!
//! The sources lie beside the checkout, in `../shared/data`; `DATASETS_SOURCES` names another folder. Where there are
//! none the tests say so and pass. `DATASETS_REDUCE=write cargo test --workspace reduce` writes the files anew.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use sha2::{Digest, Sha256};

const SIMBENCH_ROWS: usize = 35_136;
const CITYLEARN_ROWS: usize = 8_760;
/// Loads that are shipped: homes, businesses, a farm, heat pumps, charging.
const LOADS: [&str; 20] = [
    "H0-A",
    "H0-B",
    "H0-C",
    "H0-G",
    "H0-L",
    "G0-A",
    "G1-A",
    "G1-B",
    "G1-C",
    "G4-A",
    "G4-B",
    "L0-A",
    "Air_Alternative_1",
    "Air_Parallel_1",
    "Soil_Alternative_1",
    "Soil_Alternative_2",
    "HLS_A_3.7",
    "HLS_B_3.7",
    "HLS_A_11.0",
    "HLS_B_11.0",
];
const ROOFS: [&str; 8] = ["PV1", "PV2", "PV3", "PV4", "PV5", "PV6", "PV7", "PV8"];
/// Life-cycle grams of CO2e per kWh, IPCC AR5 (2014) medians, by ENTSO-E type; oil after the UK's POST.
const GRAMS_PER_KWH: [(&str, i64); 13] = [
    ("Nuclear", 12),
    ("Hydro Pumped Storage", 24),
    ("Hydro Run-of-river and poundage", 24),
    ("Hydro Water Reservoir", 24),
    ("Solar", 45),
    ("Wind Onshore", 11),
    ("Geothermal", 38),
    ("Fossil Gas", 490),
    ("Fossil Coal-derived gas", 490),
    ("Fossil Hard coal", 820),
    ("Fossil Oil", 650),
    ("Biomass", 230),
    ("Waste", 230),
];

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of a source; `None`, said loudly, when it is not there.
#[expect(clippy::disallowed_methods, reason = "whoever has the sources elsewhere says so by this variable")]
fn source(file: &str) -> Option<PathBuf> {
    let folder =
        std::env::var_os("DATASETS_SOURCES").map_or_else(|| crate_folder().join("../../shared/data"), PathBuf::from);
    let path = folder.join(file);
    if !path.exists() {
        eprintln!("SKIPPED: {} is not there, so the shipped data are not compared with their source", path.display());
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

/// Millionths, rounded to the nearest; the source has six digits or measures in a finer unit.
fn millionths(value: f64) -> i32 {
    assert!((0.0..2_000.0).contains(&value), "{value}");
    (value * 1e6).round() as i32
}

fn parquet(columns: Vec<(String, Vec<i32>)>) -> Vec<u8> {
    let arrays = columns.into_iter().map(|(name, values)| (name, Arc::new(Int32Array::from(values)) as ArrayRef));
    let batch = RecordBatch::try_from_iter(arrays).unwrap();
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(19).unwrap()))
        .set_created_by("ecoop datasets 1".to_string())
        .set_max_row_group_row_count(Some(SIMBENCH_ROWS))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[expect(clippy::disallowed_methods, reason = "whoever reduces the sources anew says so by this variable")]
fn check(shipped: &str, made: &[u8]) {
    let path = crate_folder().join("data").join(shipped);
    if std::env::var("DATASETS_REDUCE").is_ok_and(|v| v == "write") {
        std::fs::write(&path, made).unwrap();
    }
    let there = std::fs::read(&path).unwrap();
    assert!(
        there == made,
        "{shipped} is not what its source gives: run with DATASETS_REDUCE=write and look at the difference"
    );
}

fn simbench() -> Option<Vec<(String, Vec<i32>)>> {
    let batch = read(&source("simbench_profiles_15min_2016/profiles.parquet")?);
    assert_eq!(batch.num_rows(), SIMBENCH_ROWS);
    let loads = LOADS.iter().map(|name| (name.to_string(), format!("{name}_pload")));
    let roofs = ROOFS.iter().map(|name| (name.to_string(), name.to_string()));
    let columns =
        loads.chain(roofs).map(|(name, column)| (name, floats(&batch, &column).into_iter().map(millionths).collect()));
    Some(columns.collect())
}

fn citylearn() -> Option<Vec<(String, Vec<i32>)>> {
    let batch = read(&source("prosumers_us_1h/load_pv.parquet")?);
    let homes = cast(batch.column_by_name("household_id").unwrap(), &DataType::Utf8).unwrap();
    let hours = batch.column_by_name("hour_index").unwrap().as_primitive::<Int64Type>().clone();
    let mut columns = BTreeMap::<String, Vec<i32>>::new();
    for (row, load_kwh) in floats(&batch, "load_kwh").into_iter().enumerate() {
        let home = columns.entry(homes.as_string::<i32>().value(row).to_string()).or_default();
        assert_eq!(hours.value(row), home.len() as i64, "hours are in order and none is missing");
        home.push(millionths(load_kwh));
    }
    assert!(columns.len() == 17 && columns.values().all(|c| c.len() == CITYLEARN_ROWS));
    Some(columns.into_iter().collect())
}

#[test]
fn simbench_profiles_are_those_of_the_source() {
    let Some(columns) = simbench() else { return };
    let shipped = datasets::profile::load();
    for (name, values) in &columns {
        let sum: i64 = values.iter().map(|v| i64::from(*v)).sum();
        // The writing run was built before the file was there.
        if let Ok(shipped) = &shipped {
            assert_eq!(shipped[name].sum() as i64, sum, "{name}");
        }
    }
    check("simbench/profiles.parquet", &parquet(columns));
}

#[test]
fn citylearn_homes_are_those_of_the_source() {
    let Some(columns) = citylearn() else { return };
    for (name, values) in &columns {
        if let Ok(shipped) = datasets::profile::load() {
            // Each hour stands four times, as the mean power of its quarters.
            let sum: i64 = values.iter().map(|v| i64::from(*v)).sum();
            assert_eq!(shipped[name].sum() as i64, 4 * sum, "{name}");
        }
    }
    check("citylearn/homes.parquet", &parquet(columns));
}

/// The mean of a country's mix in mg/kWh, weighted by generation.
fn mix_mg_per_kwh(batch: &RecordBatch, wanted: &str) -> i64 {
    let texts = |column| cast(batch.column_by_name(column).unwrap(), &DataType::Utf8).unwrap();
    let (zones, types, mw) = (texts("zone"), texts("type"), floats(batch, "mw"));
    let (mut generation, mut milligrams) = (0i64, 0i64);
    for (row, mw) in mw.into_iter().enumerate() {
        let (zone, source) = (zones.as_string::<i32>().value(row), types.as_string::<i32>().value(row));
        // Hours that the source left empty weigh nothing.
        if zone != wanted || mw.is_nan() {
            continue;
        }
        assert!(mw.fract().abs() < f64::EPSILON, "whole megawatts: {mw}");
        // "Other" is gas in France and Italy and biomass in Sweden.
        let other = if zone == "SE" { 230 } else { 490 };
        let grams = GRAMS_PER_KWH.iter().find(|(name, _)| *name == source).map_or(other, |(_, g)| *g);
        assert!(source == "Other" || GRAMS_PER_KWH.iter().any(|(name, _)| *name == source), "{source}");
        generation += mw as i64;
        milligrams += mw as i64 * grams * 1_000;
    }
    (2 * milligrams + generation) / (2 * generation)
}

#[test]
fn grid_factors_are_the_mix_of_the_source_times_the_factors() {
    let Some(path) = source("carbon_intensity/entsoe_generation_mix_hourly.parquet") else { return };
    let batch = read(&path);
    for (zone, community) in [("FR", "village-fr"), ("IT", "comune-it"), ("SE", "by-se")] {
        let mg = mix_mg_per_kwh(&batch, zone);
        let text = std::fs::read_to_string(crate_folder().join(format!("data/communities/{community}.toml"))).unwrap();
        let line = format!("grid_g_per_kwh = \"{}.{:03}\"\n", mg / 1000, mg % 1000);
        assert!(text.contains(&line), "{community} does not have {line}");
    }
}

/// The table of sources names each shipped file with its checksum.
#[test]
fn the_table_of_sources_is_right() {
    let table = std::fs::read_to_string(crate_folder().join("data/SOURCES.csv")).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("file,sha256,licence,source,attribution,changes"));
    let mut named = 0;
    for line in lines {
        let mut columns = line.splitn(3, ',');
        let (file, want) = (columns.next().unwrap(), columns.next().unwrap());
        let bytes = std::fs::read(crate_folder().join("data").join(file)).unwrap();
        let got: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(got, want, "{file}");
        named += 1;
    }
    assert_eq!(named, 3);
}
