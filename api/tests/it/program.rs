//! The binary.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

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

/// Runs what must not end well. Gives what it said.
pub fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = command(folder, arguments).output().unwrap();
    assert!(!output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8(output.stderr).unwrap()
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

    /// Starts what serves pages, and waits until it says where.
    pub fn start_pages(folder: &Path, arguments: &[&str]) -> (Self, Pages) {
        Self::start_pages_with(folder, arguments, &[])
    }

    /// The same with settings of the environment.
    pub fn start_pages_with(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> (Self, Pages) {
        let log = std::fs::OpenOptions::new().create(true).append(true).open(folder.join("log")).unwrap();
        let mut command = command(folder, arguments);
        command.args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]).envs(settings.iter().copied());
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.trim().strip_prefix("ready http://localhost:");
        let port = port.unwrap_or_else(|| panic!("{line}{}", std::fs::read_to_string(folder.join("log")).unwrap()));
        (Self(child), Pages { port: port.parse().unwrap() })
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

/// Asks for pages, without a browser's headers.
#[derive(Clone, Copy)]
pub struct Pages {
    pub port: u16,
}

/// An answer.
pub struct Answer {
    pub status: u16,
    /// Lower-case names.
    pub head: String,
    pub body: String,
}

impl Pages {
    /// Sends a request and leaves its answer in the stream.
    pub fn open(self, path: &str) -> TcpStream {
        self.open_as("localhost", path)
    }

    /// The same under another name of the host.
    pub fn open_as(self, host: &str, path: &str) -> TcpStream {
        self.send("GET", host, path, "")
    }

    /// The page, once it says something.
    pub fn once(self, path: &str, text: &str) -> Answer {
        let started = Instant::now();
        loop {
            let page = self.get(path);
            if page.body.contains(text) {
                return page;
            }
            assert!(started.elapsed() < Duration::from_secs(60), "{text} is not in\n{}", page.body);
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The answer to a browser of a language.
    pub fn get_in(self, language: &str, path: &str) -> Answer {
        let header = format!("Accept-Language: {language}\r\n");
        Answer::read(self.send("GET", "localhost", path, &header))
    }

    /// Sends a request with more headers.
    pub fn send(self, method: &str, host: &str, path: &str, headers: &str) -> TcpStream {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let request = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        stream
    }

    pub fn get(self, path: &str) -> Answer {
        Answer::read(self.open(path))
    }
}

impl Answer {
    /// What a stream holds until its end.
    pub fn read(mut stream: TcpStream) -> Self {
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Self { status, head: head.to_lowercase(), body: body.to_string() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
