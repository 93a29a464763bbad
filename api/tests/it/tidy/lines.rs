//! No line is longer than a screen is wide, comments and SQL included.

use super::tree::File;

/// Characters that a line may have.
const WIDTH: usize = 120;

/// Lines that are too long, as `path:line`. A URL alone may be as long as it is, and so may the words of a message: in
/// Fluent a break in them would be a break on the page.
fn too_long(files: &[File]) -> Vec<String> {
    let ours = files.iter().filter(|(p, _)| is_written_by_hand(p));
    ours.flat_map(|(path, text)| {
        let lines = text.lines().enumerate().filter(|(_, line)| line.chars().count() > WIDTH);
        let whole = |line: &str| is_one_url(line) || is_message(path, line) || is_one_row(path, line);
        let lines = lines.filter(|(_, line)| !whole(line));
        lines.map(move |(n, _)| format!("{path}:{}", n + 1)).collect::<Vec<_>>()
    })
    .collect()
}

fn is_written_by_hand(path: &str) -> bool {
    let ending = path.rsplit_once('.').map(|(_, ending)| ending).unwrap_or_default();
    let ours = ["rs", "sql", "md", "ftl", "toml", "sh"].contains(&ending);
    (ours || path.starts_with(".ci/") || path == "Makefile") && !path.contains("package")
}

fn is_one_url(line: &str) -> bool {
    let line = line.trim_start_matches(['/', '!', '#', '-', ' ']).trim_end();
    line.starts_with("https://") && !line.contains(' ')
}

fn is_message(path: &str, line: &str) -> bool {
    path.ends_with(".ftl") && !line.starts_with('#')
}

/// A row of data as it is sent or stored, which a break would make another one: JSON in a raw text, an inline table.
fn is_one_row(path: &str, line: &str) -> bool {
    let line = line.trim();
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("rs") => line.contains("r#\""),
        Some("sql") => line.starts_with("'{"),
        Some("toml") => line.contains(" = {") || line.starts_with('{'),
        _ => false,
    }
}

#[test]
fn lines_fit_on_a_screen() {
    assert_eq!(too_long(&super::tree::files()), Vec::<String>::new());
}

#[test]
fn long_lines_are_found() {
    let long = "x".repeat(WIDTH + 1);
    for path in ["engine/src/a.rs", "queries/jobs/a.sql", "README.md", "Cargo.toml", ".ci/lint", "Makefile"] {
        assert_eq!(too_long(&[(path.to_string(), format!("\n{long}\n"))]), [format!("{path}:2")]);
    }
    let comment = |path: &str, start: &str| too_long(&[(path.to_string(), format!("{start}{long}"))]).len();
    assert_eq!((comment("a.rs", "// "), comment("a.sql", "-- "), comment("a.ftl", "# ")), (1, 1, 1));
    assert_eq!((comment("a.ftl", "word = "), comment("a.rs", "// https://"), comment("a.svg", "")), (0, 0, 0));
    assert_eq!(too_long(&[("a.md".into(), "é".repeat(WIDTH))]), Vec::<String>::new());
}
