//! The pass over readings: one interval after the other, each shared as it passes.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array, Int64Array, RecordBatch};
use arrow::buffer::NullBuffer;
use arrow::compute::concat_batches;
use chrono::NaiveDate;

use super::account::{Account, Months};
use super::columns::{Columns, Numbering, Rows, UNKNOWN, Unit};
use super::rates::{KindRate, Rate, Rates, Sale};
use crate::calendar::{SECOND, Span, local_day, month_of, month_span};
use crate::clock::Micros;
use crate::error::{Error, Result};
use crate::registry::Registry;
use crate::settlement::books::Books;
use crate::settlement::community::Community;
use crate::settlement::community::Stocks;
use crate::settlement::community::member_at;
use crate::settlement::community::takes_part_throughout;
use crate::settlement::segment::Segment;
use crate::settlement::segment::TakesPart;
use crate::sharing::{Sharer, Shares, floor_percent};
use crate::units::{ENERGY_SCALE, format_decimal};

/// What a row of a point and direction belongs to in the open segment.
#[derive(Debug, Clone, Copy)]
struct Slot {
    /// Place among the consumers or producers of the segment; [`UNKNOWN`] for a point that takes no part.
    place: u32,
    /// Number of its account.
    account: u32,
    factor_percent: u32,
}

const NO_SLOT: Slot = Slot { place: UNKNOWN, account: 0, factor_percent: 100 };

/// A community whose rows are passing.
struct Open {
    number: u32,
    id: String,
    /// Global numbers of its points.
    points: Vec<u32>,
    segments: Vec<Segment>,
    at_segment: usize,
    zone: chrono_tz::Tz,
    rates: Rates,
    month: NaiveDate,
    month_span: Span,
    /// Import and export account of each point.
    accounts: Vec<[Account; 2]>,
    /// The member of each producer of the segment, where it matters whose energy a member gets, or of which kind it is;
    /// then also the kinds among the consumers, and of each consumer the place of its kind.
    producing_members: Vec<String>,
    kinds: Vec<String>,
    consumer_kinds: Vec<usize>,
    /// Whether energies pass as they are: the rule counts in the input's unit and everybody takes part as a whole.
    is_direct: bool,
    /// What its storages hold.
    books: Books,
}

/// The prices of one interval, where they differ from member to member.
struct OwnPrices {
    /// Of each kind of member, where energy costs differently by whose it is or who gets it; who got whose then stands
    /// in the matrix.
    kinds: Option<Vec<KindRate>>,
    /// Of the surplus of each producer, where somebody's is sold differently.
    sales: Option<Vec<Sale>>,
}

/// What the rows of a batch were given.
pub(super) struct Shared {
    /// The rows of whole intervals.
    pub rows: RecordBatch,
    /// Per row, in units of the input; nothing for points that take no part.
    pub allocated: ArrayRef,
    pub rest: ArrayRef,
    /// Per row, where the table has no directions: whether it is of direction export.
    pub exports: Vec<bool>,
}

/// What the rows of a batch are given, row by row, in units of the input.
struct Given {
    allocated: Vec<i64>,
    rest: Vec<i64>,
    /// Rows of points that take no part.
    absent: Vec<usize>,
}

/// The state of a pass over one partition.
pub(super) struct Pass {
    registry: Arc<Registry>,
    columns: Columns,
    span: Span,
    /// Whether rows are wanted, or only months.
    wants_rows: bool,
    communities: Numbering,
    points: Numbering,
    open: Option<Open>,
    /// Import and export slots by number of the point.
    slots: [Vec<Slot>; 2],
    /// Whether a point measures export, where the table does not name directions.
    exports: Vec<bool>,
    sharer: Sharer,
    shares: Shares,
    production: Vec<i64>,
    consumption: Vec<i64>,
    /// Who got whose energy, where it costs differently.
    matrix: Vec<i64>,
    row_slots: Vec<(Slot, bool)>,
    rows: Rows,
    /// Rows of the last interval, which the next batch may continue.
    carry: Option<RecordBatch>,
    months: Months,
    /// What storages hold before the span, by community.
    openings: Arc<BTreeMap<String, Stocks>>,
}

