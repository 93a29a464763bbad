//! `ecoop completions SHELL`.

use clap::CommandFactory;

use super::{Cli, Failure, print};

#[derive(clap::Args)]
pub struct Args {
    /// The shell that is to complete `ecoop`
    shell: clap_complete::Shell,
}

/// Prints the script that a shell completes by.
pub fn run(args: &Args) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "ecoop", &mut script);
    print(&String::from_utf8_lossy(&script))
}
