//! Applying files that are no communities: key files of an operator, series as CSV, and rows of regimes.

use engine::error::Result;
use engine::registry::Row;
use engine::table::Lake;

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::{Failure, Message};
use crate::registry::Current;
use crate::registry::series::{self, ReadByKeys, Stated};
use crate::store::{Applied, Names};

/// A file of values.
#[derive(Debug)]
pub struct Input {
    /// Its name without a folder: a key file says by it whose it is.
    pub name: String,
    pub text: String,
    pub stated: Stated,
}

/// What applying a file did.
#[derive(Debug)]
pub struct Done {
    /// `series spot`, `regimes`
    pub name: String,
    pub applied: Applied,
    /// What published runs have shared by other values.
    pub warnings: Vec<Message>,
}

/// Writes what a file holds to the store, in one transaction.
///
/// # Errors
/// User: what is wrong with the file, and the cure; else what failed around it.
pub async fn apply_series(actor: &Actor, place: &Installation, input: Input) -> Result<Done, Failure> {
    actor.must_operate()?;
    let store = &place.store;
    let current = Current::new(store.current_rows().await?);
    let (name, rows) = series::read(&input.name, &input.text, &input.stated, &current)?;
    let mut warnings = warnings(&place.lake, &input.name, &rows, &current).await?;
    warnings.extend(series::gaps(&input.name, &rows));
    let applied = store.apply_rows(actor.name(), &rows, &Names::default(), current.sequence()).await?;
    Ok(Done { name, applied, warnings })
}

/// Says when values change what published runs have shared by: the coefficients of a key that reads them.
async fn warnings(lake: &Lake, name: &str, rows: &[Row], current: &Current) -> Result<Vec<Message>> {
    let Some(read) = ReadByKeys::among(rows, current) else { return Ok(Vec::new()) };
    let Some(published) = lake.published().await? else { return Ok(Vec::new()) };
    let shared = lake.shared_spans(&published, &read.block.community_id, read.grid()).await?;
    Ok(read.warnings(name, &shared))
}