impl Pass {
    pub fn new(
        registry: Arc<Registry>,
        columns: Columns,
        span: Span,
        wants_rows: bool,
        openings: Arc<BTreeMap<String, Stocks>>,
    ) -> Self {
        let texts: Vec<String> = registry.metering_points.keys().cloned().collect();
        let exports = registry.metering_points.values().map(|p| p.export && !p.import).collect();
        let slots = [vec![NO_SLOT; texts.len()], vec![NO_SLOT; texts.len()]];
        let communities = Numbering::new(registry.communities.keys().cloned().collect(), &columns.community_names);
        let points = Numbering::new(texts, &columns.point_names);
        Self {
            registry,
            columns,
            span,
            wants_rows,
            communities,
            points,
            open: None,
            slots,
            exports,
            sharer: Sharer::default(),
            shares: Shares::default(),
            production: vec![],
            consumption: vec![],
            matrix: vec![],
            row_slots: vec![],
            rows: Rows::default(),
            carry: None,
            months: Months::default(),
            openings,
        }
    }

    /// Takes the next rows; gives those of intervals that are whole now.
    ///
    /// # Errors
    /// User, when a rule cannot share what is there; internal, when the columns are not those of readings.
    pub fn push(&mut self, batch: &RecordBatch, out: &mut Vec<Shared>) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let mut from = 0;
        if let Some(carry) = self.carry.take() {
            self.rows.read(batch, &mut self.communities, &mut self.points)?;
            let (community, start) = self.last_key(&carry)?;
            let same = |row: &usize| self.rows.starts[*row] == start && self.rows.communities[*row] == community;
            from = (0..batch.num_rows()).take_while(same).count();
            let joined = concat_batches(&carry.schema(), [&carry, &batch.slice(0, from)])?;
            if from == batch.num_rows() {
                self.carry = Some(joined);
                return Ok(());
            }
            self.whole(&joined, out)?;
        }
        let rest = batch.slice(from, batch.num_rows() - from);
        self.rows.read(&rest, &mut self.communities, &mut self.points)?;
        let last = rest.num_rows() - 1;
        let (start, community) = (self.rows.starts[last], self.rows.communities[last]);
        let same = |row: &usize| self.rows.starts[*row] == start && self.rows.communities[*row] == community;
        let open = (0..rest.num_rows()).rev().take_while(same).count();
        let whole = rest.num_rows() - open;
        self.carry = Some(rest.slice(whole, open));
        if whole > 0 {
            // What was read holds the open interval too, which is left out.
            self.run(rest.slice(0, whole), out)?;
        }
        Ok(())
    }

    /// Ends the pass.
    ///
    /// # Errors
    /// As [`Pass::push`].
    pub fn finish(&mut self, out: &mut Vec<Shared>) -> Result<()> {
        if let Some(carry) = self.carry.take() {
            self.whole(&carry, out)?;
        }
        self.close();
        Ok(())
    }

    /// The months that are closed.
    ///
    /// # Errors
    /// Internal, when a column cannot be built.
    pub fn months(&mut self) -> Result<Option<RecordBatch>> {
        if self.months.len() == 0 {
            return Ok(None);
        }
        self.months.take(self.columns.unit.micro_kwh()).map(Some)
    }

    fn last_key(&mut self, batch: &RecordBatch) -> Result<(u32, Micros)> {
        let mut rows = Rows::default();
        rows.read(&batch.slice(batch.num_rows() - 1, 1), &mut self.communities, &mut self.points)?;
        Ok((rows.communities[0], rows.starts[0]))
    }

    fn whole(&mut self, batch: &RecordBatch, out: &mut Vec<Shared>) -> Result<()> {
        self.rows.read(batch, &mut self.communities, &mut self.points)?;
        self.run(batch.clone(), out)
    }

    /// Shares the first rows of what was read, as many as `batch` has.
    fn run(&mut self, batch: RecordBatch, out: &mut Vec<Shared>) -> Result<()> {
        let count = batch.num_rows();
        let rows = std::mem::take(&mut self.rows);
        let wanted = if self.wants_rows { count } else { 0 };
        let (allocated, rest) = (Vec::with_capacity(wanted), Vec::with_capacity(wanted));
        let (mut given, mut sides) = (Given { allocated, rest, absent: vec![] }, Vec::new());
        let mut from = 0;
        while from < count {
            let (start, community) = (rows.starts[from], rows.communities[from]);
            let mut to = from + 1;
            while to < count && rows.starts[to] == start && rows.communities[to] == community {
                to += 1;
            }
            if !self.span.contains(start) {
                // Not asked for.
                given.absent.extend((from..to).filter(|row| *row < wanted));
                given.allocated.resize(to.min(wanted), 0);
                given.rest.resize(to.min(wanted), 0);
                sides.resize(if rows.exports.is_empty() { to.min(wanted) } else { 0 }, false);
                from = to;
                continue;
            }
            self.turn_to(community, start)?;
            self.interval(&rows, from..to, start, &mut given)?;
            if self.wants_rows && rows.exports.is_empty() {
                sides.extend(self.row_slots.iter().map(|(_, export)| *export));
            }
            from = to;
        }
        self.rows = rows;
        if self.wants_rows {
            let nulls = (!given.absent.is_empty()).then(|| {
                let mut present = vec![true; count];
                given.absent.iter().for_each(|row| present[*row] = false);
                NullBuffer::from(present)
            });
            let array = |values: Vec<i64>| energies(values, nulls.clone(), self.columns.unit);
            out.push(Shared {
                rows: batch,
                allocated: array(given.allocated)?,
                rest: array(given.rest)?,
                exports: sides,
            });
        }
        Ok(())
    }

    /// Makes the community and segment of an interval the open ones.
    fn turn_to(&mut self, community: u32, start: Micros) -> Result<()> {
        if self.open.as_ref().is_none_or(|o| o.number != community) {
            self.close();
            self.open(community, start)?;
        }
        let Some(open) = &mut self.open else { return Err(Error::internal("an open community")) };
        if !open.month_span.contains(start) {
            close_month(open, &self.points, &mut self.months);
            open.month = month_of(local_day(open.zone, start));
            open.month_span = month_span(open.zone, open.month);
        }
        if !open.segments.get(open.at_segment).is_some_and(|s| s.span.contains(start)) {
            open.at_segment = open.segments.iter().position(|s| s.span.contains(start)).ok_or_else(|| {
                Error::internal(format!("an interval at {start} outside of the span of the settlement"))
            })?;
            self.turn_slots();
        }
        Ok(())
    }

    fn open(&mut self, number: u32, start: Micros) -> Result<()> {
        let id = self.communities.texts().get(number as usize).cloned();
        let id = id.ok_or_else(|| Error::user("readings of a community that is not registered"))?;
        let registry = Arc::clone(&self.registry);
        let community = Community::new(&registry, &id, "")?;
        let community = community.opening_with(self.openings.get(&id).cloned().unwrap_or_default());
        let zone = community.zone();
        let grid = i64::from(community.grid_seconds()) * SECOND;
        let month = month_of(local_day(zone, start));
        self.open = Some(Open {
            number,
            points: community.points.iter().map(|p| self.points.known(p)).collect::<Result<_>>()?,
            segments: community.segments(self.span)?,
            at_segment: usize::MAX,
            zone,
            rates: Rates::new(&registry, &id, zone, grid, self.span),
            month,
            month_span: month_span(zone, month),
            accounts: vec![<[Account; 2]>::default(); community.points.len()],
            producing_members: vec![],
            kinds: vec![],
            consumer_kinds: vec![],
            is_direct: false,
            books: community.books(),
            id,
        });
        Ok(())
    }

    /// Writes the slots of the open segment.
    fn turn_slots(&mut self) {
        let unit_micro_kwh = self.columns.unit.micro_kwh();
        let Some(open) = &mut self.open else { return };
        for number in &open.points {
            for slots in &mut self.slots {
                slots[*number as usize] = NO_SLOT;
            }
        }
        let Some(segment) = open.segments.get(open.at_segment) else { return };
        let mut whole = true;
        for (side, points) in [&segment.consumers, &segment.producers].into_iter().enumerate() {
            for (place, TakesPart { point, factor_percent }) in points.iter().copied().enumerate() {
                let number = open.points[point as usize] as usize;
                let (place, account) = (place as u32, point);
                self.slots[side][number] = Slot { place, account, factor_percent };
                whole &= factor_percent == 100;
            }
        }
        whole &= segment.storages.is_empty();
        open.is_direct = whole && segment.key.as_ref().is_none_or(|(_, rule)| rule.unit_micro_kwh() == unit_micro_kwh);
        if open.rates.differ() || open.rates.sales_differ() {
            let member = |p: &TakesPart| {
                let id = self.points.texts().get(open.points[p.point as usize] as usize).map_or("", String::as_str);
                member_at(&self.registry, &open.id, id, segment.span.start)
            };
            open.producing_members = segment.producers.iter().map(|p| member(p).to_owned()).collect();
            let kinds = self.registry.member_kinds(&open.id);
            let kind = |p| kinds.get(member(p)).copied().unwrap_or_default();
            let of_consumers: Vec<&str> = segment.consumers.iter().map(kind).collect();
            open.kinds = of_consumers.iter().map(|k| (*k).to_owned()).collect();
            open.kinds.sort_unstable();
            open.kinds.dedup();
            let place = |k: &&str| open.kinds.binary_search_by(|known| known.as_str().cmp(k)).unwrap_or(0);
            open.consumer_kinds = of_consumers.iter().map(place).collect();
        }
        self.consumption.clear();
        self.consumption.resize(segment.consumers.len(), 0);
        self.production.clear();
        self.production.resize(segment.producers.len(), 0);
    }

    /// Shares one interval, and books what came of it.
    fn interval(&mut self, rows: &Rows, range: std::ops::Range<usize>, start: Micros, out: &mut Given) -> Result<()> {
        self.gather(rows, range)?;
        self.share(start)?;
        let prices = self.own_prices(start)?;
        self.book(start, &prices, out)
    }

    /// Puts the energies of an interval in the places of their points.
    fn gather(&mut self, rows: &Rows, range: std::ops::Range<usize>) -> Result<()> {
        let Self { open, slots, exports, production, consumption, row_slots, .. } = self;
        let Some(open) = open else { return Err(Error::internal("an open community")) };
        consumption.fill(0);
        production.fill(0);
        row_slots.clear();
        let unit_micro_kwh = self.columns.unit.micro_kwh();
        for row in range {
            let point = rows.points[row] as usize;
            let export = match rows.exports.get(row) {
                Some(export) => *export,
                None => exports.get(point).copied().unwrap_or(false),
            };
            let slot = slots[usize::from(export)].get(point).copied().unwrap_or(NO_SLOT);
            if slot.place != UNKNOWN {
                let side = if export { &mut *production } else { &mut *consumption };
                side[slot.place as usize] = match open.is_direct {
                    true => rows.energies[row],
                    false => floor_percent(rows.energies[row] * unit_micro_kwh, slot.factor_percent),
                };
            }
            row_slots.push((slot, export));
        }
        Ok(())
    }

    /// Shares them by the key of the time; energies and shares are in units of the input afterwards.
    fn share(&mut self, start: Micros) -> Result<()> {
        let Self { open, sharer, shares, production, consumption, registry, points, .. } = self;
        let Some(open) = open else { return Err(Error::internal("an open community")) };
        let Some(segment) = open.segments.get(open.at_segment) else { return Err(Error::internal("a segment")) };
        match (&segment.key, open.is_direct) {
            (Some((_, rule)), true) => sharer.share_units(rule, start, production, consumption, shares)?,
            (key, false) => {
                let takes_part = |point: u32, span: Span| {
                    let id = points.texts().get(open.points[point as usize] as usize).map_or("", String::as_str);
                    takes_part_throughout(registry, &open.id, id, span)
                };
                let offered = open.books.release(segment, start, production, &takes_part)?;
                match key {
                    Some((_, rule)) => sharer.share(rule, start, offered, consumption, shares)?,
                    None => nothing_shared(shares, offered, consumption),
                }
                open.books.settle_up(segment, start, production, consumption, shares);
                to_units(shares, production, consumption, self.columns.unit.micro_kwh())?;
            }
            (None, true) => nothing_shared(shares, production, consumption),
        }
        Ok(())
    }

    /// The prices that differ from member to member.
    fn own_prices(&mut self, start: Micros) -> Result<OwnPrices> {
        let Self { open, sharer, shares, matrix, .. } = self;
        let Some(open) = open else { return Err(Error::internal("an open community")) };
        let Some(segment) = open.segments.get(open.at_segment) else { return Err(Error::internal("a segment")) };
        matrix.clear();
        let sales = open.rates.sales_differ().then(|| open.rates.sales_of(&open.producing_members, start));
        if !open.rates.differ() {
            return Ok(OwnPrices { kinds: None, sales });
        }
        if let Some((_, rule)) = &segment.key {
            let unit = if open.is_direct { rule.unit_micro_kwh() } else { self.columns.unit.micro_kwh() };
            sharer.decompose(rule, start, &scaled(shares, unit), matrix)?;
            matrix.iter_mut().for_each(|value| *value /= unit);
        }
        let of_kind = |kind: &String| open.rates.of_kind(kind, &open.producing_members, start);
        Ok(OwnPrices { kinds: Some(open.kinds.iter().map(of_kind).collect()), sales })
    }

    /// Adds what each point got or gave to its account, and to the rows where they are wanted.
    fn book(&mut self, start: Micros, prices: &OwnPrices, out: &mut Given) -> Result<()> {
        let Self { open, shares, production, consumption, row_slots, matrix, .. } = self;
        let Some(open) = open else { return Err(Error::internal("an open community")) };
        let Some(segment) = open.segments.get(open.at_segment) else { return Err(Error::internal("a segment")) };
        let rate = open.rates.at(start);
        for (slot, export) in row_slots.iter() {
            if slot.place == UNKNOWN {
                if self.wants_rows {
                    out.absent.push(out.allocated.len());
                    out.allocated.push(0);
                    out.rest.push(0);
                }
                continue;
            }
            let place = slot.place as usize;
            let (energy, given, left) = if *export {
                (production[place], shares.given_micro_kwh[place], shares.surplus_micro_kwh[place])
            } else {
                let allocated = shares.allocated_micro_kwh[place];
                (consumption[place], allocated, consumption[place] - allocated)
            };
            let internal = match (prices.kinds.as_deref(), *export) {
                (None, true) => i128::from(given) * i128::from(rate.internal),
                (None, false) => i128::from(given) * i128::from(rate.internal + rate.fee),
                (Some(kinds), export) => at_own_prices(matrix, &open.consumer_kinds, kinds, place, export),
            };
            let sale = prices.sales.as_ref().filter(|_| *export).and_then(|sales| sales.get(place));
            let rate = Rate { sale: sale.copied().unwrap_or(rate.sale), ..rate };
            let account = &mut open.accounts[slot.account as usize][usize::from(*export)];
            account.add(energy, given, left, internal, &rate, *export);
            if self.wants_rows {
                out.allocated.push(given);
                out.rest.push(left);
            }
        }
        for storage in &segment.storages {
            let (stored, released) = (shares.allocated_micro_kwh[storage.sink], shares.given_micro_kwh[storage.source]);
            let (grid, source) = open.rates.factors(start);
            let moved = i128::from(released) * i128::from(source) - i128::from(stored) * i128::from(grid);
            open.accounts[storage.point as usize].iter_mut().for_each(|account| account.moves(moved));
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some(mut open) = self.open.take() {
            close_month(&mut open, &self.points, &mut self.months);
            for number in &open.points {
                for slots in &mut self.slots {
                    slots[*number as usize] = NO_SLOT;
                }
            }
        }
    }
}

