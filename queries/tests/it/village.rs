//! Lakes with small communities, on a clock that stands still until it is moved.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use engine::billing::Billing;
use engine::calendar::{QUARTER, parse_rfc3339};
use engine::catalog::Principal;
use engine::clock::{ManualClock, Micros};
use engine::ingest::{
    Decoder, Direction, Door, Frame, FrameBatch, Intake, Kind, Limits, Quality, RawReading, Rejection,
};
use engine::job::{CycleReport, Graph, VALUES_MAX, Worker};
use engine::registry::{
    AllocationKey, Community, FOREVER, GridFactor, Member, MeteringPoint, Participation, Row, SequencedRow, Tariff,
};
use engine::schema::Table;
use engine::sharing::{KeyKind, Rule};
use engine::table::{Fence, Lake, NoFence};
use url::Url;

/// What a test ingests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    pub point: String,
    pub kind: Kind,
    /// Of a result of an operator.
    pub community: Option<String>,
    pub direction: Direction,
    pub start: Micros,
    pub seconds: u32,
    pub micro_kwh: i64,
    pub revision: i64,
}

/// A value of a quarter-hour; points whose name starts with `P` feed in.
pub fn value(point: &str, start: Micros, micro_kwh: i64) -> Value {
    let direction = if point.contains("-P") { Direction::Export } else { Direction::Import };
    let (kind, community) = (Kind::Measured, None);
    Value { point: point.into(), kind, community, direction, start, seconds: 900, micro_kwh, revision: 0 }
}

/// What an operator says of a quarter-hour.
pub fn result(kind: Kind, point: &str, start: Micros, micro_kwh: i64) -> Value {
    Value { kind, ..value(point, start, micro_kwh) }
}

pub fn at(text: &str) -> Micros {
    parse_rfc3339(text).unwrap()
}

/// Reads what [`Village::ingest`] writes.
struct Lines;

impl Decoder for Lines {
    fn decode(&mut self, payload: &[u8], out: &mut dyn FnMut(u32, Result<RawReading<'_>, Rejection>)) -> usize {
        let text = std::str::from_utf8(payload).unwrap();
        let f: Vec<&str> = text.split(' ').collect();
        let number = |i: usize| f[i].parse::<i64>().unwrap();
        out(
            0,
            Ok(RawReading {
                metering_point_id: f[0],
                kind: Kind::parse(f[6]).unwrap(),
                community_id: f.get(7).copied(),
                direction: Direction::parse(f[1]).unwrap(),
                interval_start: number(2),
                interval_seconds: number(3) as u32,
                energy_micro_kwh: number(4),
                quality: Quality::Measured,
                revision: number(5),
            }),
        );
        0
    }
}

/// A lake in a folder of its own.
pub struct Village {
    pub folder: tempfile::TempDir,
    pub lake: Arc<Lake>,
    pub clock: Arc<ManualClock>,
    rows: i64,
}

impl Village {
    pub async fn new(now: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Url::from_directory_path(folder.path()).unwrap();
        let lake = Lake::open(&root, HashMap::new()).await.unwrap();
        Self { folder, lake, clock: Arc::new(ManualClock::at(at(now))), rows: 0 }
    }

    /// A lake with the communities `a` and `b`: two consumers and a producer each, pro rata, one price.
    pub async fn with_two(now: &str) -> Self {
        let mut village = Self::new(now).await;
        for id in ["a", "b"] {
            village.apply(community(id, now)).await;
        }
        village
    }

    pub async fn apply(&mut self, rows: Vec<Row>) {
        let first = self.rows + 1;
        let rows: Vec<SequencedRow> =
            rows.into_iter().zip(first..).map(|(row, sequence)| SequencedRow { sequence, row }).collect();
        self.rows += rows.len() as i64;
        let now_ms = engine::clock::Clock::now(&*self.clock) / 1000;
        self.lake.copy_registry(&rows, now_ms, &NoFence).await.unwrap();
    }

