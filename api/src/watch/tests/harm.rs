//! What is done to the files of an installation.

use std::path::{Path, PathBuf};

/// Something that is done to one file.
pub struct Harm {
    pub file: &'static str,
    pub what: &'static str,
    /// To a store that a program has open.
    pub while_open: bool,
    find: fn(&Path) -> PathBuf,
    act: Act,
}

enum Act {
    /// Changes a bit of the byte at a place that depends on the bytes.
    Change(fn(&[u8]) -> usize),
    /// Leaves so many bytes of so many.
    Cut(fn(usize) -> usize),
    /// Puts a byte at the end.
    Lengthen,
    Remove,
    /// With all that is in it.
    RemoveFolder,
}

use Act::{Change, Cut, Lengthen, Remove, RemoveFolder};

impl Harm {
    pub fn does(&self, folder: &Path) {
        let file = (self.find)(folder);
        assert!(file.exists(), "{}: {}", self.file, file.display());
        match self.act {
            Remove => std::fs::remove_file(file).unwrap(),
            RemoveFolder => std::fs::remove_dir_all(file).unwrap(),
            Change(place) => {
                let mut bytes = std::fs::read(&file).unwrap();
                let at = place(&bytes);
                bytes[at] ^= 1;
                std::fs::write(file, bytes).unwrap();
            }
            Cut(left) => {
                let bytes = std::fs::read(&file).unwrap();
                std::fs::write(file, &bytes[..left(bytes.len())]).unwrap();
            }
            Lengthen => {
                let mut bytes = std::fs::read(&file).unwrap();
                bytes.push(b'\n');
                std::fs::write(file, bytes).unwrap();
            }
        }
    }
}

/// Copies a folder with all that is in it.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("_delta_log") {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The one data file of a table that its last version has; of several versions the newest.
fn data(folder: &Path, table: &str) -> PathBuf {
    let folder = folder.join("lake").join(table);
    let newest = files(&folder.join("_delta_log"), ".json").into_iter().rev();
    let text = newest.map(|f| std::fs::read_to_string(f).unwrap()).find(|text| text.contains("\"add\"")).unwrap();
    let path = text.split("\"path\":\"").nth(1).unwrap().split('"').next().unwrap().to_string();
    let add = text.lines().find(|line| line.starts_with("{\"add\"")).unwrap();
    let path = add.split("\"path\":\"").nth(1).map_or(path, |rest| rest.split('"').next().unwrap().to_string());
    folder.join(path)
}

fn log(folder: &Path, table: &str) -> PathBuf {
    folder.join("lake").join(table).join("_delta_log")
}

fn balances(f: &Path) -> PathBuf {
    data(f, "balances")
}
fn raw(f: &Path) -> PathBuf {
    data(f, "readings_raw")
}
fn quarantine(f: &Path) -> PathBuf {
    data(f, "quarantine")
}
fn members(f: &Path) -> PathBuf {
    data(f, "members")
}
fn runs(f: &Path) -> PathBuf {
    data(f, "runs")
}
fn last_entry(f: &Path) -> PathBuf {
    files(&log(f, "balances"), ".json").pop().unwrap()
}
fn last_entry_of_raw(f: &Path) -> PathBuf {
    files(&log(f, "readings_raw"), ".json").pop().unwrap()
}
fn first_entry(f: &Path) -> PathBuf {
    files(&log(f, "balances"), ".json").swap_remove(0)
}
fn only_entry(f: &Path) -> PathBuf {
    files(&log(f, "storage"), ".json").swap_remove(0)
}
fn checkpoint(f: &Path) -> PathBuf {
    files(&log(f, "balances"), ".checkpoint.parquet").pop().unwrap()
}
fn checkpoint_sum(f: &Path) -> PathBuf {
    files(&log(f, "balances"), ".checkpoint.sha256").pop().unwrap()
}
fn hint(f: &Path) -> PathBuf {
    log(f, "balances").join("_last_checkpoint")
}
fn log_of_balances(f: &Path) -> PathBuf {
    log(f, "balances")
}
fn log_of_raw(f: &Path) -> PathBuf {
    log(f, "readings_raw")
}
fn all_of_balances(f: &Path) -> PathBuf {
    f.join("lake/balances")
}
fn all_of_raw(f: &Path) -> PathBuf {
    f.join("lake/readings_raw")
}
fn store(f: &Path) -> PathBuf {
    f.join("store.sqlite")
}
fn store_sum(f: &Path) -> PathBuf {
    f.join("store.sqlite.sha256")
}
fn wal(f: &Path) -> PathBuf {
    f.join("store.sqlite-wal")
}
fn settings(f: &Path) -> PathBuf {
    f.join("ecoop.toml")
}

/// Where a text begins among bytes.
fn after(bytes: &[u8], text: &str) -> usize {
    bytes.windows(text.len()).position(|w| w == text.as_bytes()).unwrap() + text.len()
}

const fn harm(file: &'static str, what: &'static str, find: fn(&Path) -> PathBuf, act: Act) -> Harm {
    Harm { file, what, while_open: false, find, act }
}

const fn open(file: &'static str, what: &'static str, find: fn(&Path) -> PathBuf, act: Act) -> Harm {
    Harm { file, what, while_open: true, find, act }
}

const RESULTS: &str = "data file of results";
const ENTRY: &str = "last log entry";
const STORE: &str = "store";
const WAL: &str = "write-ahead log of the store";