fn close_month(open: &mut Open, points: &Numbering, months: &mut Months) {
    let mixes_scopes = open.rates.mix_scopes(open.month_span);
    for (number, accounts) in open.points.iter().zip(&mut open.accounts) {
        let Some(point) = points.texts().get(*number as usize) else { continue };
        for (export, account) in [false, true].into_iter().zip(accounts) {
            months.close(&open.id, (point, export), open.month, account, mixes_scopes);
        }
    }
}

/// What the energy of a consumer costs, or that of a producer earns, where it matters who gets whose.
fn at_own_prices(matrix: &[i64], kinds: &[usize], prices: &[KindRate], place: usize, export: bool) -> i128 {
    let producers = prices.first().map_or(0, |rate| rate.internal.len());
    let product = |energy: &i64, price: i64| i128::from(*energy) * i128::from(price);
    let rate_of = |consumer: usize| kinds.get(consumer).and_then(|kind| prices.get(*kind));
    if export {
        let rows = matrix.chunks_exact(producers.max(1)).enumerate();
        let earned =
            |(consumer, row): (usize, &[i64])| Some(product(row.get(place)?, rate_of(consumer)?.internal[place]));
        return rows.filter_map(earned).sum();
    }
    let Some(rate) = rate_of(place) else { return 0 };
    let row = matrix.get(place * producers..(place + 1) * producers).unwrap_or_default();
    row.iter().zip(&rate.internal).map(|(energy, price)| product(energy, price + rate.fee)).sum()
}

