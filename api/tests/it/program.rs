//! The binary.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A command on the installation `lake` below a folder.
pub fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ecoop"));
    command.current_dir(folder).args(["--data", "lake"]).args(arguments);
    command
}

/// Runs it; it must end well. Gives what it printed.
pub fn ecoop(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A program that runs until it is killed, also when a test fails.
pub struct Running(pub Child);

impl Running {
    /// Starts it; what it logs goes into `log` below the folder.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
        let mut command = command(folder, arguments);
        command.stdout(Stdio::null()).stderr(log);
        Self(command.spawn().unwrap())
    }

    /// SIGKILL.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// SIGTERM; it must end well.
    pub fn end(mut self) {
        let told = Command::new("kill").arg(self.0.id().to_string()).status().unwrap();
        assert!(told.success());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
