//! Why nothing was done.

use std::fmt;

use dashboards::locale::{Locale, Words};
use engine::Error;

use super::{Kind, Message, Problem};

/// Why an act or a question gave nothing.
#[derive(Debug)]
pub enum Failure {
    /// It cannot be done as it was asked.
    Refused(Kind, Message),
    /// What is wrong with the document that it came with.
    Document(Vec<Problem>),
    /// What failed below.
    Other(Error),
}

impl Failure {
    /// Who can mend it, and how.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Refused(kind, _) => *kind,
            Self::Document(_) => Kind::Invalid,
            Self::Other(e) => e.kind().into(),
        }
    }

    /// In the words of a language; what failed below is told in English.
    pub fn text(&self, words: &Words) -> String {
        match self {
            Self::Refused(_, message) => message.text(words),
            Self::Document(problems) => problems.iter().map(|p| p.text(words)).collect::<Vec<_>>().join("\n"),
            Self::Other(e) => e.to_string(),
        }
    }

    /// As an error of what runs without anybody who asked.
    pub fn into_error(self) -> Error {
        match self {
            Self::Other(e) => e,
            refused => Error::user(refused.to_string()),
        }
    }
}

/// What was asked cannot be done as it was asked.
impl From<Message> for Failure {
    fn from(message: Message) -> Self {
        Self::Refused(Kind::Invalid, message)
    }
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Self::Other(e)
    }
}

impl From<std::io::Error> for Failure {
    fn from(e: std::io::Error) -> Self {
        Self::Other(e.into())
    }
}

/// In English.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(&Locale::english().words()))
    }
}

impl std::error::Error for Failure {}
