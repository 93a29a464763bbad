//! Languages say the same things.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The keys of a language, each with the variables that it uses.
fn keys(language: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys = BTreeMap::<String, BTreeSet<String>>::new();
    for file in std::fs::read_dir(language).unwrap() {
        let mut key = String::new();
        for line in std::fs::read_to_string(file.unwrap().path()).unwrap().lines().filter(|l| !l.starts_with('#')) {
            if let Some((name, _)) = line.split_once(" = ").filter(|_| !line.starts_with([' ', '}', '['])) {
                key = name.to_string();
            }
            let variables = line
                .split('$')
                .skip(1)
                .map(|v| v.chars().take_while(|c| c.is_ascii_alphanumeric()).collect::<String>());
            keys.entry(key.clone()).or_default().extend(variables);
        }
    }
    keys
}

#[test]
fn all_languages_have_the_same_keys_with_the_same_variables() {
    let languages: Vec<PathBuf> =
        std::fs::read_dir(root().join("locales")).unwrap().map(|l| l.unwrap().path()).collect();
    let english = keys(&root().join("locales/en"));
    assert!(english.len() > 150 && languages.len() > 1);
    for language in languages {
        let other = keys(&language);
        for (key, variables) in &english {
            assert_eq!(other.get(key), Some(variables), "{key} in {}", language.display());
        }
        assert_eq!(other.len(), english.len(), "{}", language.display());
    }
}