/// Shares in micro-kWh again.
fn scaled(shares: &Shares, unit_micro_kwh: i64) -> Shares {
    let scale = |values: &[i64]| values.iter().map(|v| v * unit_micro_kwh).collect();
    Shares {
        allocated_micro_kwh: scale(&shares.allocated_micro_kwh),
        given_micro_kwh: scale(&shares.given_micro_kwh),
        surplus_micro_kwh: scale(&shares.surplus_micro_kwh),
        pairs_micro_kwh: scale(&shares.pairs_micro_kwh),
    }
}

/// Without a key nothing is shared.
fn nothing_shared(shares: &mut Shares, production: &[i64], consumption: &[i64]) {
    shares.allocated_micro_kwh.clear();
    shares.allocated_micro_kwh.resize(consumption.len(), 0);
    shares.given_micro_kwh.clear();
    shares.given_micro_kwh.resize(production.len(), 0);
    shares.surplus_micro_kwh.clear();
    shares.surplus_micro_kwh.extend_from_slice(production);
}

/// From micro-kWh back to the unit of the input.
fn to_units(shares: &mut Shares, production: &mut [i64], consumption: &mut [i64], unit_micro_kwh: i64) -> Result<()> {
    if unit_micro_kwh == 1 {
        return Ok(());
    }
    let Shares { allocated_micro_kwh, given_micro_kwh, surplus_micro_kwh, .. } = shares;
    let all = [allocated_micro_kwh.as_mut_slice(), given_micro_kwh, surplus_micro_kwh, production, consumption];
    for value in all.into_iter().flatten() {
        if *value % unit_micro_kwh != 0 {
            return Err(Error::user(format!(
                "{} kWh is not a whole number of the table's unit of {} kWh: share in that unit, or read energies as \
                 kWh with six decimals",
                format_decimal((*value).into(), ENERGY_SCALE),
                format_decimal(unit_micro_kwh.into(), ENERGY_SCALE)
            )));
        }
        *value /= unit_micro_kwh;
    }
    Ok(())
}

fn energies(values: Vec<i64>, nulls: Option<NullBuffer>, unit: Unit) -> Result<ArrayRef> {
    Ok(match unit {
        Unit::Whole(_) => Arc::new(Int64Array::new(values.into(), nulls)),
        Unit::Kwh => {
            let values: Vec<i128> = values.into_iter().map(i128::from).collect();
            Arc::new(Decimal128Array::new(values.into(), nulls).with_precision_and_scale(18, 6)?)
        }
    })
}