    /// Takes values in as one commit of a source.
    pub async fn ingest(&self, source: &str, values: &[Value]) {
        let raw = self.lake.snapshot(Table::ReadingsRaw).await.unwrap();
        let from = raw.position(source).await.unwrap().unwrap_or(0);
        let mut intake = self.intake().await;
        intake.take(&self.batch(source, from, values), &mut Lines).await.unwrap();
        let done = intake.commit().await.unwrap();
        assert_eq!((done.accepted, done.rejected), (values.len(), 0));
    }

    pub async fn intake(&self) -> Intake {
        let door = Arc::new(Door::new(&self.lake.registry().await.unwrap(), BTreeMap::new()));
        let limits = Limits { age: i64::MAX, ..Limits::default() };
        Intake::new(Arc::clone(&self.lake), self.clock.clone(), door, limits)
    }

    pub fn batch(&self, source: &str, from: i64, values: &[Value]) -> FrameBatch {
        let mut batch = FrameBatch::new(source, from);
        let message_at = engine::clock::Clock::now(&*self.clock);
        for (v, offset) in values.iter().zip(from..) {
            let (point, direction) = (&v.point, v.direction.as_str());
            let mut line = format!("{point} {direction} {} {} {} {}", v.start, v.seconds, v.micro_kwh, v.revision);
            line += &format!(" {}", v.kind.as_str());
            if let Some(community) = &v.community {
                line += &format!(" {community}");
            }
            batch.push(Frame { payload: line.as_bytes(), offset, message_at, cut: None });
        }
        batch
    }

    pub fn worker(&self, graph: Graph, fence: Arc<dyn Fence>) -> Worker {
        let (lake, clock) = (Arc::clone(&self.lake), self.clock.clone());
        Worker { lake, clock, graph, fence, program: "test".into(), values_max: VALUES_MAX }
    }

    pub async fn run(&self) -> CycleReport {
        let report = self.worker(queries::graph(), Arc::new(NoFence)).run_pending().await.unwrap();
        assert!(report.held.is_empty(), "{:?}", report.held);
        report
    }

    /// Bills a month of a community as it is published, whether or not it may be billed; gives the number of the bill.
    pub async fn bill(&mut self, id: &str, month: &str) -> u32 {
        let published = self.lake.published().await.unwrap();
        let principal = Principal::Communities(BTreeSet::from([id.to_string()]));
        let session = engine::catalog::open(&self.lake, published.as_ref(), &principal).await.unwrap();
        let sql = queries::report::BILL_LINES.replace("$month", &format!("DATE '{month}'"));
        let lines = engine::session::query(&session, &sql).await.unwrap().collect().await.unwrap();
        let run =
            format!("select statement_run_id from month_states where community_id = '{id}' and month = '{month}'");
        let statement_run_id = self.sql(&run).await.remove(0);
        let month = month.parse().unwrap();
        let number = self.lake.registry().await.unwrap().bills_of(id, month).count() as u32 + 1;
        let billed_at = engine::clock::Clock::now(&*self.clock);
        let text = engine::billing::Lines::of(&lines).unwrap().to_text();
        let bill = Billing { community_id: id.into(), month, number, billed_at, statement_run_id, text };
        self.apply(vec![Row::Billings(bill)]).await;
        number
    }

    /// The files of the result tables: `table/path`, whose name holds the digest of the bytes.
    pub async fn files(&self) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for table in Table::RESULTS {
            let snapshot = self.lake.snapshot(table).await.unwrap();
            all.extend(snapshot.files().unwrap().iter().map(|f| format!("{}/{}", table.name(), f.path)));
        }
        all
    }

    /// Rows of a query over what is published, as lines of comma-separated values.
    pub async fn sql(&self, sql: &str) -> Vec<String> {
        self.sql_as(&Principal::Operator, sql).await.unwrap()
    }

