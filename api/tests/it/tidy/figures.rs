//! What `make figures` prints. The plan of a re-ordering is made from these, and its success is measured by them.

use std::sync::LazyLock;

use super::functions::{FUNCTION_LINES, Function};
use super::imports::Imports;
use super::share::Share;
use super::source::Code;
use super::tree::{CRATES, File, files};
use super::{circles, functions, imports, share};

/// What is measured of a tree, all at once: to parse it takes seconds.
pub struct Measured {
    pub imports: Imports,
    pub functions: Vec<Function>,
    pub share: Share,
    /// Files of the program with their lines.
    program: Vec<(String, usize)>,
    panics: usize,
}

/// This tree, measured once for all tests.
pub static MEASURED: LazyLock<Measured> = LazyLock::new(|| Measured::of(&files()));

impl Measured {
    fn of(files: &[File]) -> Self {
        let code = Code::of(files);
        Self {
            imports: imports::imports(&code),
            functions: functions::functions(&code),
            share: share::share(&code),
            program: code.program().map(|(p, t, _)| (p.to_string(), t.lines().count())).collect(),
            panics: functions::panics(&code),
        }
    }
}

/// The middle one, the upper of two.
fn median(mut values: Vec<usize>) -> usize {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn figures(measured: &Measured) -> String {
    let Measured { imports, functions, share, program, panics } = measured;
    let (circles, folders) = (circles::of_files(imports), circles::of_folders(imports));
    let lines: usize = program.iter().map(|(_, n)| n).sum();
    let longest = program.iter().max_by_key(|(_, n)| n).unwrap();
    let mut text = String::new();
    let mut say = |line: String| text.push_str(&format!("{line}\n"));
    for name in CRATES {
        let of_crate = |file: &str| file.starts_with(&format!("{name}/"));
        let here: Vec<_> = circles.iter().filter(|c| c.iter().all(|f| of_crate(f))).collect();
        let inside: usize = here.iter().map(|c| c.len()).sum();
        let back: Vec<_> = folders.iter().filter(|(folder, _)| of_crate(folder)).collect();
        say(format!("{name}: {} circles of {inside} files, {} circles of folders", here.len(), back.len()));
        for circle in here {
            say(format!("  files  {}", Vec::from_iter(circle.iter().map(String::as_str)).join(" ")));
        }
        for (folder, circle) in back {
            say(format!("  folders of {folder}: {}", Vec::from_iter(circle.iter().map(String::as_str)).join(" ")));
        }
    }
    let long: Vec<_> = functions.iter().filter(|f| f.lines > FUNCTION_LINES).collect();
    say(format!("functions over {} lines: {}", FUNCTION_LINES, long.len()));
    for function in long {
        say(format!("  {} {} {}", function.lines, function.file, function.name));
    }
    say(format!(
        "functions: {}, median {} lines",
        functions.len(),
        median(functions.iter().map(|f| f.lines).collect())
    ));
    say(format!("files: {}, median {} lines", program.len(), median(program.iter().map(|(_, n)| *n).collect())));
    say(format!("longest file: {} with {} lines", longest.0, longest.1));
    say(format!("tests: {} of {} lines of code, {:.1} %", share.tests, share.all, percent(share.tests, share.all)));
    say(format!("panicking calls: {panics}, {:.2} per 1,000 lines", percent(*panics, lines) * 10.0));
    text
}

#[allow(clippy::cast_precision_loss, reason = "figures for people")]
fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole as f64
}

#[test]
#[ignore = "prints; for make figures"]
fn print() {
    println!("{}", figures(&MEASURED));
}

#[test]
fn figures_name_what_is_wrong() {
    let long = format!("use crate::a::A;\nfn long() {{\n{}}}\n", "    b();\n".repeat(80));
    let files = super::tree::made_up(&[
        ("engine/src/lib.rs", "mod a;\nmod b;\n"),
        ("engine/src/a.rs", "use crate::b;\npub struct A;\nfn f() {\n    b::g().unwrap()\n}\n"),
        ("engine/src/b.rs", &format!("{long}pub fn g() {{}}\n")),
        ("engine/tests/it/main.rs", "fn t() {}\n"),
    ]);
    let figures = figures(&Measured::of(&files));
    for expected in [
        "engine: 1 circles of 2 files, 1 circles of folders",
        "  files  engine/src/a.rs engine/src/b.rs",
        "  folders of engine/src: a b",
        "  82 engine/src/b.rs long",
        "functions: 3, median 3 lines",
        "longest file: engine/src/b.rs with 84 lines",
        "tests: 1 of 92 lines of code, 1.1 %",
        "panicking calls: 1, 10.99 per 1,000 lines",
    ] {
        assert!(figures.contains(expected), "{expected}\nin\n{figures}");
    }
}