pub const HARMS: &[Harm] = &[
    harm(RESULTS, "first magic changed", balances, Change(|_| 0)),
    harm(RESULTS, "page header changed", balances, Change(|_| 5)),
    harm(RESULTS, "page changed", balances, Change(|b| b.len() / 4)),
    harm(RESULTS, "footer changed", balances, Change(|b| b.len() - 100)),
    harm(RESULTS, "length of the footer changed", balances, Change(|b| b.len() - 8)),
    harm(RESULTS, "last magic changed", balances, Change(|b| b.len() - 1)),
    harm(RESULTS, "cut by a byte", balances, Cut(|n| n - 1)),
    harm(RESULTS, "cut in half", balances, Cut(|n| n / 2)),
    harm(RESULTS, "emptied", balances, Cut(|_| 0)),
    harm(RESULTS, "a byte longer", balances, Lengthen),
    harm(RESULTS, "removed", balances, Remove),
    harm("data file of readings_raw", "page changed", raw, Change(|b| b.len() / 4)),
    harm("data file of readings_raw", "cut by a byte", raw, Cut(|n| n - 1)),
    harm("data file of readings_raw", "removed", raw, Remove),
    harm("data file of quarantine", "page changed", quarantine, Change(|b| b.len() / 4)),
    harm("data file of quarantine", "removed", quarantine, Remove),
    harm("data file of master data", "page changed", members, Change(|b| b.len() / 4)),
    harm("data file of master data", "removed", members, Remove),
    harm("data file of runs", "page changed", runs, Change(|b| b.len() / 4)),
    harm("data file of runs", "removed", runs, Remove),
    harm(ENTRY, "path of a file changed", last_entry, Change(|b| after(b, "\"path\":\"comm"))),
    harm(ENTRY, "count of rows changed", last_entry, Change(|b| after(b, "numRecords\\\":"))),
    harm(ENTRY, "digest of the rows changed", last_entry, Change(|b| after(b, "\"rows_sha256\":\""))),
    harm(ENTRY, "time of the commit changed", last_entry, Change(|b| after(b, "\"timestamp\":"))),
    harm(ENTRY, "end of a line changed", last_entry, Change(|b| b.iter().position(|b| *b == b'\n').unwrap())),
    harm(ENTRY, "cut by a byte", last_entry, Cut(|n| n - 1)),
    harm(ENTRY, "emptied", last_entry, Cut(|_| 0)),
    harm(ENTRY, "a byte longer", last_entry, Lengthen),
    harm(ENTRY, "removed", last_entry, Remove),
    harm("last log entry of readings_raw", "removed", last_entry_of_raw, Remove),
    harm("log entry before the checkpoint", "changed", first_entry, Change(|b| b.len() / 2)),
    harm("log entry before the checkpoint", "removed", first_entry, Remove),
    harm("only log entry of an empty table", "id of the table changed", only_entry, Change(|b| after(b, "\"id\":\""))),
    harm("checkpoint", "page changed", checkpoint, Change(|b| b.len() / 4)),
    harm("checkpoint", "footer changed", checkpoint, Change(|b| b.len() - 100)),
    harm("checkpoint", "cut in half", checkpoint, Cut(|n| n / 2)),
    harm("checkpoint", "removed", checkpoint, Remove),
    harm("digest of the checkpoint", "changed", checkpoint_sum, Change(|_| 0)),
    harm("digest of the checkpoint", "removed", checkpoint_sum, Remove),
    harm("pointer to the checkpoint", "version changed", hint, Change(|b| after(b, "\"version\":"))),
    harm("pointer to the checkpoint", "cut in half", hint, Cut(|n| n / 2)),
    harm("pointer to the checkpoint", "removed", hint, Remove),
    harm("log of results", "removed", log_of_balances, RemoveFolder),
    harm("log of readings_raw", "removed", log_of_raw, RemoveFolder),
    harm("folder of results", "removed", all_of_balances, RemoveFolder),
    harm("folder of readings_raw", "removed", all_of_raw, RemoveFolder),
    harm(STORE, "magic changed", store, Change(|_| 0)),
    harm(STORE, "size of pages changed", store, Change(|_| 16)),
    harm(STORE, "head of a page changed", store, Change(|b| usize::from(u16::from_be_bytes([b[16], b[17]])))),
    harm(STORE, "a name changed", store, Change(|b| after(b, "hereHer"))),
    harm(STORE, "an unused byte changed", store, Change(unused)),
    harm(STORE, "cut by a page", store, Cut(|n| n - 4096)),
    harm(STORE, "emptied", store, Cut(|_| 0)),
    harm(STORE, "a byte longer", store, Lengthen),
    harm(STORE, "removed", store, Remove),
    harm("digest of the store", "changed", store_sum, Change(|_| 0)),
    open(WAL, "magic changed", wal, Change(|_| 0)),
    open(WAL, "salt of the header changed", wal, Change(|_| 17)),
    open(WAL, "salt of the first frame changed", wal, Change(|_| 32 + 9)),
    open(WAL, "checksum of the first frame changed", wal, Change(|_| 32 + 17)),
    open(WAL, "page changed", wal, Change(|b| b.len() / 2)),
    open(WAL, "cut by a byte", wal, Cut(|n| n - 1)),
    open(WAL, "removed", wal, Remove),
    open("store that is open", "a name in the file or its log changed", wal, Change(|b| after(b, "hereHer"))),
    harm("settings", "name of a setting changed", settings, Change(|_| 1)),
    harm("settings", "value of a setting changed", settings, Change(|b| after(b, "every_seconds = "))),
    harm("settings", "cut in half", settings, Cut(|n| n / 2)),
    harm("settings", "removed", settings, Remove),
];

/// A byte between the pointers and the cells of the first page.
fn unused(bytes: &[u8]) -> usize {
    let cells = usize::from(u16::from_be_bytes([bytes[105], bytes[106]]));
    let page = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
    if cells > 112 && cells < page { cells - 1 } else { page - 1 }
}
