//! Processes measured as a whole: CPU time and peak memory as the kernel counts them.

use std::process::Command;

use anyhow::{Context, Result, bail};

/// What a process used, and what it said.
#[derive(Debug, Clone)]
pub struct Used {
    pub cpu_s: f64,
    pub peak_mb: f64,
    /// What it counted: equal in all runs, or one of them is wrong.
    pub said: String,
}

/// Ticks of the kernel's clock in a second, as Linux shows them to programs.
const TICKS: f64 = 100.0;

/// CPU time of this process so far, user and system, in seconds.
///
/// # Errors
/// When the kernel does not say.
pub fn cpu_s() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("/proc/self/stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |i: usize| -> Result<f64> { Ok(fields.get(i).context("/proc/self/stat")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) / TICKS)
}

/// Peak memory of this process in MB.
///
/// # Errors
/// When the kernel does not say.
pub fn peak_mb() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).context("VmHWM")?;
    let kb: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kb / 1024.0)
}

/// Runs this program again with some arguments; its last line is `cpu_s peak_mb said`.
///
/// # Errors
/// When it fails.
pub fn child(arguments: &[&str]) -> Result<Used> {
    let output = Command::new(std::env::current_exe()?).args(arguments).output()?;
    if !output.status.success() {
        bail!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.lines().last().unwrap_or_default().splitn(3, ' ');
    let mut next = || words.next().context("a measure says nothing");
    Ok(Used { cpu_s: next()?.parse()?, peak_mb: next()?.parse()?, said: next()?.to_string() })
}

/// The median of some runs by CPU time; all must have said the same.
///
/// # Errors
/// When results differ.
pub fn median(mut runs: Vec<Used>) -> Result<Used> {
    runs.sort_by(|a, b| a.cpu_s.total_cmp(&b.cpu_s));
    if let [first, .., last] = runs.as_slice()
        && first.said != last.said
    {
        bail!("results differ: `{}` and `{}`", first.said, last.said);
    }
    let middle = runs.len() / 2;
    runs.into_iter().nth(middle).context("no run")
}
