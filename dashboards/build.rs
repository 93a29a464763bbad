//! Embeds the web assets: our own from `assets/`, third-party ones from `assets/node_modules`, where `make assets`
//! (`npm ci --ignore-scripts`) puts the versions of the lock file. Writes `assets.rs` with one entry per file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, process};

use sha2::{Digest, Sha256};

/// Name on the site, path below `assets/`, media type.
const ASSETS: &[(&str, &str, &str)] = &[
    ("ecoop.css", "ecoop.css", "text/css; charset=utf-8"),
    ("logo.svg", "logo.svg", "image/svg+xml"),
    ("selection.js", "selection.js", "text/javascript; charset=utf-8"),
    ("htmx.js", "node_modules/htmx.org/dist/htmx.min.js", "text/javascript; charset=utf-8"),
    ("htmx-sse.js", "node_modules/htmx.org/dist/ext/hx-sse.min.js", "text/javascript; charset=utf-8"),
    ("inter-latin.woff2", "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2", "font/woff2"),
    (
        "inter-latin-ext.woff2",
        "node_modules/@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
        "font/woff2",
    ),
];

fn main() {
    let root = PathBuf::from(variable("CARGO_MANIFEST_DIR")).join("assets");
    let out = PathBuf::from(variable("OUT_DIR"));
    println!("cargo::rerun-if-changed=build.rs");
    let fonts: Vec<(&str, String)> = ASSETS
        .iter()
        .filter(|(name, _, _)| name.ends_with(".woff2"))
        .map(|(name, path, _)| (*name, hashed(name, &digest(&read(&root, path)))))
        .collect();
    let mut entries = String::from("[\n");
    for (name, path, mime) in ASSETS {
        println!("cargo::rerun-if-changed=assets/{path}");
        let mut bytes = read(&root, path);
        if *name == "ecoop.css" {
            bytes = with_font_addresses(bytes, &fonts);
        }
        let digest = digest(&bytes);
        if let Err(e) = fs::write(out.join(name), &bytes) {
            fail(&format!("cannot write {name}: {e}"));
        }
        let file = hashed(name, &digest);
        writeln!(
            entries,
            "    Asset {{ name: {name:?}, file: {file:?}, mime: {mime:?}, etag: {:?}, \
             bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}\")) }},",
            format!("\"{digest}\"")
        )
        .unwrap_or_else(|e| fail(&e.to_string()));
    }
    entries.push(']');
    if let Err(e) = fs::write(out.join("assets.rs"), entries) {
        fail(&format!("cannot write assets.rs: {e}"));
    }
}

/// The style sheet names fonts by their plain names; their addresses carry the hash of their content.
fn with_font_addresses(css: Vec<u8>, fonts: &[(&str, String)]) -> Vec<u8> {
    let Ok(mut css) = String::from_utf8(css) else { fail("assets/ecoop.css is not UTF-8") };
    for (name, file) in fonts {
        css = css.replace(&format!("url({name})"), &format!("url({file})"));
    }
    css.into_bytes()
}

/// `ecoop.css` with digest `1a2b...` is served as `ecoop-1a2b3c4d5e6f.css`.
fn hashed(name: &str, digest: &str) -> String {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    format!("{stem}-{}.{extension}", &digest[..12])
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().take(16).fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

fn read(root: &Path, path: &str) -> Vec<u8> {
    let file = root.join(path);
    fs::read(&file).unwrap_or_else(|e| match path.starts_with("node_modules/") {
        true => fail(&format!(
            "{} is missing ({e}): run `make assets`, which fetches the web assets by npm (`npm ci --ignore-scripts` in \
             dashboards/assets)",
            file.display()
        )),
        false => fail(&format!("cannot read {}: {e}", file.display())),
    })
}

#[expect(clippy::disallowed_methods, reason = "cargo speaks to build scripts by its environment")]
fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|e| fail(&format!("cargo did not set {name}: {e}")))
}

fn fail(message: &str) -> ! {
    println!("cargo::error={message}");
    process::exit(1)
}
