//! `interest(capital, percent, days, days_of_year, digits)`: simple interest, rounded once.

use std::sync::Arc;

use arrow::array::{Array, AsArray, Decimal128Array};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use datafusion::common::{Result as DfResult, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::units::div_half_up;

/// Interest of a capital at a yearly rate for some days, half away from zero to `digits`. The exact quotient is
/// rounded, once: capital x percent x days / (100 x days_of_year).
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Interest(Signature);

impl Interest {
    pub fn new() -> Self {
        let types = vec![
            crate::field::decimal(),
            DataType::Decimal128(9, 4),
            DataType::Int64,
            DataType::Int64,
            DataType::Int64,
        ];
        Self(Signature::exact(types, Volatility::Immutable))
    }
}

/// In millionths: capital in millionths, percent in ten-thousandths.
pub fn interest_micro(capital: i128, percent: i128, days: i64, days_of_year: i64, digits: u32) -> i128 {
    let unit = 10i128.pow(6 - digits);
    let exact = capital * percent * i128::from(days);
    div_half_up(exact, 10_000 * 100 * i128::from(days_of_year) * unit) * unit
}

impl ScalarUDFImpl for Interest {
    fn name(&self) -> &str {
        "interest"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(crate::field::decimal())
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [capital, percent, days, year, digits] = arrays.as_slice() else {
            return exec_err!("interest takes capital, percent, days, days of the year and digits");
        };
        let whole = |n: usize, array: &arrow::array::ArrayRef| array.as_primitive::<Int64Type>().value(n);
        let mut out = Decimal128Array::builder(capital.len());
        for row in 0..capital.len() {
            if arrays.iter().any(|a| a.is_null(row)) {
                out.append_null();
                continue;
            }
            let (days, year, digits) = (whole(row, days), whole(row, year), whole(row, digits));
            let Some(digits) = u32::try_from(digits).ok().filter(|d| *d <= 6) else {
                return exec_err!("interest: digits must be 0 to 6, not {digits}");
            };
            if !(360..=366).contains(&year) || !(0..=36_600).contains(&days) {
                return exec_err!("interest: {days} days of a year of {year}: a year has 360 to 366 days");
            }
            let decimal = |array: &arrow::array::ArrayRef| array.as_primitive::<Decimal128Type>().value(row);
            out.append_value(interest_micro(decimal(capital), decimal(percent), days, year, digits));
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish().with_precision_and_scale(18, 6)?)))
    }
}
