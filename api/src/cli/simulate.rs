//! `ecoop simulate`: the demonstration's telemetry, or that of any number of copies of its meters, to a real broker, as
//! it comes over bad lines.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use connectors::sinks::kafka::{KafkaSink, create_topic};
use datasets::MessageKind;
use datasets::simulate::{Points, Simulation, SimulationConfig};
use engine::Error;
use engine::calendar::{parse_day_or_instant, rfc3339};
use engine::clock::{Clock, Micros};
use engine::units::{ENERGY_SCALE, format_decimal};

use super::{Failure, print, progress, say};
use crate::clock::SystemClock;
use crate::config::{Config, Kafka};

/// How long the broker may take for the last messages.
const LAST_MESSAGES: Duration = Duration::from_secs(60);

#[derive(clap::Args)]
pub struct Args {
    /// Brokers [default: those of the configuration]
    #[arg(long, value_name = "HOST:PORT")]
    brokers: Option<String>,
    /// Topic; made when there is none [default: that of the configuration, meter.readings.v1]
    #[arg(long)]
    topic: Option<String>,
    /// Partitions of a topic that has to be made
    #[arg(long, default_value_t = 6)]
    partitions: i32,
    /// First day (UTC) or instant
    #[arg(long, value_name = "DAY|INSTANT")]
    from: String,
    /// How many days; it never sends what lies after the present
    #[arg(long, default_value_t = 1)]
    days: u32,
    /// How many times faster than the real time; 0 as fast as the broker takes it
    #[arg(long, default_value_t = 0.0)]
    speed: f64,
    /// The same seed sends the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Share of readings that come up to two days late, 0 to 1
    #[arg(long, default_value_t = 0.0)]
    late: f64,
    /// Share of readings that come twice
    #[arg(long, default_value_t = 0.0)]
    doubled: f64,
    /// Share of readings that are corrected afterwards
    #[arg(long, default_value_t = 0.0)]
    corrected: f64,
    /// Messages that no reading can be made of, as a share of the readings
    #[arg(long, default_value_t = 0.0)]
    broken: f64,
    /// As many meters as this, in communities of 500 [default: the meters of the demonstration]
    #[arg(long, value_name = "COUNT")]
    points: Option<usize>,
    /// Write the communities of these meters here, for `ecoop apply`, before anything is sent
    #[arg(long, value_name = "DIR")]
    documents: Option<PathBuf>,
    /// Write what must stand in the end here, as CSV
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
}

/// Sends, and says what was sent.
pub async fn run(args: Args, config: &Config) -> Result<(), Failure> {
    let from = parse_day_or_instant(chrono_tz::UTC, &args.from)
        .ok_or_else(|| Error::user(format!("--from {}: write a day like 2026-06-01", args.from)))?;
    if !args.speed.is_finite() || args.speed < 0.0 {
        return Err(Error::user(format!("--speed {}: write 0, or how many times faster", args.speed)).into());
    }
    let simulation = Simulation::new(SimulationConfig {
        seed: args.seed,
        points: args.points.map_or(Points::Demo, Points::Synthetic),
        from,
        quarters: args.days.saturating_mul(96),
        late: args.late,
        doubled: args.doubled,
        corrected: args.corrected,
        broken: args.broken,
    })
    .map_err(|e| Error::user(format!("--{e}")))?;
    if let Some(folder) = &args.documents {
        write_documents(&simulation, folder)?;
    }
    if let Some(file) = &args.truth {
        write_truth(&simulation, file)?;
    }
    let kafka = kafka(&args, config)?;
    if create_topic(&kafka.brokers, &kafka.topic, args.partitions, &kafka.options).await? {
        say(format_args!("made topic {} with {} partitions", kafka.topic, args.partitions));
    }
    let pace = Pace { from, started: Instant::now(), speed: args.speed };
    let sent = tokio::task::spawn_blocking(move || send(&simulation, &kafka, &pace));
    let sent = sent.await.map_err(|e| Error::internal(format!("sending: {e}")))??;
    print(&sent)
}

