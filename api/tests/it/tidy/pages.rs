//! What has to be there for each page, in known places: its route and its address, its samples, its words.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use super::source::{attributes, for_tests};
use super::tree::{File, files};

/// Routes that no page links to: they are for machines.
const OF_MACHINES: [&str; 4] = ["/livez", "/readyz", "/metrics", "/v1/"];

/// Routes without an address and addresses without a route, with `{}` for each variable part.
fn unlinked(files: &[File]) -> Vec<String> {
    let routes: BTreeSet<String> = files
        .iter()
        .filter(|(p, _)| p.starts_with("api/src/http") && p.ends_with(".rs"))
        .flat_map(|(_, text)| routes(text))
        .filter(|route| !OF_MACHINES.iter().any(|m| route.starts_with(m)))
        .collect();
    let of_urls = |p: &str| p.starts_with("dashboards/src/") && p.ends_with("/urls.rs");
    let urls = files.iter().filter(|(p, _)| of_urls(p)).flat_map(|(_, text)| addresses(text));
    // The one place that knows where embedded files are.
    let assets = files.iter().filter(|(p, _)| p == "dashboards/src/assets.rs").flat_map(|(_, text)| strings(text));
    let assets = assets.filter(|s| s.starts_with('/') && s.ends_with('/')).map(|s| format!("{s}{{}}"));
    let urls: BTreeSet<String> = urls.chain(assets).collect();
    routes.symmetric_difference(&urls).cloned().collect()
}

/// `"/c/{community}"` of `.route("/c/{community}", ...)` as `/c/{}`.
fn routes(text: &str) -> Vec<String> {
    let calls = text.split(".route(").skip(1);
    calls.filter_map(|call| call.trim_start().strip_prefix('"')?.split('"').next()).map(unnamed).collect()
}

/// The addresses that the formats of `urls.rs` make, without their prefix and query. A format with `{tail}` makes one
/// for each other string that is no format: `""`, `"/live"`.
fn addresses(text: &str) -> Vec<String> {
    let strings = strings(text);
    let is_format = |s: &&String| s.starts_with('{');
    let tails: Vec<&String> =
        strings.iter().filter(|s| !is_format(s) && (s.is_empty() || s.starts_with('/'))).collect();
    let formats = strings.iter().filter(is_format).flat_map(|format| match format.contains("{tail}") {
        true => tails.iter().map(|tail| format.replace("{tail}", tail)).collect(),
        false => vec![format.clone()],
    });
    let after_prefix = |s: String| s.split_once('}').map(|(_, rest)| rest.to_string());
    let path = |s: String| unnamed(s.split('?').next().unwrap());
    formats.filter_map(after_prefix).map(path).filter(|s| s.starts_with('/')).collect()
}

fn unnamed(path: &str) -> String {
    let mut parts = path.split('{');
    let first = parts.next().unwrap().to_string();
    parts.fold(first, |all, part| format!("{all}{{}}{}", part.split_once('}').map_or("", |(_, rest)| rest)))
}

/// Literal strings outside of tests, of macros' calls too.
fn strings(text: &str) -> Vec<String> {
    let items = syn::parse_file(text).unwrap().items;
    let items = items.iter().filter(|i| !for_tests(attributes(i)));
    items.flat_map(|item| strings_of(item.to_token_stream())).collect()
}

fn strings_of(tokens: TokenStream) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = ' ';
    for token in tokens {
        match token {
            // `#[doc = "..."]` and other attributes.
            TokenTree::Group(_) if before == '#' => {}
            TokenTree::Group(ref group) => found.extend(strings_of(group.stream())),
            TokenTree::Literal(ref literal) => {
                found.extend(syn::parse_str::<syn::LitStr>(&literal.to_string()).ok().map(|s| s.value()));
            }
            _ => {}
        }
        before = if let TokenTree::Punct(punct) = &token { punct.as_char() } else { ' ' };
    }
    found
}

#[test]
fn what_is_linked_is_answered_and_what_is_answered_is_linked() {
    assert_eq!(unlinked(&files()), Vec::<String>::new());
    let http = ".route(\"/\", get(a)).route(\n\"/c/{community}/x.csv\", get(b)).route(\"/livez\", c)";
    let urls = "fn a() { format!(\"{}/?lang={l}\", p); b(\"/x.csv\"); format!(\"{p}/c/{id}{tail}?d={d}\") }";
    let check = |http: &str, urls: &str| {
        unlinked(&[("api/src/http.rs".into(), http.into()), ("dashboards/src/urls.rs".into(), urls.into())])
    };
    assert_eq!(check(http, urls), Vec::<String>::new());
    assert_eq!(check(http, "fn a() { format!(\"{p}/?lang={l}\"); }"), ["/c/{}/x.csv"]);
    assert_eq!(check(".route(\"/\", get(a))", urls), ["/c/{}/x.csv"]);
}

