//! The file of a store between two programs: the last one to close it leaves its digest beside it, in words that
//! `sha256sum -c` reads, and the next one that opens it compares. While a program has it open there is no digest.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use engine::error::{Damage, Error, Result};
use engine::hash::hex;
use sha2::{Digest, Sha256};

use crate::store::database::damage;

/// What every SQLite file begins with.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn cannot(path: &Path) -> impl Fn(std::io::Error) -> Error {
    let text = format!("cannot read {}", path.display());
    move |e| Error::environment(text.clone(), e)
}

/// Whether somebody has the file open, or ended without closing it.
fn is_open(path: &Path) -> bool {
    std::fs::metadata(beside(path, "-wal")).is_ok_and(|wal| wal.len() > 0)
}

fn line(path: &Path) -> std::io::Result<String> {
    let (mut file, mut digest, mut chunk) = (std::fs::File::open(path)?, Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            n => digest.update(&chunk[..n]),
        }
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(format!("{}  {name}\n", hex(&digest.finalize())))
}

/// What is wrong with the file, if anything.
///
/// # Errors
/// Environment, when it cannot be read.
pub fn look(path: &Path) -> Result<Option<Damage>> {
    let mut file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(cannot(path)(e)),
    };
    let size = file.seek(SeekFrom::End(0)).map_err(cannot(path))?;
    if size == 0 {
        // One that was made and never written holds nothing yet.
        return Ok(beside(path, ".sha256").exists().then(|| damage("is empty")));
    }
    let mut head = [0; 100];
    file.seek(SeekFrom::Start(0)).map_err(cannot(path))?;
    if size < 512 || file.read_exact(&mut head).is_err() || head[..16] != *MAGIC {
        return Ok(Some(damage("does not begin as a store does")));
    }
    if is_open(path) {
        return Ok(None);
    }
    if let Ok(noted) = std::fs::read_to_string(beside(path, ".sha256"))
        && noted != line(path).map_err(cannot(path))?
    {
        let mut found = damage("has other bytes than when it was closed");
        found.cure += ", or, when you changed it yourself, delete store.sqlite.sha256";
        return Ok(Some(found));
    }
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 1 << 16,
        n => u64::from(n),
    };
    let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    // The header's own word of its size is one only when it is of the last change.
    let pages = if number(24) == number(92) { u64::from(number(28)) } else { 0 };
    Ok((size < page * pages).then(|| damage(format!("has {size} bytes, its header says {}", page * pages))))
}

/// Refuses a file that is not what was written.
///
/// # Errors
/// Damaged, when it is not; environment, when it cannot be read.
pub fn prove(path: &Path) -> Result<()> {
    look(path)?.map_or(Ok(()), |damage| Err(damage.into()))
}

/// Takes the digest away: somebody is about to write.
///
/// # Errors
/// Environment, when the folder cannot be written.
pub fn forget(path: &Path) -> Result<()> {
    match std::fs::remove_file(beside(path, ".sha256")) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Error::environment(format!("cannot write beside {}", path.display()), e))
        }
        _ => Ok(()),
    }
}

/// Notes the digest, when nobody else has the file open.
///
/// # Errors
/// Environment, when the folder cannot be written.
pub fn note(path: &Path) -> Result<()> {
    if is_open(path) {
        return Ok(());
    }
    // Of several that close it at once each writes a file of its own.
    let (noted, new) = (beside(path, ".sha256"), beside(path, &format!(".sha256.{}", std::process::id())));
    line(path)
        .and_then(|line| std::fs::write(&new, line))
        .and_then(|()| std::fs::rename(&new, &noted))
        .map_err(|e| Error::environment(format!("cannot note the digest of {}", path.display()), e))?;
    // Somebody opened it meanwhile, took away what was there, and may have written.
    if is_open(path) { forget(path) } else { Ok(()) }
}
