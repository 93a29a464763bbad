//! Kafka into the lake, for as long as the service runs.
//!
//! Whatever fails, the source is opened anew and goes on where the table stands: nothing that is pending is worth more
//! than what the table and the broker hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use connectors::decoders::JsonDecoder;
use connectors::sources::kafka::{KafkaSettings, KafkaSource};
use engine::ingest::{Committed, Intake, Limits, Positions, SourceEvent, Stopped};
use engine::schema::Table;
use engine::table::Lake;
use engine::{Error, Result};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::config::Kafka;
use crate::health::{Backoff, Health, one_line};
use crate::installation::Installation;

/// How often age is looked at.
const TICK: Duration = Duration::from_millis(50);
/// For how long nothing comes when what came last is not waited for any longer.
const QUIET: Duration = Duration::from_millis(50);
/// How often it is asked whether master data changed.
const DOOR_EVERY: Duration = Duration::from_secs(1);
/// Waits after failures, one after the other; the last one stays.
const BACK_OFF: [Duration; 4] =
    [Duration::from_millis(100), Duration::from_millis(500), Duration::from_secs(2), Duration::from_secs(10)];
/// What lasted this long did not fail at the start.
const STEADY: Duration = Duration::from_secs(30);

/// As many sources that stand still are named where it is asked how the service does.
const TOLD: usize = 3;
/// The loop turns at each tick; a commit takes seconds at most.
const STILL: Duration = Duration::from_secs(60);

/// Told of every commit.
pub type OnCommit = Arc<dyn Fn(&Committed) + Send + Sync>;

/// Takes readings in until the service ends.
pub async fn run(
    installation: Installation,
    kafka: Kafka,
    health: Arc<Health>,
    on_commit: OnCommit,
    mut shutdown: watch::Receiver<bool>,
) {
    let mut failures = 0;
    let mut told = Backoff::new("taking readings in", BACK_OFF[0], BACK_OFF[3]);
    while !*shutdown.borrow() {
        let started = Instant::now();
        let Err(e) = take_in(&installation, &kafka, &health, &on_commit, &mut shutdown).await else { return };
        metrics::counter!("ecoop_ingest_failures_total").increment(1);
        if started.elapsed() > STEADY {
            told.works();
        }
        let _ = told.failed(&e);
        health.ended("ingest");
        health.set("ingest", Some(one_line(&e)));
        failures = if started.elapsed() > STEADY { 0 } else { failures + 1 };
        let wait = BACK_OFF[failures.min(BACK_OFF.len() - 1)];
        let _ = tokio::time::timeout(wait, ended(&mut shutdown)).await;
    }
}

/// Takes in until the service ends, or something fails.
async fn take_in(
    installation: &Installation,
    kafka: &Kafka,
    health: &Health,
    on_commit: &OnCommit,
    shutdown: &mut watch::Receiver<bool>,
) -> Result<()> {
    let mut source = open(installation, kafka).await?;
    let mut stream = Stream::new(installation, kafka).await?;
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut door_at = Instant::now();
    let mut stopped = StandStill::of(installation).await?;
    health.set("ingest", None);
    health.set_kafka(source.health());
    loop {
        health.moves("ingest", STILL);
        let turn = tokio::select! {
            biased;
            () = ended(shutdown) => Turn::End,
            _ = tick.tick() => Turn::Tick,
            event = source.next() => Turn::Event(event),
        };
        let committed = match turn {
            Turn::End => {
                health.ended("ingest");
                tell(&source, on_commit, &stream.commit().await?);
                return Ok(());
            }
            Turn::Tick if door_at.elapsed() >= DOOR_EVERY => {
                door_at = Instant::now();
                stream.renew_door(installation).await?
            }
            Turn::Tick => stream.commit_if_due().await?,
            Turn::Event(Some(SourceEvent::Batch(batch))) => {
                stream.take(&batch).await?;
                stream.commit_if_due().await?
            }
            Turn::Event(Some(SourceEvent::Revoked(sources))) => {
                stream.intake.drop_sources(&sources);
                stopped.forget(&sources);
                stopped.tell(health);
                None
            }
            Turn::Event(Some(SourceEvent::Stopped(source))) => {
                // What came of it before is committed now: it is looked for again from where the table stands.
                let committed = stream.commit().await?;
                stopped.stand(installation, health, source).await?;
                Some(committed)
            }
            Turn::Event(Some(SourceEvent::Begun(source))) => {
                stopped.go_on(installation, health, &source).await?;
                None
            }
            Turn::Event(None) => return Err(Error::environment("the Kafka consumer ended", "see the log")),
        };
        if let Some(committed) = committed {
            tell(&source, on_commit, &committed);
            tracing::info!(accepted = committed.accepted, rejected = committed.rejected, "readings taken in");
            installation.news.taken.notify_one();
        }
    }
}

/// What comes next.
enum Turn {
    End,
    Tick,
    Event(Option<SourceEvent>),
}

async fn ended(shutdown: &mut watch::Receiver<bool>) {
    let _ = shutdown.wait_for(|stop| *stop).await;
}

fn tell(source: &KafkaSource, on_commit: &OnCommit, committed: &Committed) {
    source.ack(&committed.positions);
    on_commit(committed);
}

/// Sources that stand still, for whoever asks how the service does and for the store.
struct StandStill {
    /// Of these the store says so, whoever found it.
    noted: BTreeSet<String>,
    /// Of those that are ours: why.
    ours: BTreeMap<String, String>,
}

