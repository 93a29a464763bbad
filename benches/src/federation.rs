//! The settlement of a federation that other engines are measured by: their files, our plan node behind SQL.
//!
//! A folder holds `ct_int.parquet` or `ct_str.parquet` (community_id, meter_id, ts, energy_wh; sorted by community,
//! interval and meter), `meters_*.parquet` (which produces, which consumes) and `prices.parquet` (per interval: prices
//! in millionths of a euro per kWh, grid intensity in g/kWh). The rule: production is shared pro rata of the
//! consumption in whole Wh by largest remainder, ties to the smaller meter; what is not shared is bought from the grid
//! or sold to it.

pub mod kinds;
pub mod sorted_file;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use arrow::array::{AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int32Type, Int64Type, TimestampMicrosecondType};
use engine::calendar::{SECOND, Span};
use engine::registry::{
    AllocationKey, Community, FOREVER, FactorTerms, GridFactor, MeteringPoint, PUBLIC, Participation, Registry, Row,
    SequencedRow, SeriesBlock, Tariff, Terms,
};
use engine::settlement::{Columns, Settlement, Unit};
use engine::sharing::Rule;
use futures::StreamExt;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use sorted_file::SortedFile;

/// Grams of CO2e per kWh of the community's own plants, times a thousand.
const PLANT_MG_PER_KWH: i64 = 40_000;

const ROWS: &str =
    "SELECT community_id, ts, meter_id, direction AS kind, energy_wh, allocated_wh AS alloc_wh FROM sharing";

const STATEMENT: &str = "
SELECT
    CAST(SUBSTR(community_id, 3) AS INT) AS community_id,
    METER AS meter_id,
    month,
    CAST(allocated_kwh * 1000 AS BIGINT) AS alloc_wh,
    CAST(rest_kwh * 1000 AS BIGINT) AS residual_wh,
    CAST(round_half_up(internal_amount + rest_amount, 6) AS DECIMAL(18, 6)) AS amount_eur,
    CAST(avoided_g * 1000 AS BIGINT) AS co2_mg
FROM point_months
ORDER BY community_id, meter_id";

const SCAN: &str = "SELECT SUM(energy_wh), MAX(community_id), MAX(meter_id), MAX(ts) FROM readings";

/// Which files of a folder, and by how many threads.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub folder: &'a Path,
    /// `int` or `str`.
    pub ids: &'a str,
    pub threads: usize,
    /// The kind of rule, of [`kinds::KINDS`].
    pub kind: &'a str,
}

fn read(path: &Path) -> Result<Vec<RecordBatch>> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    Ok(ParquetRecordBatchReaderBuilder::try_new(file)?.build()?.collect::<Result<_, _>>()?)
}

fn column<'b>(batch: &'b RecordBatch, name: &str) -> Result<&'b arrow::array::ArrayRef> {
    batch.column_by_name(name).with_context(|| format!("column {name}"))
}

fn community_name(number: i32) -> String {
    format!("k-{number:06}")
}

/// The master data of the federation, and the ids of meters by number.
fn master_data(setting: Setting<'_>) -> Result<(Registry, Vec<String>, Span)> {
    let mut rows = Vec::new();
    let (span, series) = series(&setting.folder.join("prices.parquet"))?;
    rows.extend(series);
    let (mut names, mut known) = (Vec::new(), BTreeMap::<String, [Vec<String>; 2]>::new());
    for batch in read(&setting.folder.join(format!("meters_{}.parquet", setting.ids)))? {
        let meters = column(&batch, "meter_id")?;
        let texts = cast(meters, &DataType::Utf8)?;
        let texts = texts.as_string::<i32>();
        let communities = column(&batch, "community_id")?.as_primitive::<Int32Type>();
        let kinds = cast(column(&batch, "kind")?, &DataType::Utf8)?;
        for row in 0..batch.num_rows() {
            let community_id = community_name(communities.value(row));
            let id = match meters.as_primitive_opt::<Int32Type>() {
                Some(numbers) => format!("m-{:08}", numbers.value(row)),
                None => texts.value(row).to_string(),
            };
            let export = kinds.as_string::<i32>().value(row) == "P";
            known.entry(community_id.clone()).or_default()[usize::from(export)].push(id.clone());
            rows.extend(of_meter(&community_id, &id, export));
            names.push(id);
        }
    }
    for (community_id, [consumers, producers]) in &known {
        let kind = kinds::of(setting.kind, community_id, consumers, producers, span.start)?;
        rows.extend(kind.rows);
        rows.extend(of_community(community_id, kind.rule));
    }
    let rows = rows.into_iter().zip(1..).map(|(row, sequence)| SequencedRow { sequence, row });
    Ok((Registry::from_rows(rows), names, span))
}

