//! Chromium without a window, told what to do over two pipes by its own protocol.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

/// One page in a browser of its own.
pub struct Browser {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    asked: u64,
    session: Option<String>,
    /// What the page has loaded: address and bytes.
    pub loaded: Vec<(String, u64)>,
    _profile: tempfile::TempDir,
}

/// The browser's ends of the pipes are its third and fourth file.
const START: &str =
    "command -v chromium >/dev/null || exit 9; exec chromium \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";

impl Browser {
    pub fn start() -> Self {
        let profile = tempfile::tempdir().unwrap();
        let folder = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--allow-file-access-from-files",
            "--no-first-run",
            "--remote-debugging-pipe",
            &folder,
        ];
        let mut command = Command::new("bash");
        command.args(["-c", START, "chromium"]).args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut browser = Self { child, to, from, asked: 0, session: None, loaded: vec![], _profile: profile };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}))["targetId"].clone();
        let attached = browser.call("Target.attachToTarget", &json!({"targetId": target, "flatten": true}));
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Network", "Runtime"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Sends a command and waits for its answer.
    fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.asked += 1;
        let mut message = json!({"id": self.asked, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        self.to.write_all(format!("{message}\0").as_bytes()).unwrap();
        loop {
            let mut text = vec![];
            self.from.read_until(0, &mut text).unwrap();
            assert!(!text.is_empty(), "Chromium is not there or ended; `apt-get install chromium`");
            let heard: Value = serde_json::from_slice(text.strip_suffix(&[0]).unwrap()).unwrap();
            if heard["id"] == json!(self.asked) {
                assert!(heard.get("error").is_none(), "{method}: {heard}");
                return heard["result"].clone();
            }
            self.hear(&heard);
        }
    }

    fn hear(&mut self, heard: &Value) {
        let p = &heard["params"];
        match heard["method"].as_str() {
            Some("Network.requestWillBeSent") => {
                let url = p["request"]["url"].as_str().unwrap();
                self.loaded.push((format!("{} {url}", p["requestId"].as_str().unwrap()), 0));
            }
            Some("Network.dataReceived") => {
                let id = format!("{} ", p["requestId"].as_str().unwrap());
                let of = self.loaded.iter_mut().find(|(name, _)| name.starts_with(&id));
                of.into_iter().for_each(|(_, bytes)| *bytes += p["dataLength"].as_u64().unwrap());
            }
            _ => {}
        }
    }

    /// So many CSS pixels wide, with text of so many percent.
    pub fn size(&mut self, width: u32, text_percent: u32) {
        let metrics = json!({"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", &metrics);
        self.call("Page.setFontSizes", &json!({"fontSizes": {"standard": 16 * text_percent / 100}}));
    }

    /// Opens an address, and waits until all of it is there.
    pub fn open(&mut self, url: &str) {
        self.loaded.clear();
        let opened = self.call("Page.navigate", &json!({"url": url}));
        assert!(opened.get("errorText").is_none(), "{url}: {opened}");
        self.run(
            "new Promise((done) => document.readyState == 'complete' ? done() : addEventListener('load', () => done()))
             .then(() => document.fonts.ready).then(() => true)",
        );
    }

    /// What an expression comes to; a promise is waited for.
    pub fn run(&mut self, script: &str) -> Value {
        let how = json!({"expression": script, "awaitPromise": true, "returnByValue": true});
        let ran = self.call("Runtime.evaluate", &how);
        assert!(ran.get("exceptionDetails").is_none(), "{script}: {ran}");
        ran["result"]["value"].clone()
    }

    /// Waits until an expression is true.
    pub fn wait_for(&mut self, condition: &str) {
        let wait = format!(
            "new Promise((done) => {{ const end = Date.now() + 60000;
             const look = () => ({condition}) ? done(true) : Date.now() > end ? done(false) : setTimeout(look, 50);
             look(); }})"
        );
        let came = self.run(&wait);
        assert_eq!(came, json!(true), "waited in vain for {condition} in\n{}", self.run("document.body.innerText"));
    }

    /// The whole page as a picture, for people.
    pub fn picture(&mut self, file: &Path) {
        let height = self.run("document.documentElement.scrollHeight");
        let width = self.run("document.documentElement.clientWidth");
        let clip = json!({"x": 0, "y": 0, "width": width, "height": height, "scale": 1});
        let how = json!({"captureBeyondViewport": true, "clip": clip});
        let picture = self.call("Page.captureScreenshot", &how)["data"].as_str().unwrap().to_owned();
        let mut decode = Command::new("base64");
        decode.arg("-d").stdin(Stdio::piped()).stdout(std::fs::File::create(file).unwrap());
        let mut decode = decode.spawn().unwrap();
        decode.stdin.take().unwrap().write_all(picture.as_bytes()).unwrap();
        assert!(decode.wait().unwrap().success());
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
