//! `bench [--quick|--large] [--kafka HOST:PORT] [--peers DIR --python FILE --data DIR [--peers-only]]`: prints tables
//! of ratios. With a measure's name it runs that measure only.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use benches::federation::{Setting, kinds};
use benches::measure::{Used, child, cpu_s, median, peak_mb};
use benches::peers::{self, Peers};
use benches::soak::{self, Setting as Soak};
use benches::{federation, kafka, lake};

const RUNS: usize = 5;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(anyhow::Error::from)
        .and_then(|runtime| runtime.block_on(run(&words)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("error: {e:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(words: &[&str]) -> Result<()> {
    let before = cpu_s()?;
    let said = match words {
        ["prepare", folder, points] => {
            lake::prepare(Path::new(folder), points.parse()?).await?;
            "prepared".to_string()
        }
        ["scan", folder] => lake::scan(Path::new(folder)).await?,
        ["settlement", folder] => lake::settlement(Path::new(folder)).await?,
        ["full", folder] => lake::full_job(Path::new(folder)).await?,
        ["corrected", folder, nth] => lake::corrected(Path::new(folder), nth.parse()?).await?,
        ["federation", task, folder, ids, threads, out, kind @ ..] => {
            let kind = kind.first().copied().unwrap_or(kinds::KINDS[0]);
            let setting = Setting { folder: Path::new(folder), ids, threads: threads.parse()?, kind };
            match *task {
                "scan4" => federation::scan(setting).await?,
                "stmt" => federation::statement_only(setting, Path::new(out)).await?,
                _ => federation::full(setting, Path::new(out)).await?,
            }
        }
        ["soak", hours, communities, points] => {
            let soak = Soak { communities: communities.parse()?, points: points.parse()?, hours: hours.parse()? };
            let folder = tempfile::tempdir()?;
            print!("{}", soak::run(folder.path(), soak).await?.text(soak));
            return Ok(());
        }
        ["bare", brokers, messages] => kafka::bare(brokers, messages.parse()?)?,
        ["ingest", brokers, folder, messages] => {
            kafka::ingest(brokers, kafka::TOPIC, Path::new(folder), messages.parse()?).await?.0.to_string()
        }
        ["send", brokers, topic, partitions, points, messages] => {
            kafka::send(brokers, topic, partitions.parse()?, points.parse()?, messages.parse()?).await?;
            "sent".to_string()
        }
        ["partitions", brokers, topic, folder, messages] => {
            let (accepted, ms) = kafka::ingest(brokers, topic, Path::new(folder), messages.parse()?).await?;
            format!("{accepted} {ms}")
        }
        _ => return table(words).await,
    };
    println!("{:.3} {:.1} {said}", cpu_s()? - before, peak_mb()?);
    Ok(())
}

async fn table(words: &[&str]) -> Result<()> {
    let (quick, large) = (words.contains(&"--quick"), words.contains(&"--large"));
    let after = |flag: &str| words.iter().position(|w| *w == flag).and_then(|at| words.get(at + 1)).copied();
    let brokers = after("--kafka");
    match (after("--peers"), after("--python"), after("--data")) {
        (Some(scripts), Some(python), Some(data)) => {
            let peers = Peers { scripts: scripts.into(), python: python.into(), data: data.into() };
            peers::table(&peers, if quick { 10 } else { 100 }, if quick { 1 } else { RUNS })?;
            if large {
                peers::growth(&peers, 100, 1)?;
            } else if !quick {
                peers::growth(&peers, 10, RUNS)?;
                peers::kinds(&peers, 10, RUNS)?;
            }
        }
        _ => println!("SKIPPED: other engines, because --peers, --python and --data were not given"),
    }
    if words.contains(&"--peers-only") {
        return Ok(());
    }
    println!("meters x 30 days   rows       measure      CPU s   to scan   peak MB");
    for meters in if quick { &[200][..] } else { &[1_000, 10_000][..] } {
        let folder = tempfile::tempdir()?;
        of_lake(*meters, folder.path())?;
        if let Some(brokers) = brokers.filter(|_| *meters < 10_000) {
            of_kafka(brokers, folder.path(), *meters, if quick { 50_000 } else { 1_000_000 }).await?;
        }
    }
    if brokers.is_none() {
        println!("SKIPPED: Kafka, because no broker was named by --kafka HOST:PORT");
    }
    Ok(())
}

fn of_lake(meters: usize, folder: &Path) -> Result<()> {
    let path = folder.to_str().context("a folder with a plain name")?;
    let rows = meters * 30 * 96;
    let prepared = child(&["prepare", path, &meters.to_string()])?;
    print_row(meters, rows, "intake", &prepared, None);
    // The first full job makes the tables that the others read.
    let mut full = vec![child(&["full", path])?];
    let (mut scan, mut settlement) = (Vec::new(), Vec::new());
    // The largest size once more: a full job of it takes minutes.
    let again = if meters >= 10_000 { 0 } else { 2 };
    for run in 0..RUNS {
        scan.push(child(&["scan", path])?);
        settlement.push(child(&["settlement", path])?);
        if run < again {
            full.push(child(&["full", path])?);
        }
    }
    let (scan, settlement, full) = (median(scan)?, median(settlement)?, median(full)?);
    if settlement.said != full.said {
        bail!("the settlement shares {} kWh, the tables say {}", settlement.said, full.said);
    }
    print_row(meters, rows, "scan", &scan, Some(&scan));
    print_row(meters, rows, "settlement", &settlement, Some(&scan));
    print_row(meters, rows, "full job", &full, Some(&scan));
    of_correction(path, &full)
}

/// One corrected reading, from its arrival until a reader of the day sees it, in a service that runs.
fn of_correction(path: &str, full: &Used) -> Result<()> {
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for nth in 1..=RUNS {
        let said = child(&["corrected", path, &nth.to_string()])?.said;
        let (seconds, ms) = said.split_once(' ').context("CPU seconds and milliseconds")?;
        cpu.push(seconds.parse::<f64>()?);
        wall.push(ms.parse::<u64>()?);
    }
    cpu.sort_by(f64::total_cmp);
    wall.sort_unstable();
    println!(
        "                  one corrected reading: {:.2} CPU s, {:.2} % of the full job (at the most 1); a reader sees \
        it after {} ms (at the most 1000)",
        cpu[RUNS / 2],
        100.0 * cpu[RUNS / 2] / full.cpu_s.max(0.01),
        wall[RUNS / 2],
    );
    Ok(())
}

fn print_row(meters: usize, rows: usize, measure: &str, used: &Used, scan: Option<&Used>) {
    let ratio = scan.map_or(String::new(), |s| format!("{:.1}", used.cpu_s / s.cpu_s.max(0.01)));
    println!("{meters:>16}  {rows:>9}  {measure:<11}  {:>6.2}  {ratio:>8}  {:>8.0}", used.cpu_s, used.peak_mb);
}

async fn of_kafka(brokers: &str, folder: &Path, meters: usize, messages: usize) -> Result<()> {
    let path = folder.to_str().context("a folder with a plain name")?;
    kafka::send(brokers, kafka::TOPIC, kafka::PARTITIONS, meters, messages).await?;
    let count = messages.to_string();
    let (mut bare, mut ingest) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        bare.push(child(&["bare", brokers, &count])?);
        ingest.push(child(&["ingest", brokers, path, &count])?);
    }
    let (bare, ingest) = (median(bare)?, median(ingest)?);
    let per_s = |used: &Used| messages as f64 / used.cpu_s.max(0.01);
    println!("\nKafka, {messages} single JSON messages   readings per CPU s   to bare   peak MB");
    println!("  bare consumer                          {:>12.0}  {:>8}  {:>8.0}", per_s(&bare), "1.00", bare.peak_mb);
    println!(
        "  into the lake                          {:>12.0}  {:>8.2}  {:>8.0}",
        per_s(&ingest),
        per_s(&ingest) / per_s(&bare),
        ingest.peak_mb
    );
    of_partitions(brokers, path, meters, messages)
}

/// The same messages in one partition and in 500, on the clock of the wall: who asks for each partition in turn stands
/// still meanwhile.
fn of_partitions(brokers: &str, path: &str, meters: usize, messages: usize) -> Result<()> {
    let count = messages.to_string();
    let topics = [("bench.partitions.1", 1), ("bench.partitions.500", 500)];
    for (topic, partitions) in topics {
        child(&["send", brokers, topic, &partitions.to_string(), &meters.to_string(), &count])?;
    }
    let mut runs = [Vec::new(), Vec::new()];
    for _ in 0..3 {
        for ((topic, _), runs) in topics.iter().zip(&mut runs) {
            let used = child(&["partitions", brokers, topic, path, &count])?;
            let (accepted, ms) = used.said.split_once(' ').context("values and milliseconds")?;
            ensure!(accepted == count, "{accepted} of {count} values came in");
            runs.push((ms.parse::<u64>()?, used.peak_mb));
        }
    }
    let [(one, _), (many, peak_mb)] = runs.map(|mut runs| {
        runs.sort_by_key(|(ms, _)| *ms);
        runs[1]
    });
    let per_s = |ms: u64| messages as f64 * 1000.0 / ms.max(1) as f64;
    println!("\nKafka, readings per second      1 partition  500 partitions  to one (at least 0.9)   peak MB");
    println!("  {:>41.0}  {:>14.0}  {:>21.2}  {:>8.0}", per_s(one), per_s(many), per_s(many) / per_s(one), peak_mb);
    Ok(())
}
