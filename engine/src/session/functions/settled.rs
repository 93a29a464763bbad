//! `is_settled(status)`: whether nothing is waited for any more in an interval of a status.

use std::sync::Arc;

use arrow::array::{AsArray, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::{Result as DfResult, exec_err};
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};

use crate::status::Status;

/// `is_settled(status)`: true for `complete`, `estimated` and `zeroed`.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct IsSettled(Signature);

impl IsSettled {
    pub fn new() -> Self {
        Self(Signature::exact(vec![DataType::Utf8], Volatility::Immutable))
    }
}

impl ScalarUDFImpl for IsSettled {
    fn name(&self) -> &str {
        "is_settled"
    }

    fn signature(&self) -> &Signature {
        &self.0
    }

    fn return_type(&self, _: &[DataType]) -> DfResult<DataType> {
        Ok(DataType::Boolean)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> DfResult<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        let [statuses] = arrays.as_slice() else { return exec_err!("is_settled takes a status") };
        let is_settled = |word: &str| match Status::parse(word) {
            Some(status) => Ok(status.is_settled()),
            None => exec_err!("is_settled: {word} is no status"),
        };
        let statuses = statuses.as_string::<i32>().iter();
        let flags = statuses.map(|word| word.map(is_settled).transpose()).collect::<DfResult<BooleanArray>>()?;
        Ok(ColumnarValue::Array(Arc::new(flags)))
    }
}
