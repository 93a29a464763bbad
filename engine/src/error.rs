//! One error for the crate: who has to act on it, what happened, and the cause below.

use std::fmt;

/// Who can mend an error. Callers choose exit codes, retries and wording by this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// What was asked cannot be done as it was asked; the message names field, value and cure.
    User,
    /// The environment failed: disk, object store, broker. Trying again may help.
    Environment,
    /// Another writer was faster: read the table again and decide anew.
    Conflict,
    /// An invariant of ours is broken.
    Internal,
    /// A file of the lake or of the store is not what was written: [`Error::damage`] names it.
    Damaged,
}

/// A file that is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// The table of the lake, or `store`.
    pub table: String,
    /// Path below the folder of the table.
    pub file: String,
    /// What is wrong with it.
    pub what: String,
    /// What mends it.
    pub cure: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}; {}", self.table, self.file, self.what, self.cure)
    }
}

impl std::error::Error for Damage {}

impl Damage {
    /// The damage in the text of an error: some libraries hand their causes on as texts only.
    fn told(text: &str) -> Option<Self> {
        let text = text.split_once(Self::MARK)?.1.lines().next()?;
        let (table, rest) = text.split_once(": ")?;
        let (file, rest) = rest.split_once(' ')?;
        let (what, cure) = rest.split_once("; ")?;
        let [table, file, what, cure] = [table, file, what, cure].map(str::to_string);
        Some(Self { table, file, what, cure })
    }

    /// What storage says before a damage.
    const MARK: &str = "Generic damaged file error: ";
    /// The name under which storage tells of damages.
    pub const STORE: &str = "damaged file";

    /// The damage that is why something failed.
    fn behind(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        Self::among(error).cloned().or_else(|| Self::told(&error.to_string()))
    }

    /// The damage among the causes of an error, however deep it lies.
    fn among<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        let mut at = Some(error);
        while let Some(error) = at {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found);
            }
            at = error.source();
        }
        None
    }
}

/// An error of the engine.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error that the person who asked can mend.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::User, message)
    }

    /// A failure of what is around us, with its cause.
    pub fn environment(
        message: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self { source: Some(source.into()), ..Self::new(ErrorKind::Environment, message) }
    }

    /// Another writer was faster.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, message)
    }

    /// A defect of ours.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// The file that is not what was written, when that is what happened.
    pub fn damage(&self) -> Option<&Damage> {
        self.source.as_deref().and_then(|e| Damage::among(e))
    }

    /// An error of the libraries below, or the damage that they met.
    fn below(message: &str, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let source = source.into();
        match Damage::behind(&*source) {
            Some(damage) => damage.into(),
            None => Self { source: Some(source), ..Self::new(ErrorKind::Environment, message) },
        }
    }

    fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Who can mend it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) if self.kind == ErrorKind::Damaged => source.fmt(f),
            Some(source) => write!(f, "{}: {source}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|s| s as _)
    }
}

impl From<Damage> for Error {
    fn from(damage: Damage) -> Self {
        Self { source: Some(Box::new(damage)), ..Self::new(ErrorKind::Damaged, "") }
    }
}

impl From<datafusion::error::DataFusionError> for Error {
    fn from(e: datafusion::error::DataFusionError) -> Self {
        use datafusion::error::DataFusionError as D;
        if let Some(damage) = Damage::behind(&e) {
            return damage.into();
        }
        match e.find_root() {
            D::SQL(..) | D::Plan(_) | D::SchemaError(..) => Self::user(e.strip_backtrace()),
            D::External(_) | D::IoError(_) | D::ObjectStore(_) | D::ResourcesExhausted(_) => {
                Self::environment("query failed", e)
            }
            _ => Self { source: Some(Box::new(e)), ..Self::internal("query failed") },
        }
    }
}

impl From<deltalake_core::DeltaTableError> for Error {
    fn from(e: deltalake_core::DeltaTableError) -> Self {
        Self::below("lake table", e)
    }
}

impl From<object_store::Error> for Error {
    fn from(e: object_store::Error) -> Self {
        Self::below("lake storage", e)
    }
}

impl From<parquet::errors::ParquetError> for Error {
    fn from(e: parquet::errors::ParquetError) -> Self {
        Self::below("Parquet file", e)
    }
}

impl From<arrow::error::ArrowError> for Error {
    fn from(e: arrow::error::ArrowError) -> Self {
        Self { source: Some(Box::new(e)), ..Self::internal("columns") }
    }
}

impl From<std::io::Error> for Error {
    fn from(e: std::io::Error) -> Self {
        Self::environment("input or output", e)
    }
}
