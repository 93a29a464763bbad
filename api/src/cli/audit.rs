//! `ecoop audit verify`: whether the changes of the registry are as they were written.

use super::{Failure, print};
use crate::installation::Installation;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Check the chain of changes against what the store holds
    Verify,
}

/// Runs a subcommand; fails when something does not fit.
pub async fn run(command: Command, installation: &Installation) -> Result<(), Failure> {
    let Command::Verify = command;
    let report = installation.store.audit_verify().await?;
    if !report.problems.is_empty() {
        return Err(Failure::Said(format!("the chain of changes is broken:\n{}", report.problems.join("\n"))));
    }
    let (id, head) = (installation.store.id().await?, report.head);
    let end = if head.hash.is_empty() { "empty".to_string() } else { format!("ends at {}", head.hash) };
    print(&format!("store {id}: {} changes, {} erased; the chain fits and {end}\n", head.sequence, report.erased))
}
