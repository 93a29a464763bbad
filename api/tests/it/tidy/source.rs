//! Rust as it is written: the modules of a crate, which file each stands in, and which lines are tests.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Attribute, Item, ItemMod, UseTree, Visibility};

use super::tree::{CRATES, File};

/// What a name stands for in a module.
pub enum Meaning {
    /// Something written in the module itself.
    Item,
    /// A module below it.
    Module(usize),
    /// What this path leads to, seen from the module.
    Use(Vec<String>),
}

/// One `use` of a module, as far as one name of it.
pub struct Use {
    pub path: Vec<String>,
    pub is_public: bool,
    pub is_test: bool,
}

pub struct Module {
    pub file: String,
    /// `["table", "lake"]` for `crate::table::lake`.
    pub path: Vec<String>,
    pub parent: Option<usize>,
    /// Only built for tests.
    pub is_test: bool,
    pub names: BTreeMap<String, Vec<Meaning>>,
    pub uses: Vec<Use>,
    pub globs: Vec<Vec<String>>,
    /// Everything but modules and `use`.
    pub items: Vec<Item>,
}

/// The modules of one crate; the first is its root.
#[derive(Default)]
pub struct Modules(pub Vec<Module>);

/// The Rust of the program and its tests, parsed once.
pub struct Code {
    pub files: Vec<File>,
    /// What stands below `src`, by path.
    pub trees: BTreeMap<String, syn::File>,
    /// Libraries and programs, by the path of their root.
    pub crates: BTreeMap<String, Modules>,
    /// Files below `src` that are built only for tests.
    pub only_tests: BTreeSet<String>,
}

impl Code {
    pub fn of(files: &[File]) -> Self {
        let parsed = |text: &str, path: &str| syn::parse_file(text).unwrap_or_else(|e| panic!("{path}: {e}"));
        let ours = files.iter().filter(|(p, _)| p.ends_with(".rs"));
        let files: Vec<File> = ours.cloned().collect();
        let below_src = files.iter().filter(|(p, _)| p.contains("/src/"));
        let trees: BTreeMap<_, _> = below_src.map(|(p, t)| (p.clone(), parsed(t, p))).collect();
        let roots = CRATES.iter().flat_map(|c| ["lib", "main"].map(|root| format!("{c}/src/{root}.rs")));
        let crates: BTreeMap<_, _> = roots
            .filter(|root| trees.contains_key(root))
            .map(|root| {
                let mut modules = Modules::default();
                let folder = root.rsplit_once('/').unwrap().0.to_string();
                let place = Place { file: root.clone(), folder, path: Vec::new(), parent: None, is_test: false };
                modules.add(&trees, place, None);
                (root, modules)
            })
            .collect();
        let modules = || crates.values().flat_map(|m| &m.0);
        let of_program: BTreeSet<&str> = modules().filter(|m| !m.is_test).map(|m| m.file.as_str()).collect();
        let others = modules().map(|m| m.file.clone()).filter(|f| !of_program.contains(f.as_str()));
        let only_tests = others.collect();
        Self { files, trees, crates, only_tests }
    }

    /// The files of the program: path, text and tree.
    pub fn program(&self) -> impl Iterator<Item = (&str, &str, &syn::File)> {
        let files = self.files.iter().filter(|(p, _)| !self.only_tests.contains(p));
        files.filter_map(|(p, t)| Some((p.as_str(), t.as_str(), self.trees.get(p)?)))
    }
}

/// Where a module stands.
struct Place {
    file: String,
    /// Where the files of its children are looked for.
    folder: String,
    path: Vec<String>,
    parent: Option<usize>,
    is_test: bool,
}

impl Modules {
    fn add(&mut self, trees: &BTreeMap<String, syn::File>, place: Place, inline: Option<Vec<Item>>) -> usize {
        let items = inline.unwrap_or_else(|| {
            trees.get(&place.file).unwrap_or_else(|| panic!("no file {}", place.file)).items.clone()
        });
        let index = self.0.len();
        let Place { file, folder, path, parent, is_test } = place;
        self.0.push(Module {
            file: file.clone(),
            path: path.clone(),
            parent,
            is_test,
            names: BTreeMap::new(),
            uses: Vec::new(),
            globs: Vec::new(),
            items: Vec::new(),
        });
        for item in items {
            match item {
                Item::Mod(child) => {
                    let name = child.ident.to_string();
                    let place = Place {
                        file: child_file(&child, &file, &folder),
                        folder: format!("{folder}/{name}"),
                        path: [path.clone(), vec![name.clone()]].concat(),
                        parent: Some(index),
                        is_test: is_test || for_tests(&child.attrs),
                    };
                    let child = self.add(trees, place, child.content.map(|(_, items)| items));
                    self.0[index].name(name, Meaning::Module(child));
                }
                Item::Use(item) => {
                    let is_public = !matches!(item.vis, Visibility::Inherited);
                    let is_test = is_test || for_tests(&item.attrs);
                    self.0[index].import(&item.tree, &mut Vec::new(), is_public, is_test);
                }
                item => {
                    if let Some(name) = named(&item) {
                        self.0[index].name(name, Meaning::Item);
                    }
                    self.0[index].items.push(item);
                }
            }
        }
        index
    }
}

