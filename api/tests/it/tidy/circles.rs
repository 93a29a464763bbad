//! Imports run downwards only: no circle of files, and among what stands side by side in a folder none that imports
//! back.

use std::collections::{BTreeMap, BTreeSet};

use super::imports::Imports;

/// Sets of nodes that all reach each other, of two and more.
fn circles(edges: &BTreeMap<String, BTreeSet<String>>) -> Vec<BTreeSet<String>> {
    let reached: BTreeMap<&str, BTreeSet<&str>> =
        edges.keys().map(|from| (from.as_str(), reach(edges, from))).collect();
    let mut circles = BTreeSet::new();
    for (from, to) in &reached {
        let back = |t: &&&str| reached.get(**t).is_some_and(|r| r.contains(from));
        let circle: BTreeSet<String> = to.iter().filter(back).map(|t| t.to_string()).collect();
        if circle.len() > 1 {
            circles.insert(circle);
        }
    }
    circles.into_iter().collect()
}

fn reach<'a>(edges: &'a BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&str> = vec![from];
    while let Some(node) = next.pop() {
        for to in edges.get(node).into_iter().flatten() {
            if reached.insert(to.as_str()) {
                next.push(to);
            }
        }
    }
    reached
}

/// Circles of files.
pub fn of_files(imports: &Imports) -> Vec<BTreeSet<String>> {
    circles(imports)
}

/// For each folder, circles of what stands in it: `job` is `job.rs` with everything below `job/`; inside of `job/`, the
/// file `job.rs` is one of them (`job`), so that nothing there imports it when it imports from there.
pub fn of_folders(imports: &Imports) -> Vec<(String, BTreeSet<String>)> {
    let files: BTreeSet<&str> = imports.keys().map(String::as_str).collect();
    let folders: BTreeSet<&str> = files
        .iter()
        .flat_map(|f| f.match_indices('/').map(|(at, _)| &f[..at]))
        .filter(|f| f.contains("/src"))
        .collect();
    let mut found = Vec::new();
    for folder in folders {
        let mut edges = BTreeMap::<String, BTreeSet<String>>::new();
        for (from, to) in imports {
            let Some(a) = part(folder, from) else { continue };
            let others = to.iter().filter_map(|t| part(folder, t)).filter(|b| *b != a);
            edges.entry(a.to_string()).or_default().extend(others.map(str::to_string));
        }
        found.extend(circles(&edges).into_iter().map(|circle| (folder.to_string(), circle)));
    }
    found
}

/// Which part of `folder` a file belongs to.
fn part<'a>(folder: &str, file: &'a str) -> Option<&'a str> {
    let stem = file.strip_suffix(".rs")?;
    if stem == folder {
        return stem.rsplit('/').next();
    }
    stem.strip_prefix(folder)?.strip_prefix('/')?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::super::figures::MEASURED;
    use super::*;

    #[test]
    fn imports_run_downwards() {
        let (files, folders) = (of_files(&MEASURED.imports), of_folders(&MEASURED.imports));
        assert!(files.is_empty() && folders.is_empty(), "{files:#?}\n{folders:#?}");
    }

    fn made_up(edges: &[(&str, &[&str])]) -> Imports {
        let named = |f: &str| format!("engine/src/{f}.rs");
        edges.iter().map(|(from, to)| (named(from), to.iter().map(|t| named(t)).collect())).collect()
    }

    #[test]
    fn files_in_a_circle_are_found() {
        let imports = made_up(&[("a", &["b"]), ("b", &["c"]), ("c", &["b", "d"]), ("d", &[])]);
        let circle = BTreeSet::from(["engine/src/b.rs".to_string(), "engine/src/c.rs".to_string()]);
        assert_eq!(of_files(&imports), [circle]);
        assert_eq!(of_files(&made_up(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[])])), []);
    }

    #[test]
    fn a_folder_that_imports_back_is_found_without_a_circle_of_files() {
        let imports = made_up(&[("a/x", &["b"]), ("a/y", &[]), ("b", &["a/y"]), ("lib", &["a/x"])]);
        assert_eq!(of_files(&imports), []);
        let back = BTreeSet::from(["a".to_string(), "b".to_string()]);
        assert_eq!(of_folders(&imports), [("engine/src".to_string(), back)]);
    }

    #[test]
    fn a_parent_may_use_its_children_or_be_used_by_them() {
        assert_eq!(of_folders(&made_up(&[("a", &["a/x", "a/y"]), ("a/x", &["a/y"]), ("a/y", &[])])), []);
        assert_eq!(of_folders(&made_up(&[("a", &[]), ("a/x", &["a", "a/y"]), ("a/y", &[])])), []);
        let both = made_up(&[("a", &["a/x/y"]), ("a/x/z", &["a"]), ("a/x/y", &[])]);
        let found = ("engine/src/a".to_string(), BTreeSet::from(["a".to_string(), "x".to_string()]));
        assert_eq!(of_folders(&both), [found]);
    }
}
