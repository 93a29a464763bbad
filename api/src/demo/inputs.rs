//! What the demonstration starts from: a file of master data per community, and a file of readings per community and
//! month, below `inputs` in its folder. Files that are there are not written again.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datasets::demo::Demo;
use engine::clock::Micros;
use engine::{Error, Result};

/// The prepared files.
#[derive(Debug)]
pub struct Inputs {
    /// Master data of each community.
    pub documents: Vec<PathBuf>,
    /// Readings by month, the newest first; each with the files of all communities.
    pub months: Vec<Vec<PathBuf>>,
}

impl Inputs {
    /// Prepares the files of a history that ends at `start`.
    ///
    /// # Errors
    /// Environment, when they cannot be written.
    pub fn prepare(folder: &Path, demo: &Arc<Demo>, start: Micros) -> Result<Self> {
        let folder = folder.join("inputs");
        let mut documents = Vec::new();
        let mut months = std::collections::BTreeMap::<String, Vec<PathBuf>>::new();
        for community in demo.communities() {
            let own = folder.join(community.id);
            std::fs::create_dir_all(&own)
                .map_err(|e| Error::environment(format!("cannot create {}", own.display()), e))?;
            let document = own.join("community.toml");
            whole(&document, |out| out.write_all(community.document.as_bytes()))?;
            documents.push(document);
            for month in demo.months(community, start) {
                // The running month is named by its end, so that a later demonstration does not take it for a whole
                // one.
                let until = if month.to < start { String::new() } else { format!("-until-{}", start / 1_000_000) };
                let file = own.join(format!("{}{until}.csv", month.label));
                if !file.exists() {
                    whole(&file, |out| demo.history(community, month.from, month.to, out).map(drop))?;
                }
                months.entry(month.label).or_default().push(file);
            }
        }
        Ok(Self { documents, months: months.into_values().rev().collect() })
    }
}

/// Writes a file that appears as a whole or not at all.
fn whole(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<()> {
    let part = path.with_extension("part");
    let done = File::create(&part).map(BufWriter::new).and_then(|mut out| {
        write(&mut out)?;
        out.flush()?;
        std::fs::rename(&part, path)
    });
    done.map_err(|e| Error::environment(format!("cannot write {}", path.display()), e))
}
