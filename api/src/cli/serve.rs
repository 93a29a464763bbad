//! `ecoop serve`: readings in, results up to date, pages out, until it is told to end.

use std::collections::BTreeSet;

use engine::Error;

use super::{Failure, print};
use crate::installation::{Installation, demo_time};
use crate::service::{Kind, Part, Service, asked_to_end};

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    pub addresses: Addresses,
    /// Only these parts, separated by commas; the others run in other processes
    #[arg(long, value_enum, value_delimiter = ',', value_name = "PART")]
    only: Vec<Part>,
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
    let installation = Installation::open(config).await?;
    if demo_time(&installation.folder)?.is_some() {
        let folder = installation.folder.display();
        return Err(Error::user(format!("{folder} is a demo with a time of its own; start it by `ecoop demo`")).into());
    }
    let parts = if args.only.is_empty() { Part::all() } else { args.only.into_iter().collect::<BTreeSet<_>>() };
    if parts.contains(&Part::Ingest) && installation.config.kafka.is_none() {
        eprintln!("no [kafka] in the configuration: readings come by `ecoop ingest` only");
    }
    let service = Service::start(&installation, &parts, Kind::real()).await?;
    ready(&service)?;
    let ended = service.until(asked_to_end()).await;
    installation.store.close().await;
    Ok(ended?)
}

/// The one line that says where it answers.
pub fn ready(service: &Service) -> Result<(), Failure> {
    eprintln!("metrics http://{}/metrics", service.admin);
    print(&match service.listen {
        Some(address) => format!("ready http://localhost:{}\n", address.port()),
        None => "ready\n".to_string(),
    })
}