fn child_file(child: &ItemMod, file: &str, folder: &str) -> String {
    match child.content {
        Some(_) => file.to_string(),
        None => format!("{folder}/{}.rs", child.ident),
    }
}

impl Module {
    fn name(&mut self, name: String, meaning: Meaning) {
        self.names.entry(name).or_default().push(meaning);
    }

    fn import(&mut self, tree: &UseTree, before: &mut Vec<String>, is_public: bool, is_test: bool) {
        for (path, name) in leaves(tree, before) {
            match name {
                Some(name) => {
                    self.name(name, Meaning::Use(path.clone()));
                    self.uses.push(Use { path, is_public, is_test });
                }
                None => self.globs.push(path),
            }
        }
    }
}

/// The names that a `use` brings, each with its path; a glob has no name.
pub fn leaves(tree: &UseTree, before: &mut Vec<String>) -> Vec<(Vec<String>, Option<String>)> {
    let with = |last: String| [before.clone(), vec![last]].concat();
    match tree {
        UseTree::Path(path) => {
            before.push(path.ident.to_string());
            let leaves = leaves(&path.tree, before);
            before.pop();
            leaves
        }
        UseTree::Name(name) if name.ident == "self" => vec![(before.clone(), before.last().cloned())],
        UseTree::Name(name) => vec![(with(name.ident.to_string()), Some(name.ident.to_string()))],
        UseTree::Rename(rename) => vec![(with(rename.ident.to_string()), Some(rename.rename.to_string()))],
        UseTree::Glob(_) => vec![(before.clone(), None)],
        UseTree::Group(group) => group.items.iter().flat_map(|tree| leaves(tree, before)).collect(),
    }
}

fn named(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(i) => &i.ident,
        Item::Enum(i) => &i.ident,
        Item::Fn(i) => &i.sig.ident,
        Item::Macro(i) => i.ident.as_ref()?,
        Item::Static(i) => &i.ident,
        Item::Struct(i) => &i.ident,
        Item::Trait(i) => &i.ident,
        Item::Type(i) => &i.ident,
        Item::Union(i) => &i.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

/// `#[test]`, `#[tokio::test]`, `#[cfg(test)]`.
pub fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string();
            condition == "test" || condition.starts_with("all") && condition.contains("test")
        }
        meta => meta.path().segments.last().is_some_and(|s| s.ident == "test"),
    })
}

/// The first and last line of what a span covers.
pub fn lines_of(span: Span) -> std::ops::RangeInclusive<usize> {
    span.start().line..=span.end().line
}

/// The lines of a file that are built only for tests, when the file as such is built for the program.
pub fn test_lines(file: &syn::File) -> BTreeSet<usize> {
    fn collect(items: &[Item], lines: &mut BTreeSet<usize>) {
        for item in items {
            match item {
                item if for_tests(attributes(item)) => lines.extend(lines_of(item.span())),
                Item::Mod(ItemMod { content: Some((_, items)), .. }) => collect(items, lines),
                _ => {}
            }
        }
    }
    let mut lines = BTreeSet::new();
    collect(&file.items, &mut lines);
    lines
}

/// The attributes of an item that can be built for tests only.
pub fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(i) => &i.attrs,
        Item::Enum(i) => &i.attrs,
        Item::Fn(i) => &i.attrs,
        Item::Impl(i) => &i.attrs,
        Item::Macro(i) => &i.attrs,
        Item::Mod(i) => &i.attrs,
        Item::Static(i) => &i.attrs,
        Item::Struct(i) => &i.attrs,
        Item::Trait(i) => &i.attrs,
        Item::Type(i) => &i.attrs,
        Item::Use(i) => &i.attrs,
        _ => &[],
    }
}

#[test]
fn what_is_built_only_for_tests_is_known() {
    let files = super::tree::made_up(&[
        ("engine/src/lib.rs", "mod a;\n#[cfg(test)]\nmod vectors;\n"),
        ("engine/src/a.rs", "fn f() {}\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n}\n"),
        ("engine/src/vectors.rs", "mod deep;"),
        ("engine/src/vectors/deep.rs", "fn g() {}"),
    ]);
    let code = Code::of(&files);
    assert_eq!(Vec::from_iter(&code.only_tests), ["engine/src/vectors.rs", "engine/src/vectors/deep.rs"]);
    assert_eq!(Vec::from_iter(test_lines(&code.trees["engine/src/a.rs"])), [3, 4, 5, 6]);
    assert_eq!(test_lines(&syn::parse_file("#[cfg(not(test))]\nfn f() {}").unwrap()), BTreeSet::new());
    assert_eq!(code.program().map(|(path, ..)| path).collect::<Vec<_>>(), ["engine/src/lib.rs", "engine/src/a.rs"]);
}
