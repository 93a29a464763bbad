//! The command line. One command, one file; a command takes what it needs from the [`Installation`].
//!
//! Exit codes: 0 done, 1 failed, 2 usage, 78 bad configuration.

mod apply;
mod audit;
mod bill;
mod check;
mod completions;
mod demo;
mod export;
mod failure;
mod ingest;
mod lake;
mod manual;
mod output;
mod progress;
mod replay;
mod report;
mod run;
mod serve;
mod simulate;
mod sql;
mod trace;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::auth::Actor;
use crate::config::{Config, LogFormat};
use crate::installation::Installation;

pub use failure::Failure;
use output::{json, print, say};

/// Who works by the command line, as the registry's chain of changes names them.
const OPERATOR: &str = "command line";

/// Energy communities: metering, sharing, bills and pages in one program.
#[derive(Parser)]
#[command(name = "ecoop", version, about, max_term_width = 110, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Where the installation is.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct Place {
    /// Folder of the installation: tables, registry, settings [default: ./ecoop-data]
    #[arg(long, global = true, value_name = "DIR|URL", help_heading = "Installation")]
    data: Option<String>,
    /// Configuration file [default: ecoop.toml in the folder of the installation, if there is one]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Installation")]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Show four communities with 13 months of history and a clock that runs
    Demo(demo::Args),
    /// Take readings in, keep results up to date, show pages
    Serve(serve::Args),
    /// Look whether the lake, the store and the broker are as they should be; names each file that is not
    Check(check::Args),
    /// Register a community from a file, or change it
    Apply(apply::Args),
    /// Take in files of readings
    Ingest(ingest::Args),
    /// Send the telemetry of simulated meters to a broker
    Simulate(simulate::Args),
    /// Compute what is pending, or a time anew
    Run(run::Args),
    /// Ask the tables
    Sql(sql::Args),
    /// Print a month of a community
    Report(report::Args),
    /// Freeze a settled month as its bill, or bill what is drafted to correct it
    Bill(bill::Args),
    /// Try a key or a tariff on the past: who would win and who would lose; nothing is stored
    Replay(replay::Args),
    /// Write files for others
    #[command(subcommand)]
    Export(export::Command),
    /// Open a statement line down to its readings
    Trace(trace::Args),
    /// Check the changes of the registry
    #[command(subcommand)]
    Audit(audit::Command),
    /// Look at the lake
    #[command(subcommand)]
    Lake(lake::Command),
    /// Print completions for a shell
    Completions(completions::Args),
    /// Write pages of the manual
    #[command(hide = true)]
    Manual(manual::Args),
}

/// Reads the command line, runs the command, gives its exit code.
pub fn main() -> ExitCode {
    // A reader that goes away (`ecoop sql ... | head`) is no failure of ours.
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            say(format_args!("error: cannot start threads: {e}"));
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say(format_args!("error: {failure}"));
            ExitCode::from(failure.code())
        }
    }
}

async fn dispatch(cli: Cli) -> Result<(), Failure> {
    match &cli.command {
        Command::Completions(args) => return completions::run(args, &mut Cli::command()),
        Command::Manual(args) => return manual::run(args, Cli::command()),
        _ => {}
    }
    let config = Config::load(cli.place.data.as_deref(), cli.place.config.as_deref())?;
    log(&config);
    let actor = Actor::operator(OPERATOR);
    let (command, place) = (cli.command, cli.place);
    match command {
        Command::Completions(_) | Command::Manual(_) => Ok(()),
        Command::Demo(args) => demo::run(args, place.data.as_deref(), config).await,
        Command::Serve(args) => serve::run(args, config).await,
        Command::Simulate(args) => simulate::run(args, &config).await,
        Command::Check(args) => check::run(args, config).await,
        command => {
            let makes_one = matches!(command, Command::Apply(_) | Command::Ingest(_));
            let opened =
                if makes_one { Installation::open(config).await } else { Installation::existing(config).await };
            let installation = opened?;
            let done = on(command, &actor, &installation).await;
            installation.store.close().await;
            done
        }
    }
}

/// What is done on an installation.
async fn on(command: Command, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    match command {
        Command::Apply(args) => apply::run(args, installation).await,
        Command::Ingest(args) => ingest::run(args, actor, installation).await,
        Command::Run(args) => run::run(args, actor, installation).await,
        Command::Sql(args) => sql::run(args, actor, installation).await,
        Command::Report(args) => report::run(args, actor, installation).await,
        Command::Bill(args) => bill::run(args, installation).await,
        Command::Replay(args) => replay::run(args, actor, installation).await,
        Command::Export(command) => export::run(command, actor, installation).await,
        Command::Trace(args) => trace::run(args, actor, installation).await,
        Command::Audit(command) => audit::run(command, installation).await,
        Command::Lake(command) => lake::run(command, actor, installation).await,
        // Those that need none were done before.
        Command::Completions(_)
        | Command::Manual(_)
        | Command::Demo(_)
        | Command::Serve(_)
        | Command::Simulate(_)
        | Command::Check(_) => Ok(()),
    }
}

/// Logs one line an event; colours are for people at a terminal.
fn log(config: &Config) {
    let filter = EnvFilter::try_new(config.log_filter()).unwrap_or_else(|_| EnvFilter::new("warn"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    // A line that cannot be written would else be an error that cannot be written, which ends the thread.
    let lines = lines.log_internal_errors(false);
    let _ = match config.log_format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}
