//! A statement with its values, as every database here takes it: numbered parameters, whole numbers of 64 bits, text.

use engine::error::{Error, Result};
use sqlx::query::Query;
use sqlx::{ColumnIndex, Database, Decode, Encode, Type};

/// A value of a statement or of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Integer(i64),
    /// Also any NULL.
    Text(Option<String>),
}

impl From<i64> for Value {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        text.as_str().into()
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}

impl From<Option<String>> for Value {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}

/// SQL and the values of its parameters, in their order.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    text: &'static str,
    values: Vec<Value>,
}

/// A statement whose parameters are written `$1`, `$2`.
pub(super) fn sql(text: &'static str) -> Statement {
    Statement { text, values: Vec::new() }
}

impl Statement {
    /// The value of the next parameter.
    pub(super) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Refuses what only some databases can keep.
    ///
    /// # Errors
    /// User, for a text with a NUL character.
    pub(super) fn storable(&self) -> Result<()> {
        let holds_nul = |v: &Value| matches!(v, Value::Text(Some(text)) if text.contains('\0'));
        if self.values.iter().any(holds_nul) {
            return Err(Error::user("a text holds a NUL character (U+0000), which cannot be stored: take it out"));
        }
        Ok(())
    }

    /// As the driver takes it.
    pub(super) fn into_query<'q, D: Database>(self) -> Query<'q, D, D::Arguments>
    where
        i64: for<'e> Encode<'e, D> + Type<D>,
        Option<String>: for<'e> Encode<'e, D> + Type<D>,
    {
        self.values.into_iter().fold(sqlx::query(self.text), |query, value| match value {
            Value::Integer(integer) => query.bind(integer),
            Value::Text(text) => query.bind(text),
        })
    }
}

/// A row that was read.
#[derive(Debug, Clone)]
pub(super) struct Row(Vec<Value>);

impl Row {
    /// As the driver gives it.
    pub(super) fn of<R: sqlx::Row>(row: &R) -> sqlx::Result<Self>
    where
        usize: ColumnIndex<R>,
        i64: for<'d> Decode<'d, R::Database> + Type<R::Database>,
        Option<i64>: for<'d> Decode<'d, R::Database> + Type<R::Database>,
        Option<String>: for<'d> Decode<'d, R::Database> + Type<R::Database>,
    {
        let value = |at: usize| match row.try_get::<Option<i64>, _>(at) {
            Ok(Some(integer)) => Ok(Value::Integer(integer)),
            Ok(None) => Ok(Value::Text(None)),
            Err(_) => row.try_get::<Option<String>, _>(at).map(Value::Text),
        };
        (0..row.len()).map(value).collect::<sqlx::Result<Vec<_>>>().map(Self)
    }
}

/// What one column holds.
pub(super) trait Column: Sized {
    /// `None`, when the value is of another type.
    fn of(value: Value) -> Option<Self>;
}

impl Column for i64 {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Integer(integer) => Some(integer),
            Value::Text(_) => None,
        }
    }
}

impl Column for String {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Text(text) => text,
            Value::Integer(_) => None,
        }
    }
}

impl<T: Column> Column for Option<T> {
    fn of(value: Value) -> Option<Self> {
        match value {
            Value::Text(None) => Some(None),
            value => T::of(value).map(Some),
        }
    }
}

/// What a row holds: a tuple of its columns.
pub(super) trait Columns: Sized {
    /// # Errors
    /// Internal, when the row holds something else.
    fn of(row: Row) -> Result<Self>;
}

macro_rules! columns {
    ($($column:ident),+) => {
        impl<$($column: Column),+> Columns for ($($column,)+) {
            fn of(row: Row) -> Result<Self> {
                let mut values = row.0.into_iter();
                let columns = ($(values.next().and_then(<$column as Column>::of).ok_or_else(unexpected)?,)+);
                if values.next().is_some() { Err(unexpected()) } else { Ok(columns) }
            }
        }
    };
}

columns!(A);
columns!(A, B);
columns!(A, B, C);
columns!(A, B, C, D, E);
columns!(A, B, C, D, E, F, G, H);

fn unexpected() -> Error {
    Error::internal("the store gives other columns than were asked for")
}

#[cfg(test)]
mod tests {
    use engine::error::ErrorKind;

    use super::*;

    #[test]
    fn a_row_is_read_as_what_it_holds_or_not_at_all() {
        let row = || Row(vec![Value::Integer(7), "seven".into(), Value::Text(None)]);
        let read: (i64, String, Option<i64>) = Columns::of(row()).unwrap();
        assert_eq!(read, (7, "seven".to_owned(), None));
        let kind = |e: Error| e.kind();
        assert_eq!(<(i64, i64, Option<i64>)>::of(row()).map_err(kind), Err(ErrorKind::Internal));
        assert_eq!(<(i64, String, String)>::of(row()).map_err(kind), Err(ErrorKind::Internal), "NULL is no text");
        assert_eq!(<(i64, String)>::of(row()).map_err(kind), Err(ErrorKind::Internal), "a column too many");
    }
}
