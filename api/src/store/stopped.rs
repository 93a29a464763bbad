//! Sources that stand still because what comes next in them was deleted before it was read or for another reason, and
//! what was given up of them.

use engine::clock::Micros;
use engine::error::Result;
use engine::ingest::Stopped;
use serde_json::json;

use super::Store;
use super::audit::{Entry, append};
use super::statement::sql;

/// A source that stands still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedSource {
    pub source: String,
    pub why: String,
    /// The first offset that was lost, and the first that is there again.
    pub lost: Option<(i64, i64)>,
    pub since: Micros,
}

impl Store {
    /// Notes that a source stands still.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn source_stopped(&self, stopped: &Stopped) -> Result<()> {
        let (from, to) = stopped.lost.unwrap_or_default();
        sql("INSERT INTO stopped_source (source, why, lost_from, lost_to, since_us) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (source) DO UPDATE
             SET why = excluded.why, lost_from = excluded.lost_from, lost_to = excluded.lost_to")
        .bind(&stopped.source)
        .bind(&stopped.why)
        .bind(from)
        .bind(to)
        .bind(self.now())
        .change(&self.database)
        .await?;
        Ok(())
    }

    /// Notes that a source goes on.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn source_goes_on(&self, source: &str) -> Result<()> {
        sql("DELETE FROM stopped_source WHERE source = $1").bind(source).change(&self.database).await?;
        Ok(())
    }

    /// The sources that stand still, by name.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn stopped_sources(&self) -> Result<Vec<StoppedSource>> {
        let rows: Vec<(String, String, i64, i64, Micros)> =
            sql("SELECT source, why, lost_from, lost_to, since_us FROM stopped_source ORDER BY source")
                .all(&self.database)
                .await?;
        let stopped = |(source, why, from, to, since): (String, String, i64, i64, Micros)| StoppedSource {
            source,
            why,
            lost: (from < to).then_some((from, to)),
            since,
        };
        Ok(rows.into_iter().map(stopped).collect())
    }

    /// Notes in the chain of changes that `author` gives up the offsets from `lost.0` to before `lost.1` of a source.
    ///
    /// # Errors
    /// Environment, when the database does not answer.
    pub async fn loss_accepted(&self, author: &str, source: &str, lost: (i64, i64)) -> Result<()> {
        let mut tx = self.database.write().await?;
        let detail = json!({ "source": source, "from_offset": lost.0, "to_offset": lost.1 });
        let entry = Entry { author, action: "accept_loss", detail: &detail, body: &json!({}) };
        append(&mut tx, self.now(), entry).await?;
        tx.commit().await
    }
}
