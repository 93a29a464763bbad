//! Names of files say what is inside, and nothing of the machine that it was written on is in them.

use std::collections::BTreeSet;
use std::path::Path;

use super::tree::{CRATES, files};

fn badly_named(path: &str) -> Option<String> {
    let stem = |p: &str| Path::new(p).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let names = ["utils", "util", "common", "helpers", "helper", "types", "misc"];
    let of_parts = path.split('/').any(|part| names.contains(&stem(part).as_str()));
    (of_parts || path.ends_with("/mod.rs")).then(|| path.to_string())
}

#[test]
fn names_say_what_is_inside() {
    let files = files();
    assert_eq!(files.iter().filter_map(|(p, _)| badly_named(p)).collect::<Vec<_>>(), Vec::<String>::new());
    for path in ["engine/src/utils.rs", "api/src/common/a.rs", "engine/src/table/mod.rs"] {
        assert!(badly_named(path).is_some(), "{path}");
    }
}

const TOP: [&str; 6] = ["Cargo.toml", "Cargo.lock", "LICENSE", "Makefile", "CHANGELOG.md", "README.md"];

fn strangers<'a>(paths: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let top = paths.filter_map(|p| p.split('/').next());
    top.filter(|t| !t.starts_with('.') && !CRATES.contains(t) && !TOP.contains(t)).map(str::to_string).collect()
}

#[test]
fn the_top_level_is_fixed() {
    let files = files();
    assert_eq!(strangers(files.iter().map(|(p, _)| p.as_str())), BTreeSet::new());
    assert_eq!(strangers(["docs/a.md"].into_iter()).len(), 1);
}

/// Places and words that have no business in the project.
fn foreign(path: &str, text: &str) -> Vec<String> {
    // Put together here, so that this file does not hold them.
    let words = [["/ro", "ot/"], ["/wo", "rk/"], ["/ho", "me/"], [".inter", "nal:"], ["local", "host:4873"]];
    words.iter().map(|w| w.concat()).filter(|w| text.contains(w)).map(|w| format!("{path}: {w}")).collect()
}

#[test]
fn no_path_of_a_machine_and_no_host_of_a_registry() {
    let files = files();
    assert_eq!(files.iter().flat_map(|(p, t)| foreign(p, t)).collect::<Vec<_>>(), Vec::<String>::new());
    assert_eq!(foreign("x", &["/ro", "ot/x"].concat()).len(), 1);
    let hosts = files.iter().filter(|(p, _)| p.ends_with("package-lock.json"));
    for (path, text) in hosts {
        let other = text.lines().filter(|l| l.contains("\"resolved\"") && !l.contains("https://registry.npmjs.org/"));
        assert_eq!(other.count(), 0, "{path}");
    }
}
