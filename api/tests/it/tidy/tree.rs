//! The files of the checkout, as all rules read them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file by its path below the root, with its text.
pub type File = (String, String);

/// The crates of the workspace, by folder.
pub const CRATES: [&str; 7] = ["api", "benches", "connectors", "dashboards", "datasets", "engine", "queries"];

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Files of the checkout that are ours: what git knows, or in an exported tree everything but what is built.
pub fn files() -> Vec<File> {
    let git = Command::new("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(root()).output();
    let paths: Vec<String> = match git {
        Ok(output) if output.status.success() => {
            String::from_utf8(output.stdout).unwrap().lines().map(str::to_string).collect()
        }
        _ => walked(&root(), ""),
    };
    assert!(paths.len() > 100, "{} files", paths.len());
    paths.into_iter().filter_map(|p| Some((p.clone(), std::fs::read_to_string(root().join(p)).ok()?))).collect()
}

fn walked(folder: &Path, below: &str) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if [".git", "target", "node_modules", "ecoop-data", "ecoop-demo"].contains(&name.as_str()) {
            continue;
        }
        match entry.file_type().unwrap().is_dir() {
            true => paths.extend(walked(&entry.path(), &format!("{below}{name}/"))),
            false => paths.push(format!("{below}{name}")),
        }
    }
    paths
}

/// Made-up files for the tests of rules.
pub fn made_up(files: &[(&str, &str)]) -> Vec<File> {
    files.iter().map(|(path, text)| (path.to_string(), text.to_string())).collect()
}

#[test]
fn a_tree_without_git_is_read_too() {
    let ours = |p: &String| p.starts_with("engine/src/") && p.ends_with(".rs");
    let (mut walked, known) = (walked(&root(), ""), files());
    walked.retain(ours);
    walked.sort();
    let mut known: Vec<String> = known.into_iter().map(|(p, _)| p).filter(ours).collect();
    known.sort();
    assert_eq!(walked, known);
}
