//! `ecoop manual DIR`: for who packs the program.

use std::path::PathBuf;

use engine::Error;

use super::Failure;

#[derive(clap::Args)]
pub struct Args {
    /// Folder that is to have a manual page of each command
    folder: PathBuf,
}

/// Writes a page of the manual for `command` and for each of its commands.
pub fn run(args: &Args, command: clap::Command) -> Result<(), Failure> {
    let folder = args.folder.display();
    clap_mangen::generate_to(command, &args.folder)
        .map_err(|e| Error::environment(format!("cannot write manual pages to {folder}"), e).into())
}
