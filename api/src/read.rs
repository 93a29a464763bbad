//! Figures of a community, from the published tables through the reports' SQL.

pub mod amounts;
pub mod billed;
pub mod billing;
pub mod co2;
pub mod decimal;
pub mod figures;
pub mod lake;
pub mod line;
pub mod meter_figures;
pub mod month;
pub mod payouts;
pub mod period;
pub mod reconcile;
pub mod replay;
pub mod rows;
pub mod today;
pub mod trace;

use std::sync::Arc;

use chrono_tz::Tz;
use datafusion::prelude::SessionContext;
use engine::Result;
use engine::calendar::Span;
use engine::job::inputs::items::register_items;
use engine::job::inputs::master::{register_master, register_prices};
use engine::price::PriceBook;
use engine::registry::{Community, Dated, Registry};
use engine::table::Published;

use self::decimal::Money;
use crate::auth::Actor;
use crate::installation::Installation;
use crate::problem::{Failure, Kind, refused};

/// Somebody who asks, with the published set and the master data that they ask of.
#[derive(Clone)]
pub struct Reader<'a> {
    actor: &'a Actor,
    place: &'a Installation,
    registry: Arc<Registry>,
    /// `None` before the first publication.
    published: Option<Published>,
}

impl<'a> Reader<'a> {
    /// Of what is published now.
    ///
    /// # Errors
    /// Environment, when the lake cannot be read.
    pub async fn of(actor: &'a Actor, place: &'a Installation) -> Result<Self> {
        Ok(Self::over(actor, place, place.lake.registry().await?, place.lake.published().await?))
    }

    /// Of what was published at an instant, with the master data that it was computed from.
    ///
    /// # Errors
    /// User, when it is not an instant, nothing was published by then, or it is no longer kept; environment, when the
    /// lake cannot be read.
    pub async fn at(actor: &'a Actor, place: &'a Installation, as_of: &str) -> Result<Self, Failure> {
        let published = published_at(place, as_of).await?;
        let now = place.clock.now();
        if !place.lake.is_kept(&published, now).await? {
            let nights = place.lake.kept_sets(now).await?.into_iter().filter_map(|set| set.midnight(now));
            let nights: Vec<String> = nights.map(engine::calendar::rfc3339).collect();
            return Err(refused::set_not_kept(as_of, nights.join(", ")).into());
        }
        let registry = registry_of(place, &published).await?;
        Ok(Self::over(actor, place, registry.into(), Some(published)))
    }

    /// Of a set that was read before.
    pub fn over(
        actor: &'a Actor,
        place: &'a Installation,
        registry: Arc<Registry>,
        published: Option<Published>,
    ) -> Self {
        Self { actor, place, registry, published }
    }

    /// Where it is asked.
    pub fn place(&self) -> &Installation {
        self.place
    }

    /// What is published.
    ///
    /// # Errors
    /// User, when nothing is.
    pub fn published(&self) -> Result<&Published, Failure> {
        self.published.as_ref().ok_or_else(|| refused::nothing_computed().into())
    }

    /// Master data of a community that they see.
    ///
    /// # Errors
    /// Not found, when there is no such community for them: whether there is one for others is not told.
    pub fn registered(&self, id: &str) -> Result<&Community, Failure> {
        let seen = self.registry.communities.get(id).filter(|_| self.actor.may_see(id));
        seen.ok_or_else(|| self.unknown(id))
    }

    /// A community and nobody else's rows.
    ///
    /// # Errors
    /// Not found, when there is no such community for them; user, when the set is no longer kept.
    pub async fn community(&self, id: &str) -> Result<View, Failure> {
        let community = self.registered(id)?.clone();
        let principal = self.actor.principal().within(id);
        let session = self.place.sessions.open(&self.place.lake, self.published.as_ref(), &principal).await?;
        register_master(&session, &self.registry, id, &PriceBook::default())?;
        Ok(View {
            zone: engine::calendar::zone(&community.timezone)?,
            community,
            published: self.published.clone(),
            session,
            registry: Arc::clone(&self.registry),
        })
    }

    /// All tables that they see, each with the rows that they see.
    ///
    /// # Errors
    /// User, when the set is no longer kept; environment, when a table cannot be opened.
    pub async fn tables(&self) -> Result<SessionContext> {
        self.place.sessions.open(&self.place.lake, self.published.as_ref(), self.actor.principal()).await
    }

    fn unknown(&self, id: &str) -> Failure {
        let all = self.registry.communities.keys().map(String::as_str);
        let known: Vec<&str> = all.filter(|id| self.actor.may_see(id)).take(20).collect();
        let message = match known.is_empty() {
            true => refused::communities_none(id),
            false => refused::community_unknown(id, known.join(", ")),
        };
        Failure::Refused(Kind::NotFound, message)
    }
}

/// The master data that a published set was computed from.
///
/// # Errors
/// Environment, when the lake cannot be read.
pub async fn registry_of(place: &Installation, published: &Published) -> Result<Registry> {
    let rows = place.lake.registry_rows().await?.into_iter();
    Ok(Registry::from_rows(rows.filter(|r| r.sequence <= published.inputs.registry)))
}

/// A community as a reader sees it: its published files and nobody else's, with its master data.
pub struct View {
    pub community: Community,
    pub zone: Tz,
    /// `None` before the first publication.
    pub published: Option<Published>,
    pub session: SessionContext,
    registry: Arc<Registry>,
}

impl View {
    /// The bills of a month that the view knows of.
    pub fn bills(&self, month: chrono::NaiveDate) -> Vec<&engine::billing::Billing> {
        self.registry.bills_of(&self.community.community_id, month).collect()
    }

    /// An amount in 10^-6 of the community's currency.
    pub fn money(&self, micro: i128) -> Money {
        Money::new(micro, &self.community.currency)
    }

    /// Makes the items of lines and the prices of a time known to the session.
    ///
    /// # Errors
    /// Internal, when the session refuses them.
    pub fn price(&self, span: Span) -> Result<()> {
        register_items(&self.session)?;
        let id = &self.community.community_id;
        register_prices(&self.session, &PriceBook::new(&self.registry, id, self.zone, self.grid(), span))
    }

    /// Whether an operator's figures are the shares anywhere in a time.
    pub fn operator_decides(&self, span: Span) -> bool {
        let keys = self.registry.allocation_keys.get(&self.community.community_id).into_iter().flatten();
        let mut here = keys.filter(|(_, k)| !k.validity().intersect(span).is_empty());
        here.any(|(_, k)| k.rule.operator_unit_micro_kwh().is_some())
    }

    /// Length of an interval in microseconds.
    pub fn grid(&self) -> i64 {
        i64::from(self.community.interval_minutes) * 60 * engine::calendar::SECOND
    }
}

/// The set that was published at an instant.
///
/// # Errors
/// User, when it is not an instant or nothing was published by then.
pub async fn published_at(installation: &Installation, text: &str) -> Result<Published, Failure> {
    let at = engine::calendar::parse_rfc3339(text).ok_or_else(|| refused::as_of_not_an_instant(text))?;
    let found = installation.lake.published_at(at).await?;
    found.ok_or_else(|| Failure::Refused(Kind::NotFound, refused::nothing_published_by(text)))
}

/// `final` or `provisional`, as the status of a row says.
fn status(row: &rows::Row<'_>) -> Result<&'static str> {
    Ok(if row.text("status")? == "final" { "final" } else { "provisional" })
}

#[cfg(test)]
mod tests;
