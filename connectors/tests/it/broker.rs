//! A real Apache Kafka: `ECOOP_TEST_KAFKA=host:port`, or one that `.ci/kafka/broker` starts and stops.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/kafka/broker");
static TOPICS: AtomicU32 = AtomicU32::new(0);

/// A running broker.
pub struct Broker {
    pub address: String,
    /// Its folder, when it is ours.
    pub folder: Option<tempfile::TempDir>,
}

impl Broker {
    #[expect(clippy::disallowed_methods, reason = "tests may be told of a broker that is already there")]
    pub fn start() -> Self {
        if let Ok(address) = std::env::var("ECOOP_TEST_KAFKA") {
            return Self { address, folder: None };
        }
        let folder = tempfile::tempdir().unwrap();
        let address = script("start", folder.path());
        Self { address, folder: Some(folder) }
    }

    /// A name that no other topic of this broker has.
    pub fn new_topic(&self) -> String {
        let number = TOPICS.fetch_add(1, Ordering::Relaxed);
        let since_1970 = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos();
        format!("ecoop.test.{since_1970}.{number}")
    }
}

impl Broker {
    /// SIGKILL, and up again on the same data and address. `false` when the broker is not ours to kill.
    pub fn kill_and_restart(&self) -> bool {
        let Some(folder) = &self.folder else { return false };
        script("kill", folder.path());
        assert_eq!(script("restart", folder.path()), self.address);
        true
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            script("stop", folder.path());
        }
    }
}

fn script(command: &str, folder: &std::path::Path) -> String {
    let output = Command::new(SCRIPT).arg(command).arg("--dir").arg(folder).output().unwrap();
    assert!(
        output.status.success(),
        "{SCRIPT} {command}: {} (it needs Java and Maven, which `make test` installs)",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_string()
}
