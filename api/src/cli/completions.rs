//! `ecoop completions SHELL`.

use super::{Failure, print};

#[derive(clap::Args)]
pub struct Args {
    /// The shell that is to complete `ecoop`
    shell: clap_complete::Shell,
}

/// Prints the script that a shell completes the words of `command` by.
pub fn run(args: &Args, command: &mut clap::Command) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "ecoop", &mut script);
    print(&String::from_utf8_lossy(&script))
}