impl StandStill {
    async fn of(installation: &Installation) -> Result<Self> {
        let noted = installation.store.stopped_sources().await?.into_iter().map(|s| s.source).collect();
        Ok(Self { noted, ours: BTreeMap::new() })
    }

    async fn stand(&mut self, installation: &Installation, health: &Health, stopped: Stopped) -> Result<()> {
        installation.store.source_stopped(&stopped).await?;
        self.noted.insert(stopped.source.clone());
        self.ours.insert(stopped.source, stopped.why);
        self.tell(health);
        Ok(())
    }

    async fn go_on(&mut self, installation: &Installation, health: &Health, source: &str) -> Result<()> {
        if self.noted.remove(source) {
            installation.store.source_goes_on(source).await?;
        }
        if self.ours.remove(source).is_some() {
            self.tell(health);
        }
        Ok(())
    }

    /// They belong to another process now.
    fn forget(&mut self, sources: &[String]) {
        for source in sources {
            self.ours.remove(source);
        }
    }

    fn tell(&self, health: &Health) {
        let mut said: Vec<String> =
            self.ours.iter().take(TOLD).map(|(source, why)| format!("{source} stands still: {why}")).collect();
        if self.ours.len() > TOLD {
            said.push(format!("and {} more; `ecoop lake info` names all", self.ours.len() - TOLD));
        }
        health.set("ingest", (!said.is_empty()).then(|| said.join("; ")));
    }
}

/// An intake with the real age of what is pending: a demonstration's clock jumps.
struct Stream {
    intake: Intake,
    decoder: JsonDecoder,
    interval: Duration,
    oldest: Option<Instant>,
    newest: Option<Instant>,
    committed: Option<Instant>,
    /// Sequence of the registry that the door knows.
    registry: i64,
}

impl Stream {
    async fn new(installation: &Installation, kafka: &Kafka) -> Result<Self> {
        let limits = &installation.config.limits;
        let limits = Limits { age: i64::MAX, rows: limits.commit_rows, bytes: limits.commit_bytes };
        let registry = installation.lake.registry_sequence().await?;
        let door = installation.door().await?;
        Ok(Self {
            intake: Intake::new(installation.lake.clone(), installation.clock.clone(), door, limits),
            // The source has cut what is larger.
            decoder: JsonDecoder::with_max_bytes(usize::MAX),
            interval: Duration::from_millis(kafka.commit_interval_ms),
            oldest: None,
            newest: None,
            committed: None,
            registry,
        })
    }

    async fn take(&mut self, batch: &engine::ingest::FrameBatch) -> Result<()> {
        self.intake.take(batch, &mut self.decoder).await?;
        self.oldest.get_or_insert_with(Instant::now);
        self.newest = Some(Instant::now());
        Ok(())
    }

    async fn commit_if_due(&mut self) -> Result<Option<Committed>> {
        let aged = self.oldest.is_some_and(|at| at.elapsed() >= self.interval);
        if aged || self.is_alone() || self.intake.is_due() { self.commit().await.map(Some) } else { Ok(None) }
    }

    /// A reading that comes after a pause, a correction above all, does not wait for others. Commits are no closer to
    /// each other for that.
    fn is_alone(&self) -> bool {
        let waits = self.oldest.is_some() && self.newest.is_some_and(|at| at.elapsed() >= QUIET);
        waits && self.committed.is_none_or(|at| at.elapsed() >= self.interval)
    }

    async fn commit(&mut self) -> Result<Committed> {
        self.oldest = None;
        self.committed = Some(Instant::now());
        self.intake.commit().await
    }

    /// Learns of new points. What the old door refused is committed first, so that the replay finds it.
    async fn renew_door(&mut self, installation: &Installation) -> Result<Option<Committed>> {
        let registry = installation.lake.registry_sequence().await?;
        if registry == self.registry {
            return self.commit_if_due().await;
        }
        let committed = self.commit().await?;
        self.intake.set_door(installation.door().await?);
        self.registry = registry;
        Ok(Some(committed))
    }
}

/// The settings of the source.
pub fn settings(kafka: &Kafka) -> KafkaSettings {
    KafkaSettings {
        brokers: kafka.brokers.clone(),
        topic: kafka.topic.clone(),
        group: kafka.group.clone(),
        cluster: kafka.cluster.clone(),
        queue_bytes: kafka.queue_bytes,
        message_bytes: kafka.message_bytes,
        options: kafka.options.clone(),
    }
}

async fn open(installation: &Installation, kafka: &Kafka) -> Result<KafkaSource> {
    let settings = settings(kafka);
    let positions = Arc::new(OfTable { lake: installation.lake.clone(), runtime: Handle::current() });
    let opened = tokio::task::spawn_blocking(move || KafkaSource::open(&settings, positions));
    opened.await.map_err(|e| Error::internal(format!("opening the Kafka source: {e}")))?
}

/// Positions as the log of `readings_raw` holds them.
struct OfTable {
    lake: Arc<Lake>,
    runtime: Handle,
}

impl Positions for OfTable {
    fn next_offsets(&self, sources: &[String]) -> Result<Vec<Option<i64>>> {
        self.runtime.block_on(async {
            let raw = self.lake.snapshot(Table::ReadingsRaw).await?;
            let mut positions = Vec::with_capacity(sources.len());
            for source in sources {
                positions.push(raw.position(source).await?);
            }
            Ok(positions)
        })
    }
}
