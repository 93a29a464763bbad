//! Why a command failed, and what it exits with.

use dashboards::locale::Locale;
use engine::{Error, ErrorKind};

use crate::config::ConfigError;
use crate::problem::{self, Kind};

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The configuration is wrong.
    Configuration(ConfigError),
    /// The engine or the store refused.
    Engine(Error),
    /// An act or a question refused.
    Refused(problem::Failure),
    /// The command says why by itself, on lines of its own.
    Said(String),
}

impl From<Error> for Failure {
    fn from(e: Error) -> Self {
        Self::Engine(e)
    }
}

impl From<ConfigError> for Failure {
    fn from(e: ConfigError) -> Self {
        Self::Configuration(e)
    }
}

impl From<problem::Failure> for Failure {
    fn from(e: problem::Failure) -> Self {
        match e {
            problem::Failure::Other(e) => Self::Engine(e),
            refused => Self::Refused(refused),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(e: std::io::Error) -> Self {
        Self::Engine(e.into())
    }
}

impl Failure {
    /// What was refused, in the words of a language; English without it.
    #[must_use]
    pub fn in_language(self, locale: &Locale) -> Self {
        match self {
            Self::Refused(e) => Self::Said(e.text(&locale.words())),
            other => other,
        }
    }

    /// What the program exits with.
    pub fn code(&self) -> u8 {
        match self {
            Self::Configuration(_) => 78,
            Self::Engine(e) => Kind::from(e.kind()).answer().exit_code,
            Self::Refused(e) => e.kind().answer().exit_code,
            Self::Said(_) => Kind::Invalid.answer().exit_code,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Configuration(e) => write!(f, "configuration: {e}"),
            Self::Engine(e) => match e.kind() {
                ErrorKind::User | ErrorKind::Damaged => e.fmt(f),
                ErrorKind::Environment => write!(f, "{e} (the surroundings failed; trying again may help)"),
                ErrorKind::Conflict => write!(f, "{e} (another process was faster; try again)"),
                ErrorKind::Internal => write!(f, "{e} (a defect of ecoop: please report it)"),
            },
            Self::Refused(e) => e.fmt(f),
            Self::Said(text) => f.write_str(text),
        }
    }
}
