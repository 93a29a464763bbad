//! Which file imports which: `use`, and paths in code, followed through re-exports to the file where a thing is
//! written.
//!
//! `mod x; pub use x::Y;` is a facade and no import; a name that comes from the facade is an import of `x`. Methods are
//! not followed (that would need types), nor is code built only for tests: a test may set a scene with what stands
//! above.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::source::{Code, Meaning, Modules, attributes, for_tests, leaves};

/// From each file, the files that it imports.
pub type Imports = BTreeMap<String, BTreeSet<String>>;

pub fn imports(code: &Code) -> Imports {
    let mut imports = Imports::new();
    for modules in code.crates.values() {
        for (index, module) in modules.0.iter().enumerate().filter(|(_, m)| !m.is_test) {
            let to = imports.entry(module.file.clone()).or_default();
            to.extend(imported(modules, index).into_iter().map(|m| modules.0[m].file.clone()));
            to.remove(&module.file);
        }
    }
    imports
}

/// Modules whose things the module `index` uses.
fn imported(modules: &Modules, index: usize) -> BTreeSet<usize> {
    let module = &modules.0[index];
    let mut seen = Seen { modules, index, bound: BTreeSet::new(), found: BTreeSet::new() };
    for item in module.uses.iter().filter(|u| !u.is_test) {
        let found = modules.written(index, &item.path);
        let of_below = |m: &usize| item.is_public && modules.0[*m].path.starts_with(&module.path);
        seen.found.extend(found.into_iter().filter(|m| !of_below(m)));
    }
    for item in module.items.iter().filter(|i| !for_tests(attributes(i))) {
        Bound(&mut seen.bound).visit_item(item);
        seen.visit_item(item);
    }
    seen.found
}

impl Modules {
    /// The modules where what `path` names is written, seen from `index`. Nothing for what other crates have.
    fn written(&self, index: usize, path: &[String]) -> BTreeSet<usize> {
        let ends = self.resolve(index, path, &mut Vec::new());
        ends.into_iter().filter_map(|end| if let End::Item(m) = end { Some(m) } else { None }).collect()
    }

    fn resolve(&self, index: usize, path: &[String], asked: &mut Vec<(usize, String)>) -> BTreeSet<End> {
        let mut ends = BTreeSet::from([End::Module(index)]);
        for (n, name) in path.iter().enumerate() {
            let step = |end: End, asked: &mut Vec<(usize, String)>| match (end, name.as_str()) {
                (End::Item(m), _) => BTreeSet::from([End::Item(m)]),
                (End::Module(_), "crate") => BTreeSet::from([End::Module(0)]),
                (End::Module(m), "self") => BTreeSet::from([End::Module(m)]),
                (End::Module(m), "super") => self.0[m].parent.into_iter().map(End::Module).collect(),
                (End::Module(m), name) => {
                    let found = self.lookup(m, name, asked);
                    // A name that a macro writes.
                    let is_written = n > 0 && found.is_empty() && !self.0[m].names.contains_key(name);
                    if is_written { BTreeSet::from([End::Item(m)]) } else { found }
                }
            };
            ends = ends.into_iter().flat_map(|end| step(end, asked)).collect();
        }
        ends
    }

    fn lookup(&self, index: usize, name: &str, asked: &mut Vec<(usize, String)>) -> BTreeSet<End> {
        let module = &self.0[index];
        let meanings = || module.names.get(name).into_iter().flatten();
        let children = meanings().filter_map(|m| if let Meaning::Module(child) = m { Some(*child) } else { None });
        let mut found: BTreeSet<End> = children.map(End::Module).collect();
        // `pub use run::run` asks what `run` is while it is asked: the module then.
        let question = (index, name.to_string());
        if asked.contains(&question) {
            return found;
        }
        asked.push(question);
        for meaning in meanings() {
            match meaning {
                Meaning::Item => found.extend([End::Item(index)]),
                Meaning::Use(path) => found.extend(self.resolve(index, path, asked)),
                Meaning::Module(_) => {}
            }
        }
        // Modules and functions may have the same name.
        if meanings().all(|m| matches!(m, Meaning::Module(_))) {
            for glob in &module.globs {
                for end in self.resolve(index, glob, asked) {
                    if let End::Module(other) = end
                        && other != index
                    {
                        found.extend(self.lookup(other, name, asked));
                    }
                }
            }
        }
        asked.pop();
        found
    }
}

/// Where a path ends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Module(usize),
    /// Something written in this module.
    Item(usize),
}

/// Names of variables: they are no names of things.
struct Bound<'a>(&'a mut BTreeSet<String>);

impl Visit<'_> for Bound<'_> {
    fn visit_pat_ident(&mut self, pattern: &syn::PatIdent) {
        self.0.insert(pattern.ident.to_string());
        visit::visit_pat_ident(self, pattern);
    }
}