fn series(path: &Path) -> Result<(Span, Vec<Row>)> {
    let batches = read(path)?;
    let batch = arrow::compute::concat_batches(&batches.first().context("prices")?.schema(), &batches)?;
    let starts = column(&batch, "ts")?.as_primitive::<TimestampMicrosecondType>().values().to_vec();
    let (first, last) = (*starts.first().context("a price")?, *starts.last().context("a price")?);
    let step = 900 * SECOND;
    ensure!((last - first) / step + 1 == i64::try_from(starts.len())?, "prices without gaps");
    let block = |series: &str, name: &str, factor: i64| {
        let values = column(&batch, name)?.as_primitive::<Int64Type>().values();
        Ok::<_, anyhow::Error>(Row::Series(SeriesBlock {
            community_id: PUBLIC.into(),
            series: series.into(),
            point: String::new(),
            producer: None,
            start: first,
            step_seconds: 900,
            values_micro: values.iter().map(|v| Some(v * factor)).collect(),
            source: "generated".into(),
            provisional: false,
        }))
    };
    let rows = vec![
        block("internal", "internal_price", 1)?,
        block("grid", "grid_price", 1)?,
        block("feed-in", "feedin_price", 1)?,
        block("intensity", "grid_co2", 1_000_000)?,
    ];
    Ok((Span { start: first, end: last + step }, rows))
}

fn of_community(id: &str, rule: Rule) -> Vec<Row> {
    let community_id = id.to_string();
    let tariff = |item: &str, series: &str| {
        Row::Tariffs(Tariff {
            community_id: community_id.clone(),
            item: item.into(),
            producer: None,
            price_micro_per_kwh: Some(0),
            price_micro_per_month: None,
            vat_basis_points: 0,
            vat_category: "O".into(),
            terms: Terms { series: Some(series.into()), ..Terms::default() },
            valid_from: i64::MIN,
            valid_to: FOREVER,
        })
    };
    vec![
        Row::Communities(Community {
            community_id: community_id.clone(),
            name: community_id.clone(),
            country: "FR".into(),
            timezone: "UTC".into(),
            currency: "EUR".into(),
            interval_minutes: 15,
            deadline_hours: None,
            place_micro: None,
        }),
        Row::AllocationKeys(AllocationKey {
            community_id: community_id.clone(),
            rule,
            adopted_by: None,
            regime: None,
            corrects: None,
            valid_from: i64::MIN,
            valid_to: FOREVER,
        }),
        tariff("internal_energy", "internal"),
        tariff("supplier_energy", "grid"),
        tariff("surplus_sale", "feed-in"),
        Row::GridFactors(GridFactor {
            community_id: community_id.clone(),
            factor_set: "generated".into(),
            scope: "life_cycle".into(),
            grid_mg_per_kwh: 0,
            source_mg_per_kwh: PLANT_MG_PER_KWH,
            more: FactorTerms { series: Some("intensity".into()), ..FactorTerms::default() },
            valid_from: i64::MIN,
            valid_to: FOREVER,
        }),
    ]
}

