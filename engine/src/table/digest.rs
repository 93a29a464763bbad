//! Digests of a file: of its bytes, and of its rows, which are the same in whatever format they are written.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, Int64Type, Schema, TimestampMicrosecondType};
use sha2::{Digest, Sha256};

use crate::error::{Error, Result};
use crate::hash::hex;

/// Bytes that are gathered before they are digested.
const GATHERED: usize = 32 << 10;

/// What a file is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256 of the bytes, hexadecimal.
    pub bytes: String,
    /// SHA-256 of the rows, hexadecimal.
    pub rows: String,
}

/// SHA-256 of bytes, hexadecimal.
pub fn of_bytes(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of rows in their order, hexadecimal: how they are cut into batches, encoded and compressed counts nothing,
/// and neither does a column that holds nothing.
///
/// Each column with a value is digested by itself: its values as runs, a run as twice its length (one more when it
/// holds values and not nulls) in four bytes, and the value, numbers in 8 or 16 bytes, texts after their length in
/// four. The whole is the digest of names and digests of the columns, apart by zero bytes.
///
/// # Errors
/// Internal, for a type that no table has.
pub fn of_rows(batches: &[RecordBatch]) -> Result<String> {
    let Some(first) = batches.first() else { return Ok(hex(&Sha256::new().finalize())) };
    of_columns(&first.schema(), |n| Ok(batches.iter().map(|b| Arc::clone(b.column(n))).collect()))
}

/// The same of columns that are given one after the other, each in its parts.
///
/// # Errors
/// As [`of_rows`], and those of `column`.
pub fn of_columns(schema: &Schema, mut column: impl FnMut(usize) -> Result<Vec<ArrayRef>>) -> Result<String> {
    let mut whole = Sha256::new();
    for (n, field) in schema.fields().iter().enumerate() {
        let parts = column(n)?;
        if parts.iter().all(|part| part.null_count() == part.len()) {
            continue;
        }
        whole.update(field.name().as_bytes());
        whole.update([0]);
        whole.update(of_column(field.data_type(), &parts.iter().collect::<Vec<_>>())?);
        whole.update([0]);
    }
    Ok(hex(&whole.finalize()))
}

fn of_column(data_type: &DataType, parts: &[&ArrayRef]) -> Result<[u8; 32]> {
    let mut numbers = Runs::new(put_number);
    Ok(match data_type {
        DataType::Timestamp(..) => of_numbers::<TimestampMicrosecondType>(parts, numbers),
        DataType::Int64 => of_numbers::<Int64Type>(parts, numbers),
        DataType::Int32 => of_numbers::<Int32Type>(parts, numbers),
        DataType::Date32 => of_numbers::<Date32Type>(parts, numbers),
        DataType::Decimal128(..) => of_numbers::<Decimal128Type>(parts, numbers),
        DataType::Boolean => {
            parts.iter().flat_map(|p| p.as_boolean().iter()).for_each(|v| numbers.value(v.map(i128::from)));
            numbers.finish()
        }
        DataType::Utf8 => {
            let mut texts = Runs::new(put_bytes);
            parts.iter().flat_map(|p| p.as_string::<i32>().iter()).for_each(|v| texts.value(v.map(str::as_bytes)));
            texts.finish()
        }
        DataType::Binary => {
            let mut texts = Runs::new(put_bytes);
            parts.iter().flat_map(|p| p.as_binary::<i32>().iter()).for_each(|v| texts.value(v));
            texts.finish()
        }
        other => return Err(Error::internal(format!("rows of type {other} have no digest"))),
    })
}

fn of_numbers<T: ArrowPrimitiveType>(parts: &[&ArrayRef], mut runs: Runs<i128, Put<i128>>) -> [u8; 32]
where
    T::Native: Into<i128>,
{
    for part in parts {
        let part: &PrimitiveArray<T> = part.as_primitive();
        if part.null_count() == 0 {
            part.values().iter().for_each(|v| runs.value(Some((*v).into())));
        } else {
            part.iter().for_each(|v| runs.value(v.map(Into::into)));
        }
    }
    runs.finish()
}

type Put<T> = fn(T, &mut Vec<u8>);

/// Values of a column, equal ones that follow each other as one.
struct Runs<T, P: Fn(T, &mut Vec<u8>)> {
    put: P,
    run: u32,
    last: Option<T>,
    gathered: Vec<u8>,
    digest: Sha256,
}

impl<T: PartialEq + Copy> Runs<T, Put<T>> {
    fn new(put: Put<T>) -> Self {
        Self { put, run: 0, last: None, gathered: Vec::with_capacity(GATHERED + 1024), digest: Sha256::new() }
    }

    fn value(&mut self, value: Option<T>) {
        if self.run > 0 && (self.last != value || self.run == u32::MAX >> 1) {
            self.end_run();
        }
        self.last = value;
        self.run += 1;
    }

    fn end_run(&mut self) {
        let head = self.run << 1 | u32::from(self.last.is_some());
        self.gathered.extend_from_slice(&head.to_le_bytes());
        if let Some(value) = self.last {
            (self.put)(value, &mut self.gathered);
        }
        self.run = 0;
        if self.gathered.len() >= GATHERED {
            self.digest.update(&self.gathered);
            self.gathered.clear();
        }
    }

    fn finish(mut self) -> [u8; 32] {
        if self.run > 0 {
            self.end_run();
        }
        self.digest.update(&self.gathered);
        self.digest.finalize().into()
    }
}

/// A number in 8 bytes where it fits; of 16 the first 8 are ones that no number of 8 is written with.
fn put_number(value: i128, out: &mut Vec<u8>) {
    match i64::try_from(value) {
        Ok(value) if value != i64::MIN => out.extend_from_slice(&value.to_le_bytes()),
        _ => {
            out.extend_from_slice(&i64::MIN.to_le_bytes());
            out.extend_from_slice(&value.to_le_bytes());
        }
    }
}

fn put_bytes(value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(value);
}
