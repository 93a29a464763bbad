//! Settings: defaults, then the file, then the environment as `ECOOP_SECTION__KEY`, then the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::error::Kind;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

/// How the names of variables in the environment begin.
const PREFIX: &str = "ECOOP_";
/// Where an installation is when nobody says so.
const DATA: &str = "./ecoop-data";

/// What a message may be allowed to have at most, in bytes.
const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// All settings.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The file that they were read from.
    #[serde(skip)]
    pub file: Option<PathBuf>,
    /// Folder of the installation.
    pub data: String,
    /// Filter of log lines: `info` or `debug` are of ecoop alone, with the libraries at `warn`; `engine=debug,warn` is
    /// taken as it is.
    pub log: String,
    /// `text`, or `json`: an object a line.
    pub log_format: LogFormat,
    /// Where the registry and people's data are kept.
    pub store: Store,
    /// When readings are committed.
    pub limits: Limits,
    /// What a query of `ecoop sql` may take.
    pub sql: Sql,
    /// Where pages are served.
    pub web: Web,
    /// How often tables are brought up to date.
    pub jobs: Jobs,
    /// Where readings come from. Without it nothing is read from Kafka.
    pub kafka: Option<Kafka>,
    /// Which metering points a source may write. A source that is not named may write all.
    pub sources: BTreeMap<String, BTreeSet<String>>,
}

/// Where the registry and people's data are kept.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Store {
    /// Database on a server, as `postgres://USER@HOST/DATABASE`. Without one it is a file in the installation's folder.
    pub url: Option<String>,
}

impl std::fmt::Debug for Store {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("on_server", &self.url.is_some()).finish_non_exhaustive()
    }
}

/// When gathered readings are committed, whichever comes first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Values.
    pub commit_rows: usize,
    /// Bytes in memory.
    pub commit_bytes: usize,
    /// With less space than this where the installation is, it is not ready.
    pub free_bytes: u64,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// The crates of the program: what a level by itself is of.
const OURS: [&str; 6] = ["ecoop", "engine", "connectors", "queries", "dashboards", "datasets"];
/// Libraries that warn of what we expect.
const QUIET: &str = "buoyant_kernel=off,delta_kernel=off,deltalake_core=error";

impl Config {
    /// The filter of log lines.
    pub fn log_filter(&self) -> String {
        let level = self.log.trim().to_lowercase();
        if !["error", "warn", "info", "debug", "trace"].contains(&level.as_str()) {
            return self.log.clone();
        }
        let least = if level == "error" { "error" } else { "warn" };
        let ours = OURS.map(|name| format!("{name}={level}")).join(",");
        format!("{least},{ours},{QUIET}")
    }
}

/// What a query of `ecoop sql` may take.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sql {
    /// Seconds after which it is stopped.
    pub seconds: u64,
    /// Memory.
    pub memory_mb: usize,
    /// What may wait on the disk.
    pub spill_mb: usize,
}

impl Default for Sql {
    fn default() -> Self {
        Self { seconds: 600, memory_mb: 1024, spill_mb: 8192 }
    }
}

/// Where pages are served.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Web {
    /// Address of the pages.
    pub listen: String,
    /// Address of the metrics. It shows how the machine does and is never to be public.
    pub admin_listen: String,
    /// Name of the proxy that ends TLS before us. Without one only the loopback is served.
    pub proxy: Option<String>,
    /// Pages that may wait for new figures at a time, in all and from one address.
    pub streams: usize,
    pub streams_of_one: usize,
}

impl Default for Web {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".into(),
            admin_listen: "127.0.0.1:9464".into(),
            proxy: None,
            streams: 2000,
            streams_of_one: 100,
        }
    }
}

/// Where readings come from.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kafka {
    /// `host:port,host:port`
    pub brokers: String,
    #[serde(default = "Kafka::topic")]
    pub topic: String,
    /// Consumer group; processes of one group share the partitions.
    #[serde(default = "Kafka::group")]
    pub group: String,
    /// Name of the cluster in positions, when it is not to be the cluster's own id.
    #[serde(default)]
    pub cluster: Option<String>,
    /// How long an accepted reading waits for its commit at most. One that comes after a longer pause does not wait.
    #[serde(default = "Kafka::commit_interval_ms")]
    pub commit_interval_ms: u64,
    /// Payload bytes that may wait between Kafka and the lake.
    #[serde(default = "Kafka::queue_bytes")]
    pub queue_bytes: usize,
    /// Bytes that a message may have. Of a larger one only the head and the digest are kept.
    #[serde(default = "Kafka::message_bytes")]
    pub message_bytes: usize,
    /// More properties of librdkafka, for instance of TLS and SASL.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
}

impl Kafka {
    fn topic() -> String {
        "meter.readings.v1".into()
    }

    fn group() -> String {
        "ecoop".into()
    }

    fn commit_interval_ms() -> u64 {
        5000
    }

    fn queue_bytes() -> usize {
        16 << 20
    }

    fn message_bytes() -> usize {
        connectors::decoders::MAX_PAYLOAD_BYTES
    }

