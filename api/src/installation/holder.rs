//! Who serves an installation: one process at a time computes its tables for as long as it runs.
//!
//! The right is a lock on a file in the folder, which the system takes back when its holder ends, however it ends. What
//! stands in the file says who that is.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::sync::OnceLock;

use engine::calendar::rfc3339;
use engine::clock::Clock;
use engine::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::clock::SystemClock;

/// The file that the one who serves has locked.
const FILE: &str = "serve.lock";

/// A process on some machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    process: u32,
    host: String,
    since: String,
}

impl Holder {
    /// This process.
    pub fn me() -> &'static Self {
        static ME: OnceLock<Holder> = OnceLock::new();
        ME.get_or_init(|| {
            let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
            let host = if host.trim().is_empty() { "an unnamed machine" } else { host.trim() };
            let now = SystemClock.now();
            Self { process: std::process::id(), host: host.to_string(), since: rfc3339(now - now.rem_euclid(1000)) }
        })
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {} since {}", self.process, self.host, self.since)
    }
}

/// The right to serve, until it is dropped or the process ends.
#[derive(Debug)]
pub struct Hold {
    _file: File,
    /// Who had it before, and has ended.
    pub before: Option<Holder>,
}

/// What an attempt to take the right gives.
#[derive(Debug)]
pub enum Taken {
    Ours(Hold),
    /// Somebody else has it; who that is is not known in the moment in which they take it.
    By(Option<Holder>),
}

impl Hold {
    /// Takes the right to serve what is in a folder, if nobody has it.
    ///
    /// # Errors
    /// Environment, when the folder cannot be written or knows no locks.
    pub fn take(folder: &Path) -> Result<Taken> {
        let path = folder.join(FILE);
        let failed = |e| Error::environment(format!("cannot lock {}", path.display()), e);
        std::fs::create_dir_all(folder).map_err(failed)?;
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(failed)?;
        let locked = file.try_lock();
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        let named = serde_json::from_str(&text).ok();
        match locked {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Taken::By(named)),
            Err(TryLockError::Error(e)) => return Err(failed(e)),
        }
        file.set_len(0).map_err(failed)?;
        file.rewind().map_err(failed)?;
        let me = serde_json::json!(Holder::me()).to_string();
        file.write_all(me.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
        Ok(Taken::Ours(Hold { _file: file, before: named }))
    }
}

/// Why another process cannot serve the folder.
pub fn is_served(folder: &Path, by: Option<&Holder>) -> Error {
    let by = by.map_or_else(|| "another process".to_string(), Holder::to_string);
    Error::user(format!(
        "{} is served already, by {by}. End that one first, or start this one with --standby: it takes over when the \
        other ends",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_and_the_next_learns_who() {
        let folder = tempfile::tempdir().unwrap();
        let Taken::Ours(first) = Hold::take(folder.path()).unwrap() else { panic!("nobody has it") };
        assert_eq!(first.before, None);
        let Taken::By(by) = Hold::take(folder.path()).unwrap() else { panic!("it is taken") };
        assert_eq!(by.as_ref(), Some(Holder::me()));
        let said = is_served(folder.path(), by.as_ref()).to_string();
        assert!(said.contains(&format!("process {} on ", std::process::id())) && said.contains(" since 20"), "{said}");
        drop(first);
        let Taken::Ours(second) = Hold::take(folder.path()).unwrap() else { panic!("it is free again") };
        assert_eq!(second.before.as_ref(), Some(Holder::me()));
    }
}