fn kafka(args: &Args, config: &Config) -> Result<Kafka, Error> {
    let configured = config.kafka.clone();
    let brokers = args.brokers.clone().or_else(|| configured.as_ref().map(|k| k.brokers.clone()));
    let brokers = brokers.ok_or_else(|| Error::user("--brokers is missing, and [kafka] of the configuration too"))?;
    let mut kafka = configured.unwrap_or_else(|| Kafka::of(brokers.clone(), "meter.readings.v1"));
    kafka.brokers = brokers;
    if let Some(topic) = &args.topic {
        kafka.topic.clone_from(topic);
    }
    Ok(kafka)
}

/// How fast simulated time runs.
struct Pace {
    from: Micros,
    started: Instant,
    speed: f64,
}

impl Pace {
    /// How long until a message of an instant is due; `None` when it lies beyond the present and need not be waited
    /// for.
    fn wait(&self, at: Micros) -> Option<Duration> {
        let now = SystemClock.now();
        if self.speed == 0.0 {
            return (at <= now).then_some(Duration::ZERO);
        }
        let since_start = Duration::from_micros(u64::try_from(at - self.from).unwrap_or(0));
        let due = since_start.div_f64(self.speed).saturating_sub(self.started.elapsed());
        let present = Duration::from_micros(u64::try_from(at - now).unwrap_or(0));
        Some(due.max(present))
    }
}

fn send(simulation: &Simulation, kafka: &Kafka, pace: &Pace) -> Result<String, Error> {
    let sink = KafkaSink::open(&kafka.brokers, &kafka.topic, &kafka.options)?;
    let step = progress::of_step("sending");
    let mut counts = BTreeMap::<&'static str, u64>::new();
    let mut last = pace.from;
    for message in simulation.messages() {
        let Some(wait) = pace.wait(message.at_micros) else { break };
        if !wait.is_zero() {
            sink.flush(LAST_MESSAGES)?;
            std::thread::sleep(wait);
        }
        sink.send(&message.key, &message.payload, message.at_micros)?;
        last = last.max(message.at_micros);
        let kind = match message.kind {
            MessageKind::First => "first",
            MessageKind::Doubled => "doubled",
            MessageKind::Correction => "corrections",
            MessageKind::Broken(_) => "broken",
        };
        *counts.entry(kind).or_default() += 1;
    }
    sink.flush(LAST_MESSAGES)?;
    step.finish_and_clear();
    let of_each: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    let total: u64 = counts.values().sum();
    Ok(format!("sent {total} messages to {}: {}, up to {}\n", kafka.topic, of_each.join(", "), rfc3339(last)))
}

fn write_documents(simulation: &Simulation, folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder)
        .map_err(|e| Error::environment(format!("--documents {}: cannot be made", folder.display()), e))?;
    for (n, document) in simulation.documents().iter().enumerate() {
        let file = folder.join(format!("community-{n:03}.toml"));
        std::fs::write(&file, document)
            .map_err(|e| Error::environment(format!("cannot write {}", file.display()), e))?;
    }
    Ok(())
}

fn write_truth(simulation: &Simulation, file: &Path) -> Result<(), Error> {
    let failed = |e| Error::environment(format!("cannot write {}", file.display()), e);
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).map_err(failed)?);
    writeln!(out, "metering_point_id,direction,interval_start,energy_kwh").map_err(failed)?;
    for t in simulation.truth() {
        let kwh = format_decimal(i128::from(t.energy_wh) * 1000, ENERGY_SCALE);
        let (id, direction, start) = (&t.metering_point_id, t.direction, rfc3339(t.interval_start));
        writeln!(out, "{id},{direction},{start},{kwh}").map_err(failed)?;
    }
    out.flush().map_err(failed)
}

#[cfg(test)]
mod tests {
    use engine::calendar::{QUARTER, SECOND};

    use super::*;

    #[test]
    fn time_runs_as_fast_as_asked_and_never_past_the_present() {
        let now = SystemClock.now();
        let pace = |speed, ago: Micros| Pace { from: now - ago, started: Instant::now(), speed };
        assert_eq!(pace(0.0, QUARTER).wait(now), Some(Duration::ZERO));
        assert_eq!(pace(0.0, QUARTER).wait(now + 60 * SECOND), None);
        let wait = pace(900.0, QUARTER).wait(now).unwrap();
        assert!((900..=1000).contains(&wait.as_millis()), "{wait:?}");
        let wait = pace(900.0, 0).wait(now + QUARTER).unwrap();
        assert!((890..=900).contains(&wait.as_secs()), "{wait:?}");
    }
}
