//! `ecoop export ...`: files for others, one command each.

mod keys;

use super::Failure;
use crate::auth::Actor;
use crate::installation::Installation;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Key files for the operator of the grid: what the adopted key gives, in percent of the production
    /// (ACC..._15_....txt)
    Keys(keys::Args),
}

/// Writes the files and says which.
pub async fn run(command: Command, actor: &Actor, installation: &Installation) -> Result<(), Failure> {
    match command {
        Command::Keys(args) => keys::run(args, actor, installation).await,
    }
}