    pub async fn sql_as(&self, principal: &Principal, sql: &str) -> engine::Result<Vec<String>> {
        let published = self.lake.published().await?;
        let session = engine::catalog::open(&self.lake, published.as_ref(), principal).await?;
        let mut lines = Vec::new();
        for batch in engine::session::query(&session, sql).await?.collect().await? {
            let options = FormatOptions::default();
            let columns: Vec<_> =
                batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options).unwrap()).collect();
            for row in 0..batch.num_rows() {
                let cells: Vec<String> = columns.iter().map(|c| c.value(row).to_string()).collect();
                lines.push(cells.join(","));
            }
        }
        Ok(lines)
    }
}

/// Master data of a community with points `ID-C1`, `ID-C2` (consumers) and `ID-P1` (a producer) in Paris.
pub fn community(id: &str, _now: &str) -> Vec<Row> {
    let valid_from = at("2025-12-31T23:00:00Z");
    let mut rows = vec![Row::Communities(Community {
        community_id: id.into(),
        name: id.into(),
        country: "FR".into(),
        timezone: "Europe/Paris".into(),
        currency: "EUR".into(),
        interval_minutes: 15,
        deadline_hours: None,
        place_micro: None,
    })];
    for n in ["C1", "C2", "P1"] {
        let (member, point, holder) = (format!("m-{n}"), format!("{id}-{n}"), format!("{id}/m-{n}"));
        rows.push(Row::Members(Member {
            community_id: id.into(),
            member_id: member.clone(),
            holder: holder.clone(),
            kind: "household".into(),
        }));
        rows.push(Row::MeteringPoints(MeteringPoint {
            metering_point_id: point.clone(),
            holder,
            import: n.starts_with('C'),
            export: n.starts_with('P'),
            plant: Default::default(),
            valid_from,
            valid_to: FOREVER,
        }));
        rows.push(Row::Participations(Participation {
            community_id: id.into(),
            metering_point_id: point,
            member_id: member,
            factor_percent: 100,
            consent_id: None,
            valid_from,
            valid_to: FOREVER,
        }));
    }
    rows.push(Row::AllocationKeys(AllocationKey {
        community_id: id.into(),
        rule: Rule::of([KeyKind::Prorata]),
        adopted_by: None,
        regime: None,
        corrects: None,
        valid_from,
        valid_to: FOREVER,
    }));
    rows.push(Row::GridFactors(GridFactor {
        community_id: id.into(),
        factor_set: "example-1".into(),
        scope: "life_cycle".into(),
        grid_mg_per_kwh: 41_000,
        source_mg_per_kwh: 30_075,
        more: Default::default(),
        valid_from,
        valid_to: FOREVER,
    }));
    rows.push(tariff(id, "internal_energy", 115_000, valid_from));
    rows.push(tariff(id, "community_fee", 8_500, valid_from));
    rows
}

pub fn tariff(id: &str, item: &str, price_micro: i64, valid_from: Micros) -> Row {
    Row::Tariffs(Tariff {
        community_id: id.into(),
        item: item.into(),
        producer: None,
        price_micro_per_kwh: Some(price_micro),
        price_micro_per_month: None,
        vat_basis_points: 2000,
        vat_category: "S".into(),
        terms: Default::default(),
        valid_from,
        valid_to: FOREVER,
    })
}

/// Values of a community's three points from `from` to `to`: sun at noon, uneven use.
pub fn values(id: &str, from: &str, to: &str) -> Vec<Value> {
    let mut all = Vec::new();
    for start in (at(from)..at(to)).step_by(QUARTER as usize) {
        let n = start / QUARTER;
        let of_day = n.rem_euclid(96);
        all.push(value(&format!("{id}-C1"), start, 100_000 + n * 7919 % 50_021));
        all.push(value(&format!("{id}-C2"), start, 30_000 + n * 104_729 % 80_007));
        all.push(value(&format!("{id}-P1"), start, (0.max(30 - (of_day - 44).abs())) * 9_973));
    }
    all
}

/// The decoder of [`Village::batch`].
pub fn lines() -> impl Decoder {
    Lines
}
