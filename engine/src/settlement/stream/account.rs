//! What a metering point's energy of a month sums up to.

use std::sync::{Arc, LazyLock};

use arrow::array::{Date32Array, Decimal128Array, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use chrono::NaiveDate;

use super::rates::Rate;
use crate::calendar::day_number;
use crate::error::Result;

/// Sums of one point, direction and month, in units of the input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Account {
    energy: i64,
    allocated: i64,
    rest: i64,
    /// Units x millionths of the currency per kWh.
    internal_amount: i128,
    rest_amount: i128,
    /// Units x thousandths of a gram per kWh.
    avoided: i128,
    intervals: u32,
    unpriced: u32,
}

impl Account {
    /// Adds an interval. `rest` is the residual of a consumer or the surplus of a producer, `internal` what the
    /// allocated energy costs or earns, in units x millionths.
    #[inline]
    pub fn add(&mut self, energy: i64, allocated: i64, rest: i64, internal: i128, rate: &Rate, export: bool) {
        self.energy += energy;
        self.allocated += allocated;
        self.rest += rest;
        let (outside, lacks_outside) = match export {
            true => (rate.sale.unwrap_or(0), rate.sale.is_none()),
            false => (rate.supply, rate.lacks_supply),
        };
        self.internal_amount += internal;
        self.rest_amount += i128::from(rest) * i128::from(outside);
        self.avoided += i128::from(allocated) * i128::from(rate.avoided);
        self.intervals += 1;
        self.unpriced += u32::from((rate.lacks_internal && allocated != 0) || (lacks_outside && rest != 0));
    }

    /// Corrects what a storage avoided, in units x thousandths of a gram per kWh. Energy avoids something when it is
    /// used, and caused something when it left its plant: what a storage took in was not used yet, what it gave was
    /// counted before. With it the avoided CO2e of all importing points is that of the community; so is that of all
    /// exporting ones.
    pub fn moves(&mut self, avoided: i128) {
        self.avoided += avoided;
    }

    fn is_empty(&self) -> bool {
        self.intervals == 0
    }
}

/// Finished accounts, as columns.
#[derive(Debug, Default)]
pub(super) struct Months {
    communities: Vec<String>,
    points: Vec<String>,
    exports: Vec<bool>,
    months: Vec<NaiveDate>,
    /// Whether its factors changed their scope within the month: what it avoided has then no sum.
    mixes_scopes: Vec<bool>,
    accounts: Vec<Account>,
}

impl Months {
    /// Takes an account over and leaves an empty one.
    pub fn close(
        &mut self,
        community: &str,
        (point, export): (&str, bool),
        month: NaiveDate,
        account: &mut Account,
        mixes_scopes: bool,
    ) {
        if !account.is_empty() {
            self.communities.push(community.to_owned());
            self.points.push(point.to_owned());
            self.exports.push(export);
            self.months.push(month);
            self.mixes_scopes.push(mixes_scopes);
            self.accounts.push(std::mem::take(account));
        }
    }

    pub fn len(&self) -> usize {
        self.accounts.len()
    }

    /// The rows of `point_months`. `unit_micro_kwh` is what the input counts in.
    ///
    /// # Errors
    /// Internal, when a column cannot be built.
    pub fn take(&mut self, unit_micro_kwh: i64) -> Result<RecordBatch> {
        let Self { communities, points, exports, months, mixes_scopes, accounts } = std::mem::take(self);
        let unit = i128::from(unit_micro_kwh);
        let decimal = |precision, scale, of: &dyn Fn(&Account) -> i128| {
            let values = Decimal128Array::from_iter_values(accounts.iter().map(|a| of(a) * unit));
            values.with_precision_and_scale(precision, scale)
        };
        let count = |of: &dyn Fn(&Account) -> u32| Int32Array::from_iter_values(accounts.iter().map(|a| of(a) as i32));
        let avoided = accounts.iter().zip(&mixes_scopes).map(|(a, mixes)| (!mixes).then_some(a.avoided * unit));
        let avoided = avoided.collect::<Decimal128Array>().with_precision_and_scale(38, 9)?;
        let direction = |export: &bool| if *export { "export" } else { "import" };
        Ok(RecordBatch::try_new(
            schema(),
            vec![
                Arc::new(StringArray::from(communities)),
                Arc::new(StringArray::from(points)),
                Arc::new(StringArray::from_iter_values(exports.iter().map(direction))),
                Arc::new(Date32Array::from_iter_values(months.into_iter().map(day_number))),
                Arc::new(decimal(18, 6, &|a| i128::from(a.energy))?),
                Arc::new(decimal(18, 6, &|a| i128::from(a.allocated))?),
                Arc::new(decimal(18, 6, &|a| i128::from(a.rest))?),
                Arc::new(decimal(38, 12, &|a| a.internal_amount)?),
                Arc::new(decimal(38, 12, &|a| a.rest_amount)?),
                Arc::new(avoided),
                Arc::new(count(&|a| a.intervals)),
                Arc::new(count(&|a| a.unpriced)),
            ],
        )?)
    }
}

/// The columns of `point_months`: exact energies, unrounded amounts at each interval's own prices, avoided grams of
/// CO2e (null for a month whose factors are of different scopes, which have no sum), and how many intervals they cover
/// and lack a price.
pub(super) fn schema() -> SchemaRef {
    static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
        let field = |name: &str, data_type| Field::new(name, data_type, false);
        let energy = |name| field(name, crate::field::decimal());
        let amount = |name| field(name, crate::field::product());
        Arc::new(Schema::new(vec![
            field("community_id", DataType::Utf8),
            field("metering_point_id", DataType::Utf8),
            field("direction", DataType::Utf8),
            field("month", DataType::Date32),
            energy("energy_kwh"),
            energy("allocated_kwh"),
            energy("rest_kwh"),
            amount("internal_amount"),
            amount("rest_amount"),
            field("avoided_g", DataType::Decimal128(38, 9)).with_nullable(true),
            field("intervals", DataType::Int32),
            field("unpriced_intervals", DataType::Int32),
        ]))
    });
    Arc::clone(&SCHEMA)
}
