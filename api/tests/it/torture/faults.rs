//! Processes, and what is done to them.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand::Rng;

use crate::program::Running;

/// What happens.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// SIGKILL.
    Kill,
    /// Stopped for longer than the group waits.
    Pause,
    /// Stopped again and again for a moment: everything it does takes ten times as long.
    Slow,
    /// No file may grow beyond a few bytes.
    Full,
    /// No further file can be opened.
    Failing,
    Broker,
    Partitions,
    Retention,
}

/// Of five faults four are kills, and each fifth is the next of these: also in three minutes each comes.
const OTHERS: [Fault; 7] =
    [Fault::Retention, Fault::Pause, Fault::Full, Fault::Broker, Fault::Failing, Fault::Partitions, Fault::Slow];

impl Fault {
    /// The next fault, and the time until the one after it.
    pub fn next(number: usize, random: &mut impl Rng) -> (Self, Duration) {
        let fault = match number % 5 {
            4 => OTHERS[number / 5 % OTHERS.len()],
            _ => Self::Kill,
        };
        (fault, Duration::from_millis(random.random_range(200..3_000)))
    }
}

/// A process of the service, started again when it has ended.
pub struct Process {
    number: usize,
    role: &'static [&'static str],
    running: Option<Running>,
    start_at: Instant,
    /// Until when it has a fault.
    until: Option<Instant>,
}

impl Process {
    pub fn start(folder: &Path, number: usize, role: &'static [&'static str]) -> Self {
        let mut process = Self { number, role, running: None, start_at: Instant::now(), until: None };
        process.tend(folder);
        process
    }

    /// Takes a fault away whose time is over, and starts what has ended. True when it ended by itself.
    pub fn tend(&mut self, folder: &Path) -> bool {
        if self.until.is_some_and(|until| until <= Instant::now()) {
            self.until = None;
            self.signal("-CONT");
            self.limit("--fsize=unlimited:unlimited");
            self.limit("--nofile=1024:");
        }
        let mut ended = false;
        if let Some(status) = self.running.as_mut().and_then(|r| r.0.try_wait().unwrap()) {
            // It may give up when it cannot write, and says so; it never breaks down.
            let log = || std::fs::read_to_string(folder.join("log")).unwrap();
            assert!(matches!(status.code(), Some(0 | 1)), "process {} ended with {status}:\n{}", self.number, log());
            self.running = None;
            self.start_at = Instant::now() + Duration::from_millis(200);
            ended = true;
        }
        if self.running.is_none() && self.start_at <= Instant::now() {
            self.running = Some(self.run(folder));
        }
        ended
    }

    /// What cannot be written gives an error here, as on a full disk, and no signal.
    fn run(&self, folder: &Path) -> Running {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
        let config = format!("{}.toml", self.number);
        let mut command = Command::new("bash");
        command.current_dir(folder).args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_ecoop")]);
        command.args(["--data", "lake", "--config", &config, "serve"]).args(self.role);
        command.args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        Running(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    fn id(&self) -> Option<String> {
        self.running.as_ref().map(|r| r.0.id().to_string())
    }

    fn signal(&self, name: &str) {
        if let Some(id) = self.id() {
            // It may have ended in this moment.
            let _ = Command::new("kill").args([name, &id]).stderr(Stdio::null()).status().unwrap();
        }
    }

    fn limit(&self, limit: &str) {
        if let Some(id) = self.id() {
            let _ = Command::new("prlimit").args(["--pid", &id, limit]).stderr(Stdio::null()).status().unwrap();
        }
    }
}

/// Does something to one of the processes; says what.
pub fn strike(processes: &mut [Process], fault: Fault, random: &mut impl Rng) -> Option<&'static str> {
    let which = random.random_range(0..processes.len());
    let process = processes.get_mut(which)?;
    if process.running.is_none() || process.until.is_some() {
        return None;
    }
    let for_ms = |ms: u64| Some(Instant::now() + Duration::from_millis(ms));
    match fault {
        Fault::Kill => {
            process.running.take()?.kill();
            process.start_at = Instant::now() + Duration::from_millis(random.random_range(0..600));
            Some("kills")
        }
        Fault::Pause => {
            process.signal("-STOP");
            process.until = for_ms(random.random_range(6_500..12_000));
            Some("pauses")
        }
        Fault::Slow => {
            for _ in 0..random.random_range(5..25) {
                process.signal("-STOP");
                std::thread::sleep(Duration::from_millis(100));
                process.signal("-CONT");
                std::thread::sleep(Duration::from_millis(10));
            }
            Some("times of slowness")
        }
        Fault::Full => {
            process.limit(&format!("--fsize={}:unlimited", random.random_range(0..9_000)));
            process.until = for_ms(random.random_range(500..5_000));
            Some("full disks")
        }
        Fault::Failing => {
            process.limit(&format!("--nofile={}:", random.random_range(8..40)));
            process.until = for_ms(random.random_range(300..3_000));
            Some("failing stores")
        }
        Fault::Broker | Fault::Partitions | Fault::Retention => None,
    }
}
