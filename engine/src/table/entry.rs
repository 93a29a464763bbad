//! An entry of a log: it holds the digest of itself, and is proven before it is believed.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::hash::hex;

/// The field of `commitInfo` with the digest of the entry.
const DIGEST: &str = "sha256";

/// The digest of an entry: of its version and of its lines, each with its names in order and without the digest.
fn digest_of(version: i64, lines: &[Value]) -> String {
    let mut all = Sha256::new();
    all.update(version.to_string());
    for line in lines {
        all.update("\n");
        all.update(line.to_string());
    }
    hex(&all.finalize())
}

/// The digest that `commitInfo`, the first of the lines, is to hold.
pub fn seal(version: i64, lines: &[Value]) -> (String, Value) {
    (DIGEST.to_string(), Value::String(digest_of(version, lines)))
}

/// An entry that nobody but us writes: `commitInfo` with its digest, and what the entry does.
pub fn entry(version: i64, now_ms: i64, operation: &str, actions: Vec<Value>) -> Vec<u8> {
    let info = serde_json::json!({"commitInfo": {"timestamp": now_ms, "operation": operation, "engineInfo": "ecoop"}});
    let mut lines: Vec<Value> = std::iter::once(info).chain(actions).collect();
    let (name, digest) = seal(version, &lines);
    lines[0]["commitInfo"][name] = digest;
    lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\n").into_bytes()
}

/// Whether an entry is what was written. `false` when it is of an older version of the program and holds no digest.
///
/// # Errors
/// What is wrong with it.
pub fn prove_entry(version: i64, bytes: &[u8]) -> std::result::Result<bool, String> {
    if bytes.iter().all(|b| *b == 0) {
        return Err("is empty".into());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "is not text")?;
    let mut lines = Vec::new();
    for (n, line) in text.split('\n').enumerate() {
        // What the program wrote has no space where the format needs none.
        match serde_json::from_str::<Value>(line) {
            Ok(value) if value.is_object() => lines.push((value, line)),
            _ => return Err(format!("is cut or changed: line {} is not an action", n + 1)),
        }
    }
    let info = lines.iter_mut().find_map(|(value, _)| value.get_mut("commitInfo")?.as_object_mut());
    let Some(info) = info else { return Err("is changed: it does not say who wrote it".into()) };
    let Some(held) = info.remove(DIGEST) else {
        // Entries of older versions are the library's own.
        let by_library = info.get("clientVersion").and_then(Value::as_str).is_some_and(|v| v.starts_with("delta-rs."));
        return if by_library { Ok(false) } else { Err("is changed: it does not hold its digest".into()) };
    };
    let length: usize = lines.iter().map(|(_, line)| line.len()).sum();
    let lines: Vec<Value> = lines.into_iter().map(|(value, _)| value).collect();
    let field = format!("\"{DIGEST}\":{held},").len();
    let written: usize = lines.iter().map(|value| value.to_string().len()).sum();
    if held.as_str() == Some(&digest_of(version, &lines)) && written + field == length {
        Ok(true)
    } else {
        Err("is changed: it does not have the digest that it holds".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_of_an_entry_counts() {
        let add = serde_json::json!({"add": {"path": "a=\u{e9}/b.parquet", "stats": "{\"numRecords\":7}", "size": 70}});
        let bytes = entry(41, 1_781_524_800_000, "WRITE", vec![add]);
        assert_eq!(prove_entry(41, &bytes), Ok(true));
        assert!(prove_entry(42, &bytes).is_err(), "an entry has its place");
        for n in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[n] ^= 1 << bit;
                assert!(prove_entry(41, &changed).is_err(), "bit {bit} of byte {n}");
            }
            assert!(prove_entry(41, &bytes[..n]).is_err(), "cut to {n}");
        }
        for more in [&b"\n"[..], b" ", b"}"] {
            assert!(prove_entry(41, &[&bytes, more].concat()).is_err(), "{more:?}");
        }
    }

    #[test]
    fn an_entry_of_an_older_version_is_read_and_counted() {
        let old = br#"{"commitInfo":{"timestamp":1,"operation":"WRITE","clientVersion":"delta-rs.1.1.3"}}"#;
        assert_eq!(prove_entry(3, old), Ok(false));
        assert!(prove_entry(3, &old[..40]).is_err() && prove_entry(3, b"{}").is_err());
    }
}
