//! What commands print.

use super::failure::Failure;

/// Writes to standard output; a reader that has gone is not a failure.
///
/// # Errors
/// Environment, when the output cannot be written.
pub fn print(text: &str) -> Result<(), Failure> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(e.into()),
        _ => Ok(()),
    }
}

/// Says something beside the output, on a line of its own. Where it cannot be written, as on a disk that is full, the
/// work goes on unsaid.
pub fn say(text: impl std::fmt::Display) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// An answer as JSON, its keys in order.
pub fn json(answer: &impl serde::Serialize) -> String {
    format!("{:#}\n", serde_json::json!(answer))
}
