//! SQL functions that the field needs and SQL lacks.

mod interest;
mod largest_remainder;
mod settled;

use crate::calendar::day_number;
use crate::calendar::day_of_number;

pub use interest::interest_micro;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Date32Array, Decimal128Array};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result as DfResult, exec_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, WindowUDF,
};
use datafusion::prelude::SessionContext;

use crate::calendar::{local_day, month_of, zone};
use crate::units::round_half_up;

/// Makes the functions known to a session.
pub fn register(session: &SessionContext) {
    session.register_udf(ScalarUDF::from(LocalDay::new()));
    session.register_udf(ScalarUDF::from(LocalMonth::new()));
    session.register_udf(ScalarUDF::from(RoundHalfUp::new()));
    session.register_udf(ScalarUDF::from(interest::Interest::new()));
    session.register_udf(ScalarUDF::from(settled::IsSettled::new()));
    session.register_udwf(WindowUDF::from(largest_remainder::Split::new()));
}

/// `local_day(timestamp, zone)`: the calendar day in an IANA zone.
#[derive(Debug, PartialEq, Eq, Hash)]
struct LocalDay(Signature);

impl LocalDay {
    fn new() -> Self {
        Self(Signature::exact(vec![crate::field::timestamp(), DataType::Utf8], Volatility::Immutable))
    }
}

impl ScalarUDFImpl for LocalDay {
    fn name(&self) -> &str {
        "local_day"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Date32)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [instants, zones] = arrays.as_slice() else {
            return exec_err!("local_day takes a timestamp and a zone");
        };
        let instants = instants.as_primitive::<TimestampMicrosecondType>();
        let zones = zones.as_string::<i32>();
        let mut out = Date32Array::builder(instants.len());
        let mut last: Option<(&str, chrono_tz::Tz)> = None;
        for (instant, name) in instants.iter().zip(zones) {
            let (Some(instant), Some(name)) = (instant, name) else {
                out.append_null();
                continue;
            };
            let tz = match last {
                Some((known, tz)) if known == name => tz,
                _ => match zone(name) {
                    Ok(tz) => tz,
                    Err(e) => return exec_err!("local_day: {e}"),
                },
            };
            last = Some((name, tz));
            out.append_value(day_number(local_day(tz, instant)));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// `local_month(day)`: the first day of the month.
#[derive(Debug, PartialEq, Eq, Hash)]
struct LocalMonth(Signature);

impl LocalMonth {
    fn new() -> Self {
        Self(Signature::exact(vec![DataType::Date32], Volatility::Immutable))
    }
}

impl ScalarUDFImpl for LocalMonth {
    fn name(&self) -> &str {
        "local_month"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Date32)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [column] = arrays.as_slice() else { return exec_err!("local_month takes a day") };
        let months: Date32Array = column.as_primitive::<Date32Type>().unary(|d| day_number(month_of(day_of_number(d))));
        Ok(ColumnarValue::Array(Arc::new(months)))
    }
}

/// `round_half_up(decimal, digits)`: half away from zero, once, as documents round. The type keeps its digits.
#[derive(Debug, PartialEq, Eq, Hash)]
struct RoundHalfUp(Signature);

impl RoundHalfUp {
    fn new() -> Self {
        Self(Signature::exact(vec![DataType::Decimal128(38, 12), DataType::Int64], Volatility::Immutable))
    }
}

impl ScalarUDFImpl for RoundHalfUp {
    fn name(&self) -> &str {
        "round_half_up"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Decimal128(38, 12))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [values, digits] = arrays.as_slice() else {
            return exec_err!("round_half_up takes a decimal and a number of digits");
        };
        let digits = digits.as_primitive::<Int64Type>();
        let mut out = Decimal128Array::builder(values.len());
        for (value, digits) in values.as_primitive::<Decimal128Type>().iter().zip(digits) {
            match (value, digits) {
                (Some(value), Some(digits @ 0..=12)) => {
                    let digits = digits as u32;
                    out.append_value(round_half_up(round_half_up(value, 12, digits), digits, 12));
                }
                (_, Some(digits)) if !(0..=12).contains(&digits) => {
                    return exec_err!("round_half_up: digits must be 0 to 12, not {digits}");
                }
                _ => out.append_null(),
            }
        }
        let out: ArrayRef = Arc::new(out.finish().with_precision_and_scale(38, 12)?);
        Ok(ColumnarValue::Array(out))
    }
}
