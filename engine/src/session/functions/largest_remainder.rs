//! `largest_remainder(total, weight, id, digits, at) OVER (PARTITION BY pot)`: a pot split so that its parts equal it.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result as DfResult, ScalarValue, exec_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{PartitionEvaluator, Signature, Volatility, WindowUDFImpl};

use crate::sharing::{LargestRemainder, Ties};

/// Digits after the point of totals and weights.
const SCALE: u32 = 6;

/// The largest remainder as a window function: each row of a partition gets its part of the partition's total, in units
/// of 10^-`digits`, in proportion to its weight; equal remainders fall by the hash of `id` and `at`, or, where `at` is
/// null, to the smaller id. Rows of a partition have the same total, digits and instant. Without any weight all parts
/// are 0: what is not given to anybody is for the query to keep.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Split(Signature);

impl Split {
    pub fn new() -> Self {
        let amount = crate::field::decimal;
        let types = vec![amount(), amount(), DataType::Utf8, DataType::Int64, crate::field::timestamp()];
        Self(Signature::exact(types, Volatility::Immutable))
    }
}

impl WindowUDFImpl for Split {
    fn name(&self) -> &str {
        "largest_remainder"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn partition_evaluator(&self, _: PartitionEvaluatorArgs) -> DfResult<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> DfResult<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), crate::field::decimal(), true)))
    }
}

#[derive(Debug)]
struct Evaluator;

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> DfResult<ArrayRef> {
        let [totals, weights, ids, digits, instants] = values else {
            return exec_err!("largest_remainder takes total, weight, id, digits and instant");
        };
        if rows == 0 {
            return Ok(arrow::array::new_empty_array(&crate::field::decimal()));
        }
        for (name, array) in [("total", totals), ("digits", digits), ("instant", instants)] {
            let first = ScalarValue::try_from_array(array, 0)?;
            for row in 1..rows {
                if ScalarValue::try_from_array(array, row)? != first {
                    return exec_err!(
                        "largest_remainder: the rows of a pot have one {name}; PARTITION BY what tells pots apart"
                    );
                }
            }
        }
        if [totals, weights, ids, digits].into_iter().any(|a| a.null_count() > 0) {
            return exec_err!("largest_remainder: total, weight, id and digits are never null");
        }
        let digits = digits.as_primitive::<Int64Type>().value(0);
        let Some(unit) = u32::try_from(digits).ok().filter(|d| *d <= SCALE).map(|d| 10i128.pow(SCALE - d)) else {
            return exec_err!("largest_remainder: digits must be 0 to {SCALE}, not {digits}");
        };
        let total = totals.as_primitive::<Decimal128Type>().value(0);
        if total % unit != 0 {
            let shown = crate::units::format_decimal(total, SCALE);
            return exec_err!("largest_remainder: a total of {shown} has more than {digits} digits; round it first");
        }
        parts(total / unit, weights, ids, instants, unit)
    }
}

/// The parts, in the order of the rows; the split runs over ids that ascend, so that the order of rows does not matter.
fn parts(total: i128, weights: &ArrayRef, ids: &ArrayRef, instants: &ArrayRef, unit: i128) -> DfResult<ArrayRef> {
    let (weights, ids) = (weights.as_primitive::<Decimal128Type>(), ids.as_string::<i32>());
    let mut order: Vec<usize> = (0..ids.len()).collect();
    order.sort_by_key(|row| ids.value(*row));
    if let Some(pair) = order.windows(2).find(|pair| ids.value(pair[0]) == ids.value(pair[1])) {
        return exec_err!("largest_remainder: `{}` stands twice in a pot; sum its weights first", ids.value(pair[0]));
    }
    let narrow = |value: i128| i64::try_from(value);
    let sorted: Result<Vec<i64>, _> = order.iter().map(|row| narrow(weights.value(*row))).collect();
    let (Ok(sorted), Ok(total)) = (sorted, narrow(total)) else {
        return exec_err!("largest_remainder: totals and weights fit 64 bits");
    };
    let names: Vec<String> = order.iter().map(|row| ids.value(*row).to_owned()).collect();
    let ties = match instants.is_null(0) {
        true => Ties::Position,
        false => Ties::Hash { ids: &names, start: instants.as_primitive::<TimestampMicrosecondType>().value(0) },
    };
    let mut shares = Vec::new();
    if let Err(e) = LargestRemainder::default().lr(total, &sorted, 0, ties, &mut shares) {
        return exec_err!("largest_remainder: {e}");
    }
    let mut out = vec![0i128; ids.len()];
    for (row, share) in order.into_iter().zip(shares) {
        out[row] = i128::from(share) * unit;
    }
    Ok(Arc::new(Decimal128Array::from(out).with_precision_and_scale(18, 6)?))
}
