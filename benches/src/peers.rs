//! Other engines and ours on the same files, interleaved in one run.
//!
//! The peers' jobs are scripts that stand beside the checkout (`run1.py ENGINE VARIANT TASK DIR LAYOUT IDS OUT` prints
//! one line of JSON; `gen.py` makes the files; `verify.py` compares results row by row). They are called, not copied.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::federation::kinds::KINDS;
use crate::measure::child;

/// Where the peers' scripts are and what runs them.
#[derive(Debug, Clone)]
pub struct Peers {
    pub scripts: PathBuf,
    pub python: PathBuf,
    /// Where generated files and results go.
    pub data: PathBuf,
}

/// A job of a peer or of ours.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Job {
    /// `duckdb`, ..., or `ecoop`.
    engine: &'static str,
    variant: &'static str,
    task: &'static str,
    ids: &'static str,
}

/// What one process used.
#[derive(Debug, Clone, Copy)]
struct Run {
    cpu_s: f64,
    wall_s: f64,
    peak_mb: f64,
}

const OURS: &str = "ecoop";
const PEERS: [(&str, &str); 3] = [("duckdb", "list"), ("polars", "rank-s"), ("chdb", "array")];

fn jobs() -> Vec<Job> {
    let mut jobs = Vec::new();
    for task in ["stmt", "full"] {
        jobs.extend(PEERS.map(|(engine, variant)| Job { engine, variant, task, ids: "int" }));
        for (variant, ids) in [("1", "int"), ("2", "int"), ("1", "str")] {
            jobs.push(Job { engine: OURS, variant, task, ids });
        }
    }
    jobs.extend(["scan4", "copy"].map(|task| Job { engine: "datafusion", variant: "tuned", task, ids: "int" }));
    jobs
}

impl Peers {
    fn folder(&self, communities: usize) -> PathBuf {
        self.data.join(format!("federation-{communities}"))
    }

    /// Makes the files of a federation of communities of 100 meters and 30 days, once.
    ///
    /// # Errors
    /// When the generator fails.
    fn generate(&self, communities: usize) -> Result<PathBuf> {
        let folder = self.folder(communities);
        if !folder.join("prices.parquet").exists() {
            let mut command = Command::new(&self.python);
            command.arg(self.scripts.join("gen.py")).arg(&folder).args(["--communities", &communities.to_string()]);
            let output = command.output().context("the generator of the peers")?;
            if !output.status.success() {
                bail!("gen.py: {}", String::from_utf8_lossy(&output.stderr));
            }
        }
        Ok(folder)
    }

    fn out(&self, job: &Job) -> PathBuf {
        self.data.join(format!("out-{}-{}-{}-{}", job.engine, job.variant, job.task, job.ids))
    }

    fn run(&self, job: &Job, folder: &Path) -> Result<Run> {
        let out = self.out(job);
        let _ = std::fs::remove_dir_all(&out);
        std::fs::create_dir_all(&out)?;
        let (folder, out) = (folder.to_str().context("a folder")?, out.to_str().context("a folder")?);
        if job.engine == OURS {
            let started = Instant::now();
            let used = child(&["federation", job.task, folder, job.ids, job.variant, out])?;
            return Ok(Run { cpu_s: used.cpu_s, wall_s: started.elapsed().as_secs_f64(), peak_mb: used.peak_mb });
        }
        let mut command = Command::new(&self.python);
        command.arg(self.scripts.join("run1.py"));
        command.args([job.engine, job.variant, job.task, folder, "ct", job.ids, out]);
        for name in ["POLARS_MAX_THREADS", "RAYON_NUM_THREADS", "OMP_NUM_THREADS"] {
            command.env(name, "2");
        }
        let output = command.output().context("a peer")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().last().unwrap_or_default();
        let said: serde_json::Value = serde_json::from_str(line)
            .with_context(|| format!("{job:?}: {}", String::from_utf8_lossy(&output.stderr)))?;
        let number = |name: &str| said[name].as_f64().with_context(|| format!("{name} in {line}"));
        Ok(Run { cpu_s: number("cpu")?, wall_s: number("wall")?, peak_mb: number("rss_mb")? })
    }

