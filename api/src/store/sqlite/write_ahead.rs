//! The write-ahead log of a store: SQLite believes its frames up to the first whose checksum does not fit, and forgets
//! the changes after it without a word.

use std::path::Path;

use engine::error::{Damage, Error, Result};

use crate::store::database::damage;

const HEADER: usize = 32;
const FRAME: usize = 24;

/// What is wrong with the log beside the file of a store, if anything. One that is being written to is looked at again.
///
/// # Errors
/// Environment, when it cannot be read.
pub fn look(path: &Path) -> Result<Option<Damage>> {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    let mut found = None;
    for _ in 0..5 {
        let bytes = match std::fs::read(&name) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Error::environment(format!("cannot read {}", Path::new(&name).display()), e)),
        };
        found = wrong(&bytes);
        if found.is_none() {
            return Ok(None);
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    Ok(found.map(|what| {
        let mut damage = damage(what);
        damage.file += "-wal";
        damage
    }))
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// The running checksum of the format, over words of the byte order that the header names.
fn sum(is_big: bool, (mut a, mut b): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let word = |four: &[u8]| {
        let four = [four[0], four[1], four[2], four[3]];
        if is_big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    };
    for eight in bytes.chunks_exact(8) {
        a = a.wrapping_add(word(&eight[..4])).wrapping_add(b);
        b = b.wrapping_add(word(&eight[4..])).wrapping_add(a);
    }
    (a, b)
}

/// The first thing that does not fit. Frames of another salt are what an earlier round left behind.
fn wrong(bytes: &[u8]) -> Option<String> {
    if bytes.is_empty() {
        return None;
    }
    let magic = number(bytes, 0);
    let is_big = magic & 1 == 1;
    let head = sum(is_big, (0, 0), bytes.get(..24)?);
    if bytes.len() < HEADER || magic & !1 != 0x377f_0682 || head != (number(bytes, 24), number(bytes, 28)) {
        return Some("has a header that is not what was written: the changes in it are lost".into());
    }
    let page = number(bytes, 8) as usize;
    let salt = &bytes[16..24];
    let (mut at, mut running, mut n) = (HEADER, head, 0);
    while at < bytes.len() {
        n += 1;
        let Some(frame) = bytes.get(at..at + FRAME + page) else {
            return Some(format!("is cut in frame {n}: a change in it is lost, or was never acknowledged"));
        };
        if frame[8..16] != *salt {
            return of_this_round(&bytes[at + FRAME + page..], page, salt)
                .then(|| format!("is changed in frame {n}: the changes from there on are lost"));
        }
        running = sum(is_big, sum(is_big, running, &frame[..8]), &frame[FRAME..]);
        if running != (number(frame, 16), number(frame, 20)) {
            return Some(format!("is changed in frame {n}: the changes from there on are lost"));
        }
        at += FRAME + page;
    }
    None
}

/// Whether frames of this round follow: then the one before them is one too, and its salt was changed.
fn of_this_round(rest: &[u8], page: usize, salt: &[u8]) -> bool {
    rest.chunks(FRAME + page).any(|frame| frame.get(8..16) == Some(salt))
}
