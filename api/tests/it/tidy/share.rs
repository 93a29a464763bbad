//! How much of the code is tests.

use super::source::{Code, test_lines};

/// Lines of Rust with something on them besides a comment.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub tests: usize,
    pub all: usize,
}

/// Tests are the folders `tests/`, and what `#[cfg(test)]` and `#[test]` are written on.
pub fn share(code: &Code) -> Share {
    let mut share = Share::default();
    for (path, text) in &code.files {
        let whole = path.contains("/tests/") || code.only_tests.contains(path);
        let part = code.trees.get(path).filter(|_| !whole).map(test_lines).unwrap_or_default();
        for (n, _) in text.lines().enumerate().filter(|(_, l)| is_code(l)) {
            share.all += 1;
            share.tests += usize::from(whole || part.contains(&(n + 1)));
        }
    }
    share
}

fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with("//")
}

#[test]
fn a_third_of_the_code_is_tests() {
    let Share { tests, all } = super::figures::MEASURED.share;
    assert!(3 * tests >= all, "{tests} of {all} lines");
}

#[test]
fn tests_are_counted_wherever_they_stand() {
    let files = super::tree::made_up(&[
        ("engine/src/lib.rs", "//! Words.\n\n#[cfg(test)]\nmod vectors;\nfn f() {}\n// why\nfn g() {}\n"),
        ("engine/src/vectors.rs", "// words\nfn v() {}\n"),
        ("engine/tests/it/main.rs", "fn a() {}\n\nfn b() {}\n"),
        ("engine/README.md", "words\n"),
    ]);
    assert_eq!(share(&Code::of(&files)), Share { tests: 2 + 1 + 2, all: 4 + 1 + 2 });
}
