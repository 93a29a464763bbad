//! How long functions and files are, and how often the program may panic.

use syn::visit::{self, Visit};

use super::source::{Code, for_tests, lines_of};

/// Lines that a function may have, from `fn` to its closing brace: a screen.
pub const FUNCTION_LINES: usize = 70;
/// Lines that a file may have.
pub const FILE_LINES: usize = 650;

/// A function outside of tests: its file, name, and lines from `fn` to the closing brace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    pub file: String,
    pub name: String,
    pub lines: usize,
}

/// The functions of the program.
pub fn functions(code: &Code) -> Vec<Function> {
    code.program().flat_map(|(path, _, tree)| functions_of(path, tree)).collect()
}

/// Calls that may panic, of the program.
pub fn panics(code: &Code) -> usize {
    code.program().map(|(.., tree)| read(tree).panics).sum()
}

fn functions_of(file: &str, tree: &syn::File) -> Vec<Function> {
    let named = |(name, lines)| Function { file: file.to_string(), name, lines };
    read(tree).functions.into_iter().map(named).collect()
}

#[derive(Default)]
struct Reader {
    functions: Vec<(String, usize)>,
    panics: usize,
}

fn read(tree: &syn::File) -> Reader {
    let mut reader = Reader::default();
    reader.visit_file(tree);
    reader
}

impl Reader {
    fn function(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let lines = lines_of(block.brace_token.span.close()).end() + 1 - lines_of(signature.fn_token.span).start();
        self.functions.push((signature.ident.to_string(), lines));
    }
}

impl<'a> Visit<'a> for Reader {
    fn visit_item_mod(&mut self, module: &'a syn::ItemMod) {
        if !for_tests(&module.attrs) {
            visit::visit_item_mod(self, module);
        }
    }

    fn visit_item_fn(&mut self, function: &'a syn::ItemFn) {
        if !for_tests(&function.attrs) {
            self.function(&function.sig, &function.block);
            visit::visit_item_fn(self, function);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'a syn::ImplItemFn) {
        if !for_tests(&function.attrs) {
            self.function(&function.sig, &function.block);
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_impl(&mut self, item: &'a syn::ItemImpl) {
        if !for_tests(&item.attrs) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_trait_item_fn(&mut self, function: &'a syn::TraitItemFn) {
        if let Some(block) = &function.default {
            self.function(&function.sig, block);
        }
        visit::visit_trait_item_fn(self, function);
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        self.panics += usize::from(["unwrap", "expect"].iter().any(|name| call.method == name));
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, called: &'a syn::Macro) {
        let panicking = ["panic", "unreachable", "todo", "unimplemented"];
        self.panics += usize::from(panicking.iter().any(|name| called.path.is_ident(name)));
    }
}

#[test]
fn files_have_one_subject() {
    let files = super::tree::files();
    let ours = files.iter().filter(|(p, _)| p.ends_with(".rs") && p.contains("/src/"));
    let large: Vec<&str> = ours.filter(|(_, t)| t.lines().count() > FILE_LINES).map(|(p, _)| p.as_str()).collect();
    assert_eq!(large, Vec::<&str>::new());
}

#[test]
fn functions_fit_on_a_screen() {
    let long: Vec<_> = super::figures::MEASURED.functions.iter().filter(|f| f.lines > FUNCTION_LINES).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn functions_are_measured_from_fn_to_the_closing_brace() {
    let text = "\
/// Words.
#[allow(dead_code, reason = \"made up\")]
pub(crate) async fn several(
    a: u32,
) -> u32
where
    u32: Copy,
{
    a
}
impl X {
    fn one(&self) {}
    #[test]
    fn test() {}
}
trait T {
    fn none();
    fn default() {
    }
}
#[cfg(test)]
mod tests {
    fn of_tests() {}
}
";
    let of = |text: &str| functions_of("x.rs", &syn::parse_file(text).unwrap());
    let seen: Vec<(String, usize)> = of(text).into_iter().map(|f| (f.name, f.lines)).collect();
    let expected = [("several", 8), ("one", 1), ("default", 2)];
    assert_eq!(seen, expected.map(|(name, lines)| (name.to_string(), lines)));
    let long = format!("fn f() {{\n{}}}\n", "    x();\n".repeat(FUNCTION_LINES - 1));
    assert!(of(&long)[0].lines > FUNCTION_LINES);
}

#[test]
fn panicking_calls_are_counted_outside_of_tests() {
    let text = "fn f() { a.unwrap(); b.expect(\"x\"); panic!(); a.unwrap_or(1); } #[test] fn t() { a.unwrap(); }";
    assert_eq!(read(&syn::parse_file(text).unwrap()).panics, 3);
}
