//! Readings that were put aside as implausible are true: those of a point, up to the power that they stand for.

use connectors::decoders::StoredDecoder;
use engine::ErrorKind;
use engine::ingest::replay::implausible_power_w;
use engine::registry::{MeteringPoint, Row};

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::{Failure, refused};
use crate::store::Names;

/// How often the point is looked up again because somebody else changed the registry meanwhile.
const ATTEMPTS_MAX: usize = 10;

/// Up to which power readings of the point are taken from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub metering_point_id: String,
    pub power_w: i64,
}

/// Writes it into the point's own row, with who said so; what was put aside then comes in by itself.
///
/// # Errors
/// Invalid, when no implausible reading of the point waits; environment, when lake or store fail.
pub async fn act(actor: &Actor, place: &Installation, point: &str) -> Result<Done, Failure> {
    actor.must_operate()?;
    let registry = place.lake.registry().await?;
    let power_w = implausible_power_w(&place.lake, &registry, point, &mut StoredDecoder::default()).await?;
    let power_w = power_w.ok_or_else(|| refused::nothing_implausible(point))?;
    let mut attempt = 1;
    loop {
        let current = place.store.current_rows().await?;
        let based_on = current.iter().map(|row| row.sequence).max().unwrap_or(0);
        let known = current.iter().rev().find_map(|row| match &row.row {
            Row::MeteringPoints(p) if p.metering_point_id == point => Some(p.clone()),
            _ => None,
        });
        let known = known.ok_or_else(|| refused::nothing_implausible(point))?;
        let row = Row::MeteringPoints(released(known, power_w));
        match place.store.apply_rows(actor.name(), &[row], &Names::default(), based_on).await {
            Ok(_) => return Ok(Done { metering_point_id: point.to_owned(), power_w }),
            Err(e) if e.kind() == ErrorKind::Conflict && attempt < ATTEMPTS_MAX => attempt += 1,
            Err(e) => return Err(e.into()),
        }
    }
}

fn released(mut point: MeteringPoint, power_w: i64) -> MeteringPoint {
    point.plant.released_power_w = point.plant.released_power_w.max(Some(power_w));
    point
}