    /// Compares the results of all full jobs and statements row by row.
    fn verify(&self) -> Result<String> {
        let by_ids = |ids: &str| {
            let of = |task| jobs().into_iter().filter(move |j| j.task == task);
            of("full").chain(of("stmt")).filter(|j| j.ids == ids).map(|j| self.out(&j)).collect::<Vec<_>>()
        };
        let mut said = String::new();
        for ids in ["int", "str"] {
            let output = Command::new(&self.python).arg(self.scripts.join("verify.py")).args(by_ids(ids)).output()?;
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            if !output.status.success() {
                bail!("results differ:\n{text}{}", String::from_utf8_lossy(&output.stderr));
            }
            let same = text.lines().filter(|l| l.starts_with("same")).count();
            said.push_str(&format!("{same} results with {ids} ids are equal row by row. "));
        }
        Ok(said)
    }
}

/// Runs every job `runs` times in a random order, each in a process of its own, and prints the table of a federation of
/// so many communities of 100 meters.
///
/// # Errors
/// When a job fails, or results differ.
pub fn table(peers: &Peers, communities: usize, runs: usize) -> Result<()> {
    let folder = peers.generate(communities)?;
    let mut order = jobs();
    let mut random = ChaCha8Rng::seed_from_u64(communities as u64);
    let mut all = BTreeMap::<Job, Vec<Run>>::new();
    for _ in 0..runs {
        order.shuffle(&mut random);
        for job in &order {
            all.entry(job.clone()).or_default().push(peers.run(job, &folder)?);
        }
    }
    let verified = peers.verify()?;
    let medians: BTreeMap<Job, Run> = all.into_iter().map(|(job, runs)| (job, median(&runs))).collect();
    print(communities, &medians)?;
    println!("{verified}");
    Ok(())
}

