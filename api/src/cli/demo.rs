//! `ecoop demo`: four communities to look at, from one command.

use std::path::Path;
use std::sync::Arc;

use connectors::sinks::kafka::KafkaSink;
use connectors::sinks::mock::MockBroker;
use dashboards::figure::Origin;
use datasets::demo::Demo;
use engine::calendar::{QUARTER, rfc3339};
use engine::clock::{Clock, ManualClock, Micros};
use engine::{Error, Result};

use super::serve::{Addresses, hold, ready};
use super::{Failure, apply, say};
use crate::act;
use crate::act::apply::Settled;
use crate::act::ingest;
use crate::auth::Actor;
use crate::clock::SystemClock;
use crate::config::{Config, Kafka};
use crate::demo::{Inputs, TOPIC, Ticker, Watermark, take_in};
use crate::installation::{Installation, demo_time, store_demo_time};
use crate::problem;
use crate::service::{Kind, Part, Service, asked_to_end};
use crate::worker::{self, Task};

/// Where the demonstration is when nobody says so.
const FOLDER: &str = "./ecoop-demo";
/// How far before the real time its clock starts.
const AGO: Micros = 14 * 96 * QUARTER;
/// Partitions of its topic.
const PARTITIONS: i32 = 2;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    addresses: Addresses,
}

/// Prepares what is missing, then serves until Ctrl-C.
pub async fn run(args: Args, data: Option<&str>, mut config: Config) -> Result<(), Failure> {
    if data.is_none() {
        config.data = FOLDER.into();
    }
    args.addresses.over(&mut config);
    let folder = Path::new(&config.data).to_path_buf();
    let Some(_hold) = hold(&folder, false).await? else { return Ok(()) };
    let (start, now) = begin(&folder)?;
    let clock = Arc::new(ManualClock::at(now));
    let demo = Arc::new(Demo::load().map_err(|e| Error::internal(e.to_string()))?);
    let broker = MockBroker::start(TOPIC, PARTITIONS)?;
    configure(&mut config, &broker);
    say(format_args!("simulated communities, in {}; their time is {}", folder.display(), rfc3339(now)));
    let inputs = Inputs::prepare(&folder, &demo, start)?;
    let sink = KafkaSink::open(&broker.brokers(), TOPIC, &Default::default())?;
    let installation = Installation::with_clock(config, clock.clone()).await?;
    for document in &inputs.documents {
        let (name, text) = (document.display().to_string(), apply::text_of(document)?);
        let input = act::apply::Input { name, text, community: None, settled: Settled::Follows };
        act::apply::apply(&Actor::operator("demo"), &installation, input).await?;
    }
    worker::perform(&installation, &Task::Copy).await?;
    let mut months = inputs.months;
    let actor = Actor::operator("demo");
    if installation.lake.published().await?.is_none() {
        // The running month first: the pages have something to show, and the past follows while they answer.
        for file in months.drain(..1).flatten() {
            ingest::act(&actor, &installation, ingest::Input::of(&file)).await?;
        }
        worker::perform(&installation, &Task::Pending).await?;
    }
    let committed = Arc::new(Watermark::default());
    let counted = Arc::clone(&committed);
    let kind = Kind { on_commit: Arc::new(move |c| counted.add(c.accepted + c.rejected)), origin: Some(Origin::Demo) };
    let mut service = Service::start(&installation, &Part::all(), kind).await?;
    let shutdown = service.shutdown();
    let ticker = Ticker { demo, clock, folder, sink, committed };
    service.add(ticker.run(shutdown.clone()));
    service.add(
        async move { take_in(&actor, &installation, months, shutdown).await.map_err(problem::Failure::into_error) },
    );
    ready(&service)?;
    service.until(asked_to_end()).await?;
    drop(broker);
    Ok(())
}

/// A broker of this process is another one each time, and its readings are to be seen at once.
fn configure(config: &mut Config, broker: &MockBroker) {
    let mut kafka = Kafka::of(broker.brokers(), TOPIC);
    kafka.cluster = Some(format!("demo-{:x}", SystemClock.now()));
    kafka.commit_interval_ms = 500;
    config.kafka = Some(kafka);
    config.jobs.every_seconds = 1;
}

/// Start and present of the demonstration's time; both begin now in a folder that is new.
fn begin(folder: &Path) -> Result<(Micros, Micros)> {
    let started = folder.join("demo-start");
    if let Some(now) = demo_time(folder)? {
        let text = std::fs::read_to_string(&started)
            .map_err(|e| Error::environment(format!("cannot read {}", started.display()), e))?;
        let start = engine::calendar::parse_rfc3339(text.trim())
            .ok_or_else(|| Error::user(format!("{} holds no instant: `{}`", started.display(), text.trim())))?;
        return Ok((start, now));
    }
    if folder.join("store.sqlite").exists() || folder.join("lake").exists() {
        return Err(Error::user(format!(
            "{} holds an installation that is no demo; name another folder by --data",
            folder.display()
        )));
    }
    std::fs::create_dir_all(folder)
        .map_err(|e| Error::environment(format!("cannot create {}", folder.display()), e))?;
    let real = SystemClock.now();
    let start = real - real.rem_euclid(QUARTER) - AGO;
    std::fs::write(&started, rfc3339(start))?;
    store_demo_time(folder, start)?;
    Ok((start, start))
}
