//! A lake with one metering point, and what is sent to it.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use arrow::util::display::{ArrayFormatter, FormatOptions};
use engine::calendar::{QUARTER, parse_rfc3339};
use engine::catalog::Principal;
use engine::clock::ManualClock;
use engine::ingest::{
    Decoder, Direction, Door, Frame, FrameBatch, Intake, Kind, Limits, Quality, RawReading, Reason, Rejection,
};
use engine::registry::{FOREVER, MeteringPoint, Row, SequencedRow};
use engine::schema::Table;
use engine::table::{Lake, NoFence};
use url::Url;

/// Noon of a day in June.
pub const NOON: &str = "2026-06-15T12:00:00Z";

pub fn at(text: &str) -> i64 {
    parse_rfc3339(text).unwrap()
}

pub struct Place {
    pub folder: tempfile::TempDir,
    pub lake: Arc<Lake>,
    pub clock: Arc<ManualClock>,
}

impl Place {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Self::opened(folder.path()).await;
        let place = Self { folder, lake, clock: Arc::new(ManualClock::at(at(NOON))) };
        place.register(1, "P").await;
        place
    }

    /// Another process on the same folder.
    pub async fn other(&self) -> Arc<Lake> {
        Self::opened(self.folder.path()).await
    }

    /// The lake as a program that starts finds it.
    pub async fn reopened(&self) -> engine::Result<Arc<Lake>> {
        Lake::open(&Url::from_directory_path(self.folder.path()).unwrap(), HashMap::new()).await
    }

    async fn opened(folder: &std::path::Path) -> Arc<Lake> {
        Lake::open(&Url::from_directory_path(folder).unwrap(), HashMap::new()).await.unwrap()
    }

    pub async fn register(&self, sequence: i64, point: &str) {
        let row = Row::MeteringPoints(MeteringPoint {
            metering_point_id: point.into(),
            holder: "h".into(),
            import: true,
            export: false,
            plant: Default::default(),
            valid_from: at("2026-01-01T00:00:00Z"),
            valid_to: FOREVER,
        });
        self.lake.copy_registry(&[SequencedRow { sequence, row }], 0, &NoFence).await.unwrap();
    }

    pub async fn intake(&self, limits: Limits) -> Intake {
        let door = Arc::new(Door::new(&self.lake.registry().await.unwrap(), BTreeMap::new()));
        Intake::new(Arc::clone(&self.lake), self.clock.clone(), door, limits)
    }

    /// Rows of a query of the operator, values apart by spaces.
    pub async fn sql(&self, sql: &str) -> Vec<String> {
        let session = engine::catalog::open(&self.lake, None, &Principal::Operator).await.unwrap();
        let mut lines = Vec::new();
        for batch in engine::session::query(&session, sql).await.unwrap().collect().await.unwrap() {
            let options = FormatOptions::default();
            let columns: Vec<_> =
                batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options).unwrap()).collect();
            let line = |row| columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join(" ");
            lines.extend((0..batch.num_rows()).map(line));
        }
        lines
    }

    pub async fn count(&self, table: Table) -> usize {
        let lines = self.sql(&format!("select count(*) as n from {}", table.name())).await;
        lines[0].parse().unwrap()
    }
}

/// `POINT N MWH`: the value of the n-th quarter-hour of the 15th of June; `-` is a message that cannot be read.
pub struct Words;

impl Decoder for Words {
    fn decode(&mut self, payload: &[u8], out: &mut dyn FnMut(u32, Result<RawReading<'_>, Rejection>)) -> usize {
        let text = std::str::from_utf8(payload).unwrap();
        for (value, index) in text.split(';').zip(0..) {
            let words: Vec<&str> = value.split(' ').collect();
            let [point, n, micro_kwh] = words[..] else {
                out(index, Err(Rejection::new(Reason::Malformed, "message", value)));
                continue;
            };
            out(
                index,
                Ok(RawReading {
                    metering_point_id: point,
                    kind: Kind::Measured,
                    community_id: None,
                    direction: Direction::Import,
                    interval_start: at("2026-06-15T00:00:00Z") + n.parse::<i64>().unwrap() * QUARTER,
                    interval_seconds: 900,
                    energy_micro_kwh: micro_kwh.parse().unwrap(),
                    quality: Quality::Measured,
                    revision: 0,
                }),
            );
        }
        0
    }
}

/// Messages of a source from an offset on.
pub fn batch(source: &str, from: i64, messages: &[&str]) -> FrameBatch {
    let mut batch = FrameBatch::new(source, from);
    for (message, offset) in messages.iter().zip(from..) {
        batch.push(Frame { payload: message.as_bytes(), offset, message_at: at(NOON), cut: None });
    }
    batch
}
