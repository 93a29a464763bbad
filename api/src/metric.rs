//! The metrics of the service: their names, and what each says.

use std::collections::BTreeMap;

use engine::Result;
use engine::schema::Table;
use engine::table::Lake;
use metrics::{describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};

pub const CYCLE: &str = "ecoop_cycle_seconds";
pub const CYCLES: &str = "ecoop_cycles_total";
pub const WORKER_FAILURES: &str = "ecoop_worker_failures_total";
pub const INGEST_FAILURES: &str = "ecoop_ingest_failures_total";
pub const PAGE: &str = "ecoop_page_seconds";
pub const HELD: &str = "ecoop_communities_held";
pub const NEWEST: &str = "ecoop_newest_interval_age_seconds";
pub const PUBLISHED_AGE: &str = "ecoop_published_age_seconds";
pub const DAMAGED_FILES: &str = "ecoop_files_damaged";
pub const SCRUBBED_FILES: &str = "ecoop_scrubbed_files_total";
pub const SCRUBBED_BYTES: &str = "ecoop_scrubbed_bytes_total";
pub const FREE_BYTES: &str = "ecoop_disk_free_bytes";
pub const TABLE_FILES: &str = "ecoop_table_files";
pub const TABLE_BYTES: &str = "ecoop_table_bytes";
pub const READY: &str = "ecoop_ready";

/// Bounds of the buckets of times, in seconds.
const SECONDS: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0];

/// A recorder whose times are histograms. The bounds are in order and there are some, so it refuses none.
pub fn recorder() -> PrometheusBuilder {
    let builder = PrometheusBuilder::new();
    let matcher = Matcher::Suffix("_seconds".into());
    builder.set_buckets_for_metric(matcher, &SECONDS).unwrap_or_else(|_| PrometheusBuilder::new())
}

/// Says of each what it is. To be called once a recorder is there.
pub fn describe() {
    describe_counter!("ecoop_messages_total", "Messages and lines that were taken in, whatever was in them");
    describe_counter!("ecoop_readings_accepted_total", "Values that are in readings_raw");
    describe_counter!("ecoop_readings_rejected_total", "Values that are in quarantine");
    describe_counter!("ecoop_quarantined_total", "Values in quarantine, by reason");
    describe_counter!("ecoop_kafka_errors_total", "Errors that the Kafka consumer met");
    describe_gauge!("ecoop_kafka_lag_messages", "Messages in the topic that are not in the lake yet, by partition");
    describe_histogram!("ecoop_commit_seconds", "Time of a commit, by table");
    describe_counter!("ecoop_files_damaged_total", "Files that were met with other bytes than were written, by table");
    describe_counter!(INGEST_FAILURES, "Times that taking readings in failed and began anew");
    describe_histogram!(CYCLE, "Time of a cycle: computing what is pending and publishing it");
    describe_counter!(CYCLES, "Cycles that have published");
    describe_counter!(WORKER_FAILURES, "Times that the worker failed");
    describe_histogram!(PAGE, "Time until a page was answered, by route and status");
    describe_gauge!(HELD, "Communities whose figures are held back by a check or a damaged file");
    describe_gauge!(NEWEST, "Age of the newest interval that is published, its end to now, by community");
    describe_gauge!(PUBLISHED_AGE, "Time since something was published");
    describe_gauge!(DAMAGED_FILES, "Files of the lake that are known not to be what was written");
    describe_counter!(SCRUBBED_FILES, "Files that were read once more to prove their bytes");
    describe_counter!(SCRUBBED_BYTES, "Bytes that were read once more to prove them");
    describe_gauge!(FREE_BYTES, "Space left where the installation is");
    describe_gauge!(TABLE_FILES, "Files of the current version, by table");
    describe_gauge!(TABLE_BYTES, "Bytes of the files of the current version, by table");
    describe_gauge!(READY, "1 when /readyz says ready, 0 when it does not");
}

/// Files and bytes of each table, as they stand now.
///
/// # Errors
/// Environment, when a log cannot be read.
pub async fn tables(lake: &Lake) -> Result<()> {
    let mut found = BTreeMap::new();
    for table in Table::ALL {
        let snapshot = lake.snapshot(table).await?;
        let files = snapshot.files()?;
        found.insert(table.name(), (files.len(), files.iter().map(|f| f.size).sum::<u64>()));
    }
    for (table, (files, bytes)) in found {
        metrics::gauge!(TABLE_FILES, "table" => table).set(files as f64);
        metrics::gauge!(TABLE_BYTES, "table" => table).set(bytes as f64);
    }
    Ok(())
}