struct Seen<'a> {
    modules: &'a Modules,
    index: usize,
    bound: BTreeSet<String>,
    found: BTreeSet<usize>,
}

impl Seen<'_> {
    fn path(&mut self, path: &[String]) {
        if !(path.len() == 1 && self.bound.contains(&path[0])) {
            self.found.extend(self.modules.written(self.index, path));
        }
    }

    /// Paths among the words of a macro's call.
    fn words(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 && !path.is_empty() {
                        self.path(&std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                    colons = 0;
                    continue;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' && !path.is_empty() => {
                    colons += 1;
                    continue;
                }
                TokenTree::Group(group) => self.words(group.stream()),
                _ => {}
            }
            if !path.is_empty() {
                self.path(&std::mem::take(&mut path));
            }
            colons = 0;
        }
        if !path.is_empty() {
            self.path(&path);
        }
    }
}

impl Visit<'_> for Seen<'_> {
    fn visit_path(&mut self, path: &syn::Path) {
        if path.leading_colon.is_none() {
            self.path(&path.segments.iter().map(|s| s.ident.to_string()).collect::<Vec<_>>());
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, called: &syn::Macro) {
        self.visit_path(&called.path);
        self.words(called.tokens.clone());
    }

    fn visit_item_use(&mut self, item: &syn::ItemUse) {
        for (path, _) in leaves(&item.tree, &mut Vec::new()) {
            self.path(&path);
        }
    }

    fn visit_attribute(&mut self, _: &syn::Attribute) {}

    fn visit_visibility(&mut self, _: &syn::Visibility) {}
}

#[cfg(test)]
mod tests {
    use super::super::tree::{File, made_up};
    use super::*;

    /// `a -> b c` for each file of a made-up crate that imports others.
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let named = |path: &str| path.trim_start_matches("engine/src/").trim_end_matches(".rs").to_string();
        let files: Vec<File> = made_up(files).into_iter().map(|(p, t)| (format!("engine/src/{p}"), t)).collect();
        let imports = imports(&Code::of(&files));
        let seen: Vec<String> = imports
            .iter()
            .filter(|(_, to)| !to.is_empty())
            .map(|(from, to)| {
                format!("{} -> {}", named(from), to.iter().map(|t| named(t)).collect::<Vec<_>>().join(" "))
            })
            .collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn nested_and_relative_paths_are_followed() {
        check(
            &[
                ("lib.rs", "mod a; mod b; mod c;"),
                ("a.rs", "use crate::{b::{self, deep::X}, c as d}; fn f() -> X { d::g() }"),
                ("b.rs", "pub mod deep; pub fn h() {}"),
                ("b/deep.rs", "pub struct X; fn f() { super::h(); super::super::c::g(); }"),
                ("c.rs", "pub fn g() {}"),
            ],
            &["a -> b/deep c", "b/deep -> b c"],
        );
    }

    #[test]
    fn what_comes_through_a_facade_is_an_import_of_what_is_behind_it() {
        check(
            &[
                ("lib.rs", "mod a; pub mod job; pub use job::Cycle;"),
                ("a.rs", "use crate::job::Cycle; use crate::Cycle as Same;"),
                ("job.rs", "mod cycle; mod row; pub use cycle::Cycle; pub(crate) use row::*;"),
                ("job/cycle.rs", "pub struct Cycle; fn f() { crate::job::row(1) }"),
                ("job/row.rs", "pub fn row(n: u32) {}"),
            ],
            &["a -> job/cycle", "job/cycle -> job/row"],
        );
    }

    #[test]
    fn a_parent_that_uses_its_child_imports_it() {
        check(
            &[
                ("lib.rs", "mod job;"),
                ("job.rs", "mod cycle; pub use cycle::{Cycle, run}; pub struct Unit; fn f(c: Cycle) {}"),
                ("job/cycle.rs", "use super::*; pub struct Cycle(Unit); pub fn run() {}"),
            ],
            &["job -> job/cycle", "job/cycle -> job"],
        );
    }

    #[test]
    fn macros_are_read_and_tests_and_variables_are_not() {
        check(
            &[
                ("lib.rs", "mod a; mod b; mod c;"),
                ("a.rs", "fn f() { let c = 1; vec![crate::b::g(c)]; } #[cfg(test)] mod tests { use crate::c::C; }"),
                ("b.rs", "use chrono::c; pub fn g(c: u32) { c; } #[test] fn t() { crate::c::h(); }"),
                ("c.rs", "pub struct C; pub fn h() {}"),
            ],
            &["a -> b"],
        );
    }

    #[test]
    fn a_module_and_a_function_of_one_name_are_two_things() {
        check(
            &[
                ("lib.rs", "mod a; mod run;"),
                ("a.rs", "use crate::run::run; fn f() { run() }"),
                ("run.rs", "mod run; pub use run::run;"),
                ("run/run.rs", "pub fn run() {}"),
            ],
            &["a -> run/run"],
        );
    }
}
