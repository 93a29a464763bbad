//! SQL stands in files: one statement each, and an expected result for each job.

use std::collections::BTreeSet;

use super::tree::{File, files};

/// A statement of a `.sql` file, when it is not one SELECT.
fn not_one_select(path: &str, text: &str) -> Option<String> {
    let code: String = text.lines().filter(|l| !l.trim_start().starts_with("--")).collect::<Vec<_>>().join("\n");
    let start = code.trim_start().to_uppercase();
    let one = start.starts_with("SELECT") || start.starts_with("WITH");
    let writes = ["INSERT ", "UPDATE ", "DELETE ", "CREATE ", "DROP ", "COPY "];
    let bad = !one || code.trim_end().trim_end_matches(';').contains(';') || writes.iter().any(|w| start.contains(w));
    (bad || !text.starts_with("--")).then(|| path.to_string())
}

#[test]
fn a_sql_file_is_one_select_that_says_what_it_is() {
    let files = files();
    let sql: Vec<_> = files.iter().filter(|(p, _)| p.starts_with("queries/") && p.ends_with(".sql")).collect();
    assert!(sql.len() > 20);
    assert_eq!(sql.iter().filter_map(|(p, t)| not_one_select(p, t)).collect::<Vec<_>>(), Vec::<String>::new());
    for text in ["SELECT 1", "-- x\nINSERT INTO a SELECT 1", "-- x\nSELECT 1; SELECT 2", "-- x\nDROP TABLE a"] {
        assert!(not_one_select("x.sql", text).is_some(), "{text}");
    }
}

/// Jobs without an expected result, and expected results without a job.
fn unmatched(files: &[File]) -> Vec<String> {
    let named = |folder: &str, ending: &str| -> BTreeSet<String> {
        let stem = |p: &str| Some(p.strip_prefix(folder)?.strip_suffix(ending)?.to_string());
        files.iter().filter_map(|(p, _)| stem(p)).filter(|name| !name.contains('/')).collect()
    };
    let (jobs, expected) = (named("queries/jobs/", ".sql"), named("queries/tests/expected/", ".txt"));
    assert!(!jobs.is_empty());
    jobs.symmetric_difference(&expected).cloned().collect()
}

#[test]
fn every_job_has_an_expected_result() {
    assert_eq!(unmatched(&files()), Vec::<String>::new());
    let made_up = ["queries/jobs/a.sql", "queries/jobs/b.sql", "queries/tests/expected/b.txt"];
    let mut made_up: Vec<File> = made_up.into_iter().map(|p| (p.into(), String::new())).collect();
    assert_eq!(unmatched(&made_up), ["a"]);
    made_up.push(("queries/tests/expected/c.txt".into(), String::new()));
    assert_eq!(unmatched(&made_up), ["a", "c"]);
}
