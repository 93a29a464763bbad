//! The key files of French collective self-consumption: what the adopted key gives, in percent of the production.

use chrono::NaiveDate;
use chrono_tz::Tz;
use connectors::decoders::acc_key::KeyFile;
use engine::calendar::{Span, day_start, zone};
use engine::registry::Registry;
use engine::settlement::{PercentKey, percent_keys};

use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::{Failure, Message, refused};
use crate::read::Reader;

/// Which keys.
#[derive(Debug, Clone)]
pub struct Input {
    pub community: String,
    /// First local day.
    pub from: NaiveDate,
    /// The local day after the last.
    pub to: NaiveDate,
    /// Only the key of this producing point, of its own production.
    pub producer: Option<String>,
    /// The operator's name of the operation; without it the series that the key reads.
    pub operation: Option<String>,
}

/// The files.
pub struct Done {
    pub zone: Tz,
    /// One for all plants, or one for each with its id where the rule tells them apart.
    pub files: Vec<(Option<String>, KeyFile)>,
    /// Values of consumption that are missing and count as nothing.
    pub missing_consumption: usize,
}

/// Makes the files; nothing is stored.
///
/// # Errors
/// User, when there is no such community, or no key that a file can hold.
pub async fn act(actor: &Actor, place: &Installation, input: Input) -> Result<Done, Failure> {
    let (from, to) = (input.from, input.to);
    if from >= to {
        return Err(refused::days_wrong_way(from, to).into());
    }
    let reader = Reader::of(actor, place).await?;
    let (published, registry) = (reader.published()?, place.lake.registry().await?);
    let community = reader.registered(&input.community)?;
    let step_minutes = community.interval_minutes;
    if !matches!(step_minutes, 15 | 30) {
        return Err(refused::interval_without_key_file(&input.community, step_minutes).into());
    }
    let operation = operation(&input, &registry)?;
    let zone = zone(&community.timezone)?;
    let span = Span { start: day_start(zone, from), end: day_start(zone, to) };
    let (id, producer) = (&input.community, input.producer.as_deref());
    let keys = percent_keys(&place.lake, published, &registry, id, span, producer).await?;
    let last_day = to.pred_opt().unwrap_or(from);
    let points = keys.points;
    let file = |PercentKey { producer, rows }| {
        let (operation, points) = (operation.clone(), points.clone());
        (producer, KeyFile { operation, step_minutes, first_day: from, last_day, points, rows })
    };
    let files = keys.keys.into_iter().map(file).collect();
    Ok(Done { zone, files, missing_consumption: keys.missing_consumption })
}

/// What the operation is called: as asked for, else as the series of the community's keys.
fn operation(input: &Input, registry: &Registry) -> Result<String, Message> {
    let fits =
        |name: &str| name.strip_prefix("ACC").is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()));
    if let Some(name) = &input.operation {
        return match fits(name) {
            true => Ok(name.clone()),
            false => Err(refused::operation_wrong(name)),
        };
    }
    let keys = registry.allocation_keys.get(&input.community).into_iter().flatten();
    let named = keys.flat_map(|(_, k)| k.rule.series()).filter(|name| fits(name)).last();
    let named = named.map(str::to_owned);
    named.ok_or_else(refused::operation_missing)
}
