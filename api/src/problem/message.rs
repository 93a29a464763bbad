//! Something to say, in every language.

use std::fmt;

use dashboards::locale::{Locale, Words};

/// Something to say: a code that stays, and what it is said about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Message {
    pub code: &'static str,
    pub arguments: Vec<(&'static str, Arg)>,
}

/// What a message is said about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Arg {
    Text(String),
    /// Parts of a sentence, one after the other.
    Said(Vec<Message>),
    /// A list, each on a line of its own.
    Lines(Vec<Message>),
}

impl<T: fmt::Display> From<T> for Arg {
    fn from(value: T) -> Self {
        Self::Text(value.to_string())
    }
}

impl Message {
    pub fn new(code: &'static str, arguments: Vec<(&'static str, Arg)>) -> Self {
        Self { code, arguments }
    }

    /// In the words of a language.
    pub fn text(&self, words: &Words) -> String {
        let argument = |arg: &Arg| match arg {
            Arg::Text(text) => text.clone(),
            Arg::Said(messages) => messages.iter().map(|m| m.text(words)).collect(),
            Arg::Lines(messages) => messages.iter().map(|m| format!("\n  {}", m.text(words))).collect(),
        };
        let arguments = self.arguments.iter().map(|(name, arg)| (*name, argument(arg).into()));
        words.said(self.code, arguments)
    }
}

/// In English.
impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(&Locale::english().words()))
    }
}

/// Writes a function for each message, and lists their codes with their arguments for the test that every code has
/// words.
macro_rules! messages {
    ($($name:ident $code:literal ($($argument:ident),*);)*) => {
        $(pub fn $name($($argument: impl Into<$crate::problem::Arg>),*) -> $crate::problem::Message {
            $crate::problem::Message::new($code, vec![$((stringify!($argument), $argument.into())),*])
        })*

        #[cfg(test)]
        pub const CODES: &[(&str, &[&str])] = &[$(($code, &[$(stringify!($argument)),*])),*];
    };
}
pub(crate) use messages;
