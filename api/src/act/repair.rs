//! Puts files of the lake right from what they were made of: results from the readings, master data from the store. A
//! file is what it was, byte for byte, or it is left as it is.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use chrono::NaiveDate;
use engine::calendar::{month_of, next_month};
use engine::error::Damage;
use engine::schema::Table;
use engine::table::{DataFile, Lake, NoFence, Published};
use engine::{Error, Result};

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::Failure;

/// Rows of the registry that are read at a time.
const ROWS: u32 = 10_000;

/// What was done.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Done {
    /// Files that were read.
    pub files: usize,
    /// Files that are whole again.
    pub mended: Vec<String>,
    /// What is left.
    pub damages: Vec<Damage>,
}

/// Reads every file, and mends what it can. What opening the lake puts right is right already.
///
/// # Errors
/// Environment, when lake or store do not answer.
pub async fn act(actor: &Actor, place: &Installation) -> Result<Done, Failure> {
    actor.must_operate()?;
    let lake = &place.lake;
    let mut done = Done::default();
    let mut damaged = Vec::new();
    for (table, file) in lake.current_files().await? {
        done.files += 1;
        if lake.scrub(table, &file).await?.is_some() {
            damaged.push((table, file));
        }
    }
    // Results are computed from master data: those come first.
    damaged.sort_by_key(|(table, _)| !Table::MASTER.contains(table));
    mend_masters(place, &damaged).await?;
    if let Some(published) = lake.published().await? {
        mend_results(place, &published, &damaged).await?;
    }
    for (table, file) in damaged {
        match lake.scrub(table, &file).await? {
            None => done.mended.push(format!("{}/{}", table.name(), file.path)),
            Some(damage) => done.damages.push(damage),
        }
    }
    place.note_versions(true).await?;
    Ok(done)
}

async fn mend_masters(place: &Installation, damaged: &[(Table, DataFile)]) -> Result<()> {
    let masters: Vec<_> = damaged.iter().filter(|(table, _)| Table::MASTER.contains(table)).collect();
    if masters.is_empty() {
        return Ok(());
    }
    let (mut rows, mut at) = (Vec::new(), 0);
    loop {
        let page = place.store.rows_after(at, ROWS).await?;
        let Some(last) = page.last() else { break };
        at = last.sequence;
        rows.extend(page);
    }
    for (table, file) in masters {
        place.lake.rewrite_master(*table, file, &rows).await?;
    }
    Ok(())
}

/// Computes the months of damaged files once more, as they were published, beside the lake.
async fn mend_results(place: &Installation, published: &Published, damaged: &[(Table, DataFile)]) -> Result<()> {
    let results: Vec<_> = damaged.iter().filter(|(table, _)| Table::RESULTS.contains(table)).collect();
    let months: BTreeSet<(String, NaiveDate)> =
        results.iter().filter_map(|(_, file)| Some((file.partition.clone(), month(file)?))).collect();
    for (community, month) in months {
        let folder = tempfile::tempdir_in(&place.folder)?;
        let root = url::Url::from_directory_path(folder.path())
            .map_err(|()| Error::internal("a temporary folder has no address"))?;
        let lake = Lake::open(&root, HashMap::new()).await?;
        let worker = engine::job::Worker { lake, ..place.worker(Arc::new(NoFence)) };
        let range = Some((month, next_month(month)));
        match worker.recompute(&place.lake, published, Some(&community), range).await {
            Ok(_) => {}
            // What it is computed from is damaged too, and is told.
            Err(e) if e.damage().is_some() => continue,
            Err(e) => return Err(e),
        }
        for (table, file) in results.iter().filter(|(_, file)| file.partition == community) {
            place.lake.put_back(*table, file, &worker.lake).await?;
        }
    }
    Ok(())
}

/// The month that a file of results holds a part of.
fn month(file: &DataFile) -> Option<NaiveDate> {
    let window = file.window();
    window.parse().ok().or_else(|| format!("{window}-01").parse().ok()).map(month_of)
}
