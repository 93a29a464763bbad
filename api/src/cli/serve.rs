//! `ecoop serve`: readings in, results up to date, pages out, until it is told to end.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use engine::Error;

use super::{Failure, print, say};
use crate::installation::{self, Hold, Holder, Installation, Taken, demo_time, is_served};
use crate::service::{Kind, Part, Service, asked_to_end};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub addresses: Addresses,
    /// Only these parts, separated by commas; the others run in other processes
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    only: Vec<Part>,
    /// Wait while another process serves this folder, and take over within seconds when it ends
    #[arg(long)]
    standby: bool,
}

/// Where it listens.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct Addresses {
    /// Address of the pages [default: 127.0.0.1:8080]
    #[arg(long, value_name = "HOST:PORT")]
    listen: Option<String>,
    /// Address of the metrics [default: 127.0.0.1:9464]
    #[arg(long, value_name = "HOST:PORT")]
    admin_listen: Option<String>,
}

impl Addresses {
    /// Puts them over those of the configuration.
    pub fn over(self, config: &mut crate::config::Config) {
        let web = &mut config.web;
        web.listen = self.listen.unwrap_or_else(|| std::mem::take(&mut web.listen));
        web.admin_listen = self.admin_listen.unwrap_or_else(|| std::mem::take(&mut web.admin_listen));
    }
}

/// Serves until Ctrl-C or SIGTERM.
pub async fn run(args: Args, mut config: crate::config::Config) -> Result<(), Failure> {
    args.addresses.over(&mut config);
    let folder = installation::folder(&config)?;
    if demo_time(&folder)?.is_some() {
        let folder = folder.display();
        return Err(Error::user(format!("{folder} is a demo with a time of its own; start it by `ecoop demo`")).into());
    }
    let parts = if args.only.is_empty() { Part::all() } else { args.only.into_iter().collect::<BTreeSet<_>>() };
    // Any number of processes may take readings in or show pages; one computes.
    let hold = match (parts.contains(&Part::Jobs), args.standby) {
        (true, standby) => match hold(&folder, standby).await? {
            Some(hold) => Some(hold),
            None => return Ok(()),
        },
        (false, true) => {
            let text = "--standby waits for the part `jobs`, which --only leaves out: take one of both away";
            return Err(Error::user(text).into());
        }
        (false, false) => None,
    };
    let installation = Installation::open(config).await?;
    if let Some(before) = hold.as_ref().and_then(|hold| hold.before.as_ref()) {
        // It has ended, whatever it still seems to hold.
        tracing::info!("{} was served before by {before}", installation.folder.display());
        installation.store.free(&before.to_string()).await?;
    }
    if parts.contains(&Part::Ingest) && installation.config.kafka.is_none() {
        say("no [kafka] in the configuration: readings come by `ecoop ingest` only");
    }
    let service = Service::start(&installation, &parts, Kind::real()).await?;
    ready(&service)?;
    let ended = service.until(asked_to_end()).await;
    installation.store.close().await;
    Ok(ended?)
}

/// How often who stands by looks whether the other has ended.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Takes the right to serve the folder, or waits for it; `None` when the waiting was ended.
pub async fn hold(folder: &Path, standby: bool) -> engine::Result<Option<Hold>> {
    let mut told = None;
    let end = asked_to_end();
    tokio::pin!(end);
    loop {
        let by = match Hold::take(folder)? {
            Taken::Ours(hold) => return Ok(Some(hold)),
            Taken::By(by) if standby => by,
            Taken::By(by) => return Err(is_served(folder, by.as_ref())),
        };
        if told != Some(by.clone()) {
            let by = by.as_ref().map_or_else(|| "another process".to_string(), Holder::to_string);
            say(format_args!("standing by: {} is served by {by}", folder.display()));
        }
        told = Some(by);
        tokio::select! {
            () = &mut end => return Ok(None),
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// The one line that says where it answers.
pub fn ready(service: &Service) -> Result<(), Failure> {
    say(format_args!("metrics http://{}/metrics", service.admin));
    print(&match service.listen {
        Some(address) => format!("ready http://localhost:{}\n", address.port()),
        None => "ready\n".to_string(),
    })
}
