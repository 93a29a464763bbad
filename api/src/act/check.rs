//! Proves that lake and store are what was written, without changing anything.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use engine::Result;
use engine::error::Damage;
use engine::registry::SequencedRow;
use engine::schema::Table;
use engine::table::digest::of_bytes;
use engine::table::{Depth, Survey, survey};

use crate::config::Config;
use crate::installation::{Installation, Places, places};
use crate::store::Store;

/// Rows of the registry that are compared at a time.
const ROWS: u32 = 10_000;

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The file of the settings, and its SHA-256: what is in it is the operator's, and can only be shown.
    pub settings: Option<(PathBuf, String)>,
    pub root: String,
    pub lake: Survey,
    /// What could be looked at only in a lake and a store that are whole.
    pub registry: Option<Registered>,
    pub damages: Vec<Damage>,
}

/// The registry, the same in store and lake.
#[derive(Debug, PartialEq, Eq)]
pub struct Registered {
    pub communities: usize,
    pub metering_points: usize,
    pub changes: i64,
    /// Changes that the worker has not copied to the lake yet.
    pub waiting: i64,
}

/// Looks. `told` hears of the bytes of each file.
///
/// # Errors
/// User, when there is no installation; environment, when the storage does not answer.
pub async fn act(config: Config, depth: Depth, told: &(dyn Fn(u64) + Sync)) -> Result<Found> {
    let Places { root, store } = places(&config)?;
    let settings = match &config.file {
        Some(file) => Some((file.clone(), of_bytes(&std::fs::read(file)?))),
        None => None,
    };
    let mut found = Found { settings, root: root.to_string(), ..Found::default() };
    found.lake = survey(&root, &HashMap::new(), depth, told).await?;
    found.damages = std::mem::take(&mut found.lake.damages);
    if let Some(file) = &store {
        found.damages.extend(Store::look(file)?);
        if !file.exists() {
            found.damages.push(missing(file));
        }
    }
    if !found.damages.is_empty() {
        return Ok(found);
    }
    match Installation::existing(config).await {
        Ok(installation) => {
            let compared = compare(&installation, &mut found).await;
            installation.store.close().await;
            match compared {
                Err(e) if e.damage().is_none() => return Err(e),
                Err(e) => found.damages.extend(e.damage().cloned()),
                Ok(()) => {}
            }
        }
        Err(e) => match e.damage() {
            Some(damage) => found.damages.push(damage.clone()),
            None => return Err(e),
        },
    }
    Ok(found)
}

fn missing(file: &std::path::Path) -> Damage {
    Damage {
        table: "store".into(),
        file: file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        what: "is missing".into(),
        cure: "put store and lake back from a copy of the installation's folder, both of the same moment".into(),
    }
}

/// Store against lake, and each against what it says of itself.
async fn compare(installation: &Installation, found: &mut Found) -> Result<()> {
    let (lake, store) = (&installation.lake, &installation.store);
    found.damages.extend(store.examine().await?);
    found.damages.extend(behind(installation).await?);
    let in_lake: BTreeMap<i64, SequencedRow> =
        lake.registry_rows().await?.into_iter().map(|row| (row.sequence, row)).collect();
    let upto = lake.registry_sequence().await?;
    let (mut at, mut different) = (0, Vec::new());
    while at < upto {
        let rows = store.rows_after(at, ROWS).await?;
        let Some(last) = rows.last() else { break };
        at = last.sequence;
        for row in rows.iter().filter(|row| row.sequence <= upto) {
            if in_lake.get(&row.sequence).is_none_or(|copy| copy.row != row.row) {
                different.push((row.sequence, row.row.table()));
            }
        }
    }
    if let Some((sequence, table)) = different.first() {
        let n = different.len();
        found.damages.push(Damage {
            table: (*table).into(),
            file: "rows of the registry".into(),
            what: format!("are not those of the store: {n} differ, the first is change {sequence}"),
            cure: "put store and lake back from a copy of the installation's folder, both of the same moment".into(),
        });
    }
    let registry = lake.registry().await?;
    let changes = store.last_sequence().await?;
    found.registry = Some(Registered {
        communities: registry.communities.len(),
        metering_points: registry.metering_points.len(),
        changes,
        waiting: changes - upto,
    });
    Ok(())
}

/// Logs that end before the version that the store has seen: entries at their end are gone without another trace.
///
/// # Errors
/// Environment, when lake or store do not answer.
pub async fn behind(installation: &Installation) -> Result<Vec<Damage>> {
    let mut seen = installation.seen_versions().await?;
    if let Some(published) = installation.lake.published().await? {
        let raw = (Table::ReadingsRaw.name().to_string(), published.inputs.readings_raw);
        for (name, version) in published.versions.into_iter().chain([raw]) {
            let seen = seen.entry(name).or_insert(version);
            *seen = version.max(*seen);
        }
    }
    let mut found = Vec::new();
    for (name, version) in seen {
        let Some(table) = Table::parse(&name) else { continue };
        let last = installation.lake.snapshot(table).await?.version();
        if last < version {
            found.push(Damage {
                table: name,
                file: format!("_delta_log/{version:020}.json"),
                what: format!("is missing: the log ends at version {last}, and was at {version}"),
                cure:
                    "put lake and store back from a copy of the installation's folder, both of the same moment; when \
                       that is what was done, `ecoop lake repair` takes the lake as it is"
                        .into(),
            });
        }
    }
    Ok(found)
}
