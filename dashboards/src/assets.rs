//! Style sheet, scripts and fonts, embedded at build (see `build.rs`).
//!
//! An address carries the hash of the content, so an answer can be cached for ever and a new build is seen at once.

/// Where the files are served: `/assets/<file>`.
pub const PREFIX: &str = "/assets/";

/// One embedded file.
#[derive(Debug)]
pub struct Asset {
    /// Its plain name, as in the sources: `ecoop.css`.
    pub name: &'static str,
    /// Its name on the site, with the hash of its content: `ecoop-1a2b3c4d5e6f.css`.
    pub file: &'static str,
    /// Media type.
    pub mime: &'static str,
    /// Quoted strong entity tag.
    pub etag: &'static str,
    /// Content.
    pub bytes: &'static [u8],
}

/// Every embedded file.
pub static ASSETS: &[Asset] = &include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The file behind `/assets/<path>`: content, media type, entity tag. Only hashed names are answered.
pub fn get(path: &str) -> Option<(&'static [u8], &'static str, &'static str)> {
    ASSETS.iter().find(|a| a.file == path).map(|a| (a.bytes, a.mime, a.etag))
}

/// The address of a file by its plain name; the empty string for a name that is not embedded (guarded by a test).
pub fn url(name: &str) -> String {
    ASSETS.iter().find(|a| a.name == name).map(|a| format!("{PREFIX}{}", a.file)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_asset_is_found_by_its_address_and_only_by_it() {
        for asset in ASSETS {
            let address = url(asset.name);
            let path = address.strip_prefix(PREFIX).unwrap();
            assert_eq!(get(path), Some((asset.bytes, asset.mime, asset.etag)));
            assert!(get(asset.name).is_none());
            assert!(!asset.bytes.is_empty());
        }
        assert!(get("../Cargo.toml").is_none());
    }

    #[test]
    fn scripts_stay_below_60_kb() {
        let scripts: usize = ASSETS.iter().filter(|a| a.name.ends_with(".js")).map(|a| a.bytes.len()).sum();
        assert!((1..60_000).contains(&scripts), "{scripts} bytes of JavaScript");
    }

    #[test]
    fn the_style_sheet_names_embedded_fonts_and_nothing_outside() {
        let css = std::str::from_utf8(ASSETS.iter().find(|a| a.name == "ecoop.css").unwrap().bytes).unwrap();
        let urls: Vec<&str> = css.split("url(").skip(1).filter_map(|rest| rest.split(')').next()).collect();
        assert!(!urls.is_empty());
        for url in urls {
            assert!(get(url).is_some(), "{url}");
        }
        assert!(!css.contains("//"), "no address of another host");
    }
}