fn of_meter(community_id: &str, id: &str, export: bool) -> [Row; 2] {
    [
        Row::MeteringPoints(MeteringPoint {
            metering_point_id: id.into(),
            holder: id.into(),
            import: !export,
            export,
            plant: Default::default(),
            valid_from: i64::MIN,
            valid_to: FOREVER,
        }),
        Row::Participations(Participation {
            community_id: community_id.into(),
            metering_point_id: id.into(),
            member_id: id.into(),
            factor_percent: 100,
            consent_id: None,
            valid_from: i64::MIN,
            valid_to: FOREVER,
        }),
    ]
}

/// A session whose `readings` is the sorted file, and with `sharing` and `point_months` over it.
fn session(setting: Setting<'_>) -> Result<datafusion::prelude::SessionContext> {
    let (registry, names, span) = master_data(setting)?;
    let file = setting.folder.join(format!("ct_{}.parquet", setting.ids));
    let table = Arc::new(SortedFile::open(&file, &["community_id", "ts", "meter_id"], setting.threads)?);
    let session = engine::session::streaming(setting.threads);
    let known = registry.communities.len();
    let columns = Columns {
        community: "community_id".into(),
        interval_start: "ts".into(),
        metering_point: "meter_id".into(),
        direction: None,
        direction_words: ["C", "P"],
        energy: "energy_wh".into(),
        unit: Unit::Whole(1000),
        community_names: Arc::new((0..i32::try_from(known)?).map(community_name).collect()),
        point_names: Arc::new(names),
    };
    let settlement = Settlement::new(Arc::new(registry), columns, span, Arc::clone(&table) as _)?;
    settlement.register(&session)?;
    table.register(&session, "readings")?;
    Ok(session)
}

fn statement(setting: Setting<'_>) -> String {
    let meter = if setting.ids == "int" { "CAST(SUBSTR(metering_point_id, 3) AS INT)" } else { "metering_point_id" };
    STATEMENT.replace("METER", meter)
}

/// Reads the four columns and nothing else.
///
/// # Errors
/// When the files cannot be read.
pub async fn scan(setting: Setting<'_>) -> Result<String> {
    let batches = session(setting)?.sql(SCAN).await?.collect().await?;
    let row = batches.iter().find(|b| b.num_rows() > 0).context("a row")?;
    Ok(arrow::util::display::array_value_to_string(row.column(0), 0)?)
}

/// The statement of the month per meter, nothing per interval, into `statement.parquet` of a folder.
///
/// # Errors
/// When files cannot be read or written.
pub async fn statement_only(setting: Setting<'_>, out: &Path) -> Result<String> {
    let session = session(setting)?;
    write_statement(&session, setting, out).await
}

/// Every allocation into `alloc-*.parquet` of a folder, and the statement.
///
/// # Errors
/// When files cannot be read or written.
pub async fn full(setting: Setting<'_>, out: &Path) -> Result<String> {
    let session = session(setting)?;
    let streams = session.sql(ROWS).await?.execute_stream_partitioned().await?;
    let mut writers = tokio::task::JoinSet::new();
    for (number, mut stream) in streams.into_iter().enumerate() {
        let file = File::create(out.join(format!("alloc-{number}.parquet")))?;
        writers.spawn(async move {
            let properties = engine::table::file::properties(&stream.schema());
            let mut writer = ArrowWriter::try_new(file, stream.schema(), Some(properties))?;
            while let Some(batch) = stream.next().await {
                writer.write(&batch?)?;
            }
            writer.close()?;
            Ok::<_, anyhow::Error>(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    write_statement(&session, setting, out).await
}

async fn write_statement(
    session: &datafusion::prelude::SessionContext,
    setting: Setting<'_>,
    out: &Path,
) -> Result<String> {
    let batches = session.sql(&statement(setting)).await?.collect().await?;
    let first = batches.first().context("a statement")?;
    let mut writer = ArrowWriter::try_new(File::create(out.join("statement.parquet"))?, first.schema(), None)?;
    let mut shared: i128 = 0;
    for batch in &batches {
        writer.write(batch)?;
        let energies = column(batch, "alloc_wh")?.as_primitive::<Int64Type>().values();
        shared += energies.iter().map(|e| i128::from(*e)).sum::<i128>();
    }
    writer.close()?;
    Ok(shared.to_string())
}
