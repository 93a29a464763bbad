//! `ecoop demo`: four communities to look at, from one command.

use std::path::Path;
use std::sync::Arc;

use datasets::demo::Demo;
use engine::calendar::QUARTER;
use engine::clock::{Clock, ManualClock, Micros};
use engine::{Error, Result};

use super::serve::{Addresses, ready};
use super::{Failure, apply, ingest, print};
use crate::clock::SystemClock;
use crate::config::Config;
use crate::demo::Inputs;
use crate::installation::{Installation, demo_time, store_demo_time};
use crate::service::{Part, Service, asked_to_end};
use crate::worker::{self, Task};

/// Where the demonstration is when nobody says so.
const FOLDER: &str = "./ecoop-demo";
/// How far before the real time its clock starts.
const AGO: Micros = 14 * 96 * QUARTER;

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
    let start = begin(&folder)?;
    let clock = Arc::new(ManualClock::at(start));
    let demo = Arc::new(Demo::load().map_err(|e| Error::internal(e.to_string()))?);
    let t = std::time::Instant::now();
    let inputs = Inputs::prepare(&folder, &demo, start)?;
    eprintln!("prepare {:?}", t.elapsed());
    let installation = Installation::with_clock(config, clock.clone()).await?;
    for document in &inputs.documents {
        apply::apply_file(&installation.store, "demo", document).await.map_err(|e| Failure::Said(e.to_string()))?;
    }
    worker::perform(&installation, &Task::Copy).await?;
    eprintln!("apply {:?}", t.elapsed());
    for month in &inputs.months {
        for file in month {
            ingest::take_file(&installation, file, None).await?;
        }
        eprintln!("ingest {:?}", t.elapsed());
        worker::perform(&installation, &Task::Pending).await?;
        eprintln!("compute {:?}", t.elapsed());
    }
    let service = Service::start(&installation, &Part::all(), Arc::new(|_| {})).await?;
    ready(&service)?;
    Ok(service.until(asked_to_end()).await?)
}

/// The time of the demonstration: where it stood, or its start in a folder that is new.
fn begin(folder: &Path) -> Result<Micros> {
    if let Some(stands) = demo_time(folder)? {
        return Ok(stands);
    }
    if folder.join("store.sqlite").exists() || folder.join("lake").exists() {
        return Err(Error::user(format!(
            "{} holds an installation that is no demo; name another folder by --data",
            folder.display()
        )));
    }
    std::fs::create_dir_all(folder)
        .map_err(|e| Error::environment(format!("cannot create {}", folder.display()), e))?;
    let now = SystemClock.now();
    let start = now - now.rem_euclid(QUARTER) - AGO;
    store_demo_time(folder, start)?;
    Ok(start)
}