    /// Readings of one topic, the rest as it is by default.
    pub fn of(brokers: String, topic: &str) -> Self {
        Self {
            brokers,
            topic: topic.into(),
            group: Self::group(),
            cluster: None,
            commit_interval_ms: Self::commit_interval_ms(),
            queue_bytes: Self::queue_bytes(),
            message_bytes: Self::message_bytes(),
            options: BTreeMap::new(),
        }
    }
}

/// How often tables are brought up to date.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Jobs {
    /// Least time between two cycles.
    pub every_seconds: u64,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { every_seconds: 5 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let (commit_rows, commit_bytes) = (engine::ingest::intake::ROWS, engine::ingest::intake::BYTES);
        Self { commit_rows, commit_bytes, free_bytes: 256 << 20 }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            file: None,
            data: DATA.into(),
            log: "warn".into(),
            log_format: LogFormat::Text,
            store: Store::default(),
            limits: Limits::default(),
            sql: Sql::default(),
            web: Web::default(),
            jobs: Jobs::default(),
            kafka: None,
            sources: BTreeMap::new(),
        }
    }
}

/// Why settings cannot be used, with the key at fault.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads the settings; `data` and `file` come from the command line.
    ///
    /// # Errors
    /// An unknown key, a value of the wrong kind, a file that is not there.
    pub fn load(data: Option<&str>, file: Option<&Path>) -> Result<Self, ConfigError> {
        let others = ["cache", "test_kafka", "test_full", "test_seed", "test_seconds"];
        Self::merge(data, file, Env::prefixed(PREFIX).ignore(&others).split("__"))
    }

    fn merge(data: Option<&str>, file: Option<&Path>, environment: Env) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        let file = match file {
            Some(file) if !file.is_file() => {
                return Err(ConfigError(format!("--config {}: there is no such file", file.display())));
            }
            Some(file) => Some(file.to_path_buf()),
            None => Some(Path::new(data.unwrap_or(DATA)).join("ecoop.toml")).filter(|own| own.is_file()),
        };
        if let Some(file) = &file {
            figment = figment.merge(Toml::file_exact(file));
        }
        let in_environment: Vec<String> = environment.iter().map(|(key, _)| key.to_string()).collect();
        let read = figment.merge(environment).extract();
        let mut config: Self = read.map_err(|e| ConfigError(say(e, &in_environment)))?;
        if let Some(kafka) = config.kafka.as_ref().filter(|k| k.message_bytes > MESSAGE_BYTES_MAX) {
            return Err(ConfigError(format!(
                "kafka.message_bytes = {}: at most {MESSAGE_BYTES_MAX}, so that the memory of a message stays bounded",
                kafka.message_bytes
            )));
        }
        config.file = file;
        if let Some(data) = data {
            config.data = data.to_string();
        }
        Ok(config)
    }
}

/// All that is wrong with the settings; what comes from the environment names its variable.
fn say(errors: figment::Error, in_environment: &[String]) -> String {
    let said = errors.into_iter().map(|e| {
        let mut keys = e.path.clone();
        if let Kind::UnknownField(field, _) = &e.kind
            && keys.last() != Some(field)
        {
            keys.push(field.clone());
        }
        match in_environment.contains(&keys.join(".")) {
            true => format!("{PREFIX}{}: {}", keys.join("__").to_uppercase(), e.kind),
            false => e.to_string(),
        }
    });
    said.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ecoop.toml");
        std::fs::write(&file, text).unwrap();
        Config::merge(None, Some(&file), Env::prefixed("ECOOP_OF_NO_ONE_"))
    }

    #[test]
    fn a_file_changes_what_it_names_and_nothing_else() {
        let config = read("[limits]\ncommit_rows = 7\n").unwrap();
        assert_eq!((config.limits.commit_rows, config.limits.commit_bytes), (7, Limits::default().commit_bytes));
        assert_eq!(config.data, DATA);
    }

    #[test]
    fn the_url_of_the_store_is_never_shown() {
        let config = read("[store]\nurl = \"postgres://ecoop:hunter2@db/ecoop\"\n").unwrap();
        assert_eq!(config.store.url.as_deref(), Some("postgres://ecoop:hunter2@db/ecoop"));
        assert!(!format!("{config:?}").contains("hunter2"), "{config:?}");
    }

    #[test]
    fn a_level_is_of_ecoop_and_its_libraries_only_warn() {
        let filter = |log: &str| Config { log: log.into(), ..Config::default() }.log_filter();
        assert!(filter("INFO").starts_with("warn,ecoop=info,engine=info,"), "{}", filter("INFO"));
        assert!(filter("error").starts_with("error,ecoop=error,") && filter("info").ends_with(QUIET));
        assert_eq!(filter("rdkafka=debug,warn"), "rdkafka=debug,warn");
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = read("[limits]\ncommit_row = 7\n").unwrap_err().to_string();
        assert!(error.contains("commit_row") && error.contains("commit_rows"), "{error}");
    }
}