/// Templates of pages that no page with samples draws. The page is the file that names the template, or the one above
/// it.
fn without_sample(files: &[File]) -> Vec<String> {
    let pages = files.iter().filter_map(|(p, _)| p.strip_prefix("dashboards/templates/"));
    let pages: Vec<&str> = pages.filter(|p| p.starts_with("page/")).collect();
    let has_samples = |stem: &str| files.iter().any(|(p, t)| *p == format!("{stem}.rs") && t.contains("SAMPLES"));
    let drawn = |template: &&str| {
        let naming = files.iter().filter(|(p, t)| {
            p.starts_with("dashboards/src/") && p.ends_with(".rs") && t.contains(&format!("\"{template}\""))
        });
        let stems = naming.map(|(p, _)| p.trim_end_matches(".rs"));
        stems.flat_map(|s| [s, s.rsplit_once('/').unwrap().0]).any(has_samples)
    };
    pages.into_iter().filter(|p| !drawn(p)).map(str::to_string).collect()
}

#[test]
fn each_page_has_samples() {
    assert_eq!(without_sample(&files()), Vec::<String>::new());
    let template = ("dashboards/templates/page/energy/day.html".to_string(), String::new());
    let page =
        |path: &str, text: &str| (path.to_string(), format!("#[template(path = \"page/energy/day.html\")] {text}"));
    let (good, bad) = ("pub const SAMPLES: [u8; 0] = [];", "");
    let of = |page: File| without_sample(&[template.clone(), page]).len();
    assert_eq!(of(page("dashboards/src/page/energy/day.rs", good)), 0);
    assert_eq!(of(page("dashboards/src/page/energy/day.rs", bad)), 1);
    assert_eq!(of(page("dashboards/src/page/energy/night.rs", good)), 0, "a page may draw several");
    let above = ("dashboards/src/page/energy/day.rs".to_string(), good.to_string());
    assert_eq!(without_sample(&[template.clone(), above, page("dashboards/src/page/energy/day/draw.rs", "")]).len(), 0);
    assert_eq!(without_sample(&[template]).len(), 1);
}

/// Where every message of a problem has its code.
const SAID: [&str; 2] = ["api/src/registry/say.rs", "api/src/problem/refused.rs"];

/// Codes of problems without words, and words without a code, in each language that has any. The codes are the strings
/// of the lists `messages!`.
fn without_words(files: &[File]) -> Vec<String> {
    let mut all = BTreeSet::new();
    for said in SAID {
        let codes = files.iter().find(|(p, _)| p == said).map(|(_, text)| codes(text)).unwrap_or_default();
        if codes.is_empty() {
            return vec![format!("no messages in {said}")];
        }
        all.extend(codes);
    }
    let codes = all;
    let mut languages = BTreeMap::<&str, BTreeSet<String>>::new();
    for (path, text) in files {
        let Some((language, file)) = path.strip_prefix("dashboards/locales/").and_then(|p| p.split_once('/')) else {
            continue;
        };
        if file == "errors.ftl" {
            let words = languages.entry(language).or_default();
            let keys = text.lines().filter_map(|l| l.split_once(" =").map(|(key, _)| key));
            words.extend(keys.filter(|k| k.starts_with(|c: char| c.is_ascii_lowercase())).map(str::to_string));
        }
    }
    let differ = |(language, words): (&str, BTreeSet<String>)| {
        codes.symmetric_difference(&words).map(|code| format!("{language}: {code}")).collect::<Vec<_>>()
    };
    languages.into_iter().flat_map(differ).collect()
}

fn codes(said: &str) -> Vec<String> {
    let items = syn::parse_file(said).unwrap().items;
    let lists = items.into_iter().filter_map(|item| match item {
        syn::Item::Macro(item) if item.mac.path.is_ident("messages") => Some(item.mac.tokens),
        _ => None,
    });
    lists.flat_map(strings_of).collect()
}

#[test]
fn each_code_of_a_problem_has_words_in_each_language() {
    assert_eq!(without_words(&files()), Vec::<String>::new());
    let of = |codes: &str, en: &str, fr: &str| {
        without_words(&[
            (SAID[0].into(), codes.into()),
            (SAID[1].into(), "messages! { nobody \"nobody\" (); }".into()),
            ("dashboards/locales/en/errors.ftl".into(), en.into()),
            ("dashboards/locales/fr/errors.ftl".into(), fr.into()),
            ("dashboards/locales/sv/page.ftl".into(), "a = A".into()),
        ])
    };
    let codes = "messages! { unknown_point \"unknown-point\" (point); late \"late\" (); }";
    let words = "# Words\nunknown-point = No { $point }\n    here = there\nlate = Late\nnobody = Nobody\n";
    assert_eq!(of(codes, words, words), Vec::<String>::new());
    assert_eq!(of(codes, words, "late = Tard\nnobody = Personne"), ["fr: unknown-point"]);
    assert_eq!(of(codes, "late = L\nunknown-point = P\nolder = O\nnobody = N", words), ["en: older"]);
    assert_eq!(of("pub enum Problem {}", words, words), ["no messages in api/src/registry/say.rs"]);
}
