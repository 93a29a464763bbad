//! How each community does today: one question for all that a reader may see.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use dashboards::figure::{Energy, Reliance};
use engine::calendar::{SECOND, Span, day_start, local_day, zone};
use engine::clock::Micros;
use engine::registry::Community;
use engine::{Error, Result};

use super::Reader;
use super::rows::{Row, Rows, instant};

/// How a community does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Today {
    pub community_id: String,
    /// What was shared out of the energy of its running local day.
    pub energy: Energy,
    /// Its intervals by what they wait for.
    pub reliance: Reliance,
    /// End of the last interval up to which everything expected has arrived; `None` before the first value.
    pub complete_until: Option<Micros>,
}

/// Those that the reader may see, by their identifiers, as the published set has them.
///
/// # Errors
/// Environment, when files cannot be read.
pub async fn of(reader: &Reader<'_>, now: Micros) -> Result<Vec<Today>> {
    let communities = &reader.registry.communities;
    let seen = communities.values().filter(|c| reader.actor.may_see(&c.community_id));
    let days: Vec<(&Community, Span)> = seen.map(|c| Ok((c, day(c, now)?))).collect::<Result<_>>()?;
    let (starts, ends) = (days.iter().map(|(_, d)| d.start), days.iter().map(|(_, d)| d.end));
    let (Some(first), Some(last)) = (starts.min(), ends.max()) else { return Ok(vec![]) };
    let session = reader.tables().await?;
    session.register_batch("local_days", batch(&days)?)?;
    let parameters = [instant("start", first), instant("end", last)];
    let rows = Rows::of(&session, queries::report::COMMUNITIES_TODAY, &parameters).await?;
    rows.iter()
        .map(|row| {
            let id = row.text("community_id")?;
            let community = communities.get(&id);
            let community = community.ok_or_else(|| Error::internal(format!("no community `{id}` was asked for")))?;
            today(community, day(community, now)?, &row)
        })
        .collect()
}

/// The local day of a community in which an instant lies.
fn day(community: &Community, now: Micros) -> Result<Span> {
    let zone = zone(&community.timezone)?;
    let today = local_day(zone, now);
    let tomorrow = today.succ_opt().ok_or_else(|| Error::internal("the calendar ends"))?;
    Ok(Span { start: day_start(zone, today), end: day_start(zone, tomorrow) })
}

fn batch(days: &[(&Community, Span)]) -> Result<RecordBatch> {
    let times =
        |values: Vec<Micros>| -> ArrayRef { Arc::new(TimestampMicrosecondArray::from(values).with_timezone("UTC")) };
    let ids: StringArray = days.iter().map(|(c, _)| Some(c.community_id.as_str())).collect();
    Ok(RecordBatch::try_from_iter([
        ("community_id", Arc::new(ids) as ArrayRef),
        ("day_start", times(days.iter().map(|(_, d)| d.start).collect())),
        ("day_end", times(days.iter().map(|(_, d)| d.end).collect())),
    ])?)
}

fn today(community: &Community, day: Span, row: &Row<'_>) -> Result<Today> {
    let micro_kwh = |name| {
        let value = row.energy_micro_kwh(name)?.unwrap_or(0);
        i64::try_from(value).map_err(|_| Error::internal(format!("{value} micro-kWh do not fit")))
    };
    let interval = i64::from(community.interval_minutes) * 60 * SECOND;
    let end = |name| Ok::<_, Error>(row.time(name)?.map(|at| at + interval));
    let (first, last_end) = (row.time("first_start")?, end("last_start")?);
    let count = |name| u32::try_from(row.int(name)?).map_err(|_| Error::internal("a count does not fit"));
    // What is later than the last of today is yet to come.
    let due = end("last_start_today")?.map_or(0, |end| (end - day.start.max(first.unwrap_or(end))) / interval);
    let intervals = first.zip(last_end).map_or(0, |(first, end)| (end - first) / interval);
    let has_hole = row.int("intervals")? < intervals;
    let until = row.time("first_incomplete_start")?.or(last_end);
    Ok(Today {
        community_id: community.community_id.clone(),
        energy: Energy {
            production_micro_kwh: micro_kwh("production_kwh")?,
            consumption_micro_kwh: micro_kwh("consumption_kwh")?,
            shared_micro_kwh: micro_kwh("shared_kwh")?,
            residual_micro_kwh: micro_kwh("residual_kwh")?,
            surplus_micro_kwh: micro_kwh("surplus_kwh")?,
        },
        reliance: Reliance {
            due: u32::try_from(due).unwrap_or(0),
            settled: count("settled_intervals")?,
            provisional: count("provisional_intervals")?,
            held: count("held_intervals")?,
            runs: true,
            ..Reliance::default()
        },
        complete_until: until.filter(|until| !has_hole && Some(*until) != first),
    })
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use engine::registry::{Registry, Row as Master, SequencedRow};

    use super::*;
    use crate::auth::Actor;
    use crate::config::Config;
    use crate::installation::Installation;

    /// What is told to the log.
    #[derive(Debug, Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// An installation with nothing in it.
    async fn empty() -> (tempfile::TempDir, Installation) {
        let folder = tempfile::tempdir().unwrap();
        let config = Config { data: folder.path().join("lake").display().to_string(), ..Config::default() };
        (folder, Installation::open(config).await.unwrap())
    }

    fn registry(communities: usize) -> Arc<Registry> {
        let community = |n: usize| Community {
            community_id: format!("c-{n:02}"),
            name: "Village".into(),
            country: "FR".into(),
            timezone: ["Europe/Paris", "Europe/Istanbul"][n % 2].into(),
            currency: "EUR".into(),
            interval_minutes: 15,
            deadline_hours: None,
            place_micro: None,
        };
        let rows =
            (0..communities).map(|n| SequencedRow { sequence: n as i64 + 1, row: Master::Communities(community(n)) });
        Registry::from_rows(rows).into()
    }

    #[tokio::test]
    async fn however_many_communities_there_are_one_question_is_asked() {
        let (_folder, place) = empty().await;
        for count in [1, 4, 50] {
            let log = Log::default();
            let writer = log.clone();
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::DEBUG)
                .with_writer(move || writer.clone())
                .finish();
            let guard = tracing::subscriber::set_default(subscriber);
            let registry = registry(count);
            let visitor = Actor::visitor(registry.communities.keys());
            let reader = Reader::over(&visitor, &place, Arc::clone(&registry), None);
            let found = of(&reader, 1_782_979_200_000_000).await.unwrap();
            drop(guard);
            assert_eq!(found.len(), count);
            assert!(found.iter().all(|t| t.energy == Energy::default() && t.complete_until.is_none()));
            let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
            assert_eq!(log.matches("asked").count(), 1, "{count} communities\n{log}");
        }
    }

    #[tokio::test]
    async fn those_that_a_reader_may_not_see_are_not_listed() {
        let (_folder, place) = empty().await;
        let registry = registry(4);
        for seen in [vec![], vec!["c-02"], vec!["c-01", "c-03", "unknown"]] {
            let ids: Vec<String> = seen.iter().map(|id| id.to_string()).collect();
            let visitor = Actor::visitor(&ids);
            let reader = Reader::over(&visitor, &place, Arc::clone(&registry), None);
            let found = of(&reader, 1_782_979_200_000_000).await.unwrap();
            let found: Vec<&str> = found.iter().map(|t| t.community_id.as_str()).collect();
            assert_eq!(found, seen.into_iter().filter(|id| *id != "unknown").collect::<Vec<_>>());
        }
    }
}
