//! Why a command failed, and what it exits with.

use engine::{Error, ErrorKind};

use crate::config::ConfigError;
use crate::problem::Kind;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The configuration is wrong.
    Configuration(ConfigError),
    /// The engine or the store refused.
    Engine(Error),
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

impl From<crate::act::apply::Failure> for Failure {
    fn from(e: crate::act::apply::Failure) -> Self {
        match e {
            crate::act::apply::Failure::Other(e) => Self::Engine(e),
            document => Self::Said(document.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(e: std::io::Error) -> Self {
        Self::Engine(e.into())
    }
}

impl Failure {
    /// What the program exits with.
    pub fn code(&self) -> u8 {
        match self {
            Self::Configuration(_) => 78,
            Self::Engine(e) => Kind::from(e.kind()).answer().exit_code,
            Self::Said(_) => Kind::Invalid.answer().exit_code,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Configuration(e) => write!(f, "configuration: {e}"),
            Self::Engine(e) => match e.kind() {
                ErrorKind::User => e.fmt(f),
                ErrorKind::Environment => write!(f, "{e} (the surroundings failed; trying again may help)"),
                ErrorKind::Conflict => write!(f, "{e} (another process was faster; try again)"),
                ErrorKind::Internal => write!(f, "{e} (a defect of ecoop: please report it)"),
            },
            Self::Said(text) => f.write_str(text),
        }
    }
}