fn median(runs: &[Run]) -> Run {
    let of = |value: fn(&Run) -> f64| {
        let mut values: Vec<f64> = runs.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let peak_mb = runs.iter().map(|r| r.peak_mb).fold(0.0, f64::max);
    Run { cpu_s: of(|r| r.cpu_s), wall_s: of(|r| r.wall_s), peak_mb }
}

fn print(communities: usize, medians: &BTreeMap<Job, Run>) -> Result<()> {
    let get = |engine: &str, variant: &str, task: &str, ids: &str| {
        let found = medians.iter().find(|(j, _)| (j.engine, j.variant, j.task, j.ids) == (engine, variant, task, ids));
        found.map(|(_, run)| *run).with_context(|| format!("{engine} {variant} {task} {ids}"))
    };
    let (scan, copy) = (get("datafusion", "tuned", "scan4", "int")?, get("datafusion", "tuned", "copy", "int")?);
    println!("\n{} meters x 30 days; medians; CPU s", communities * 100);
    println!("job                       CPU s    wall s  peak MB  to scan  to copy");
    for (job, run) in medians {
        let name = format!("{} {} {} {}", job.engine, job.task, job.variant, job.ids);
        let (to_scan, to_copy) = (run.cpu_s / scan.cpu_s, run.cpu_s / copy.cpu_s);
        println!(
            "{name:<24} {:>6.2}  {:>8.2} {:>8.0} {to_scan:>8.1} {to_copy:>8.2}",
            run.cpu_s, run.wall_s, run.peak_mb
        );
    }
    let fastest = |task: &str| {
        let mut all = Vec::new();
        for (engine, variant) in PEERS {
            all.push((get(engine, variant, task, "int")?.cpu_s, engine));
        }
        all.into_iter().min_by(|a, b| a.0.total_cmp(&b.0)).context("a peer")
    };
    println!("\n{:<58} {:>6}  {:>9}  {:>5}", "ours", "ratio", "at the most", "goal");
    let line =
        |what: &str, ratio: f64, must: &str, goal: &str| println!("{what:<58} {ratio:>6.2}  {must:>11}  {goal:>5}");
    let (stmt, full) = (get(OURS, "1", "stmt", "int")?, get(OURS, "1", "full", "int")?);
    let (best_stmt, best_full) = (fastest("stmt")?, fastest("full")?);
    line("statement, times the scan of four columns", stmt.cpu_s / scan.cpu_s, "<= 8", "4");
    line(&format!("statement, times faster than {}", best_stmt.1), best_stmt.0 / stmt.cpu_s, ">= 3", "5");
    line("full, times a bare copy", full.cpu_s / copy.cpu_s, "<= 2.5", "1.7");
    line(&format!("full, times faster than {}", best_full.1), best_full.0 / full.cpu_s, ">= 2", "3");
    let two = get(OURS, "2", "full", "int")?;
    line("full, two threads, times faster than one (wall)", full.wall_s / two.wall_s, ">= 1.6", "1.8");
    line("peak MB of all of ours", stmt.peak_mb.max(full.peak_mb).max(two.peak_mb), "<= 384", "200");
    let (text_stmt, text_full) = (get(OURS, "1", "stmt", "str")?, get(OURS, "1", "full", "str")?);
    line("statement with text ids, times with numbers", text_stmt.cpu_s / stmt.cpu_s, "", "1.35");
    line("full with text ids, times with numbers", text_full.cpu_s / full.cpu_s, "", "1.35");
    Ok(())
}

/// What each kind of rule costs beside the common one: the statement of a federation, medians of interleaved runs.
///
/// # Errors
/// When a job fails.
pub fn kinds(peers: &Peers, communities: usize, runs: usize) -> Result<()> {
    let folder = peers.generate(communities)?;
    let folder = folder.to_str().context("a folder")?;
    let out = peers.data.join("out-kinds");
    std::fs::create_dir_all(&out)?;
    let out = out.to_str().context("a folder")?;
    let mut all = BTreeMap::<&str, Vec<Run>>::new();
    for _ in 0..runs {
        for kind in KINDS {
            let started = Instant::now();
            let used = child(&["federation", "stmt", folder, "int", "1", out, kind])?;
            let run = Run { cpu_s: used.cpu_s, wall_s: started.elapsed().as_secs_f64(), peak_mb: used.peak_mb };
            all.entry(kind).or_default().push(run);
        }
    }
    let of = |kind: &str| all.get(kind).map_or(f64::NAN, |runs| median(runs).cpu_s);
    println!("\nstatement of {} meters by kind of rule      CPU s   to {}", communities * 100, KINDS[0]);
    for kind in KINDS {
        println!("  {kind:<42} {:>6.3}  {:>6.2}", of(kind), of(kind) / of(KINDS[0]));
    }
    Ok(())
}

/// How CPU time and memory grow from one federation to one ten times as large, ours only.
///
/// # Errors
/// When a job fails.
pub fn growth(peers: &Peers, communities: usize, runs: usize) -> Result<()> {
    println!("\nours, {} meters and ten times as many", communities * 100);
    for task in ["stmt", "full"] {
        let job = Job { engine: OURS, variant: "1", task, ids: "int" };
        let mut sizes = Vec::new();
        for communities in [communities, communities * 10] {
            let folder = peers.generate(communities)?;
            let all = (0..runs).map(|_| peers.run(&job, &folder)).collect::<Result<Vec<_>>>()?;
            sizes.push(median(&all));
        }
        let (small, large) = (sizes[0], sizes[1]);
        println!(
            "{task}: CPU {:.2} s, {:.2} s: {:.1} times (at the most 11, goal 10.3); peak {:.0} MB, {:.0} MB",
            small.cpu_s,
            large.cpu_s,
            large.cpu_s / small.cpu_s,
            small.peak_mb,
            large.peak_mb
        );
    }
    Ok(())
}
