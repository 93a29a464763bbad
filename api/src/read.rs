//! Figures of a community, from the published tables through the reports' SQL.

pub mod billing;
pub mod co2;
pub mod month;
pub mod payouts;
pub mod period;
pub mod reconcile;
pub mod replay;
pub mod rows;
pub mod trace;

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono_tz::Tz;
use datafusion::prelude::SessionContext;
use engine::calendar::Span;
use engine::job::Published;
use engine::job::inputs::{register_master, register_prices};
use engine::price::PriceBook;
use engine::registry::{Community, Dated, Registry};
use engine::session::Principal;
use engine::{Error, Result};

use crate::installation::Installation;

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
    /// Opens what is published now.
    ///
    /// # Errors
    /// User, when there is no such community.
    pub async fn open(installation: &Installation, id: &str) -> Result<Self> {
        let registry = installation.lake.registry().await?;
        Self::over(installation, registry, installation.lake.published().await?, id).await
    }

    /// Opens a given published set.
    ///
    /// # Errors
    /// User, when there is no such community or the set is no longer kept.
    pub async fn over(
        installation: &Installation,
        registry: Arc<Registry>,
        published: Option<Published>,
        id: &str,
    ) -> Result<Self> {
        let community = registry.communities.get(id).cloned().ok_or_else(|| unknown(&registry, id))?;
        let principal = Principal::Communities(BTreeSet::from([id.to_string()]));
        let session = engine::session::open(&installation.lake, published.as_ref(), &principal).await?;
        register_master(&session, &registry, id, &PriceBook::default())?;
        Ok(Self { zone: engine::calendar::zone(&community.timezone)?, community, published, session, registry })
    }

    /// The bills of a month that the view knows of.
    pub fn bills(&self, month: chrono::NaiveDate) -> Vec<&engine::billing::Billing> {
        self.registry.bills_of(&self.community.community_id, month).collect()
    }

    /// Makes the prices of a time known to the session.
    ///
    /// # Errors
    /// Internal, when the session refuses them.
    pub fn price(&self, span: Span) -> Result<()> {
        let id = &self.community.community_id;
        register_prices(&self.session, &PriceBook::new(&self.registry, id, self.zone, self.grid(), span))
    }

    /// Whether an operator's figures are the shares anywhere in a time.
    pub fn operator_decides(&self, span: Span) -> bool {
        let keys = self.registry.allocation_keys.get(&self.community.community_id).into_iter().flatten();
        let mut here = keys.filter(|(_, k)| !k.validity().intersect(span).is_empty());
        here.any(|(_, k)| k.rule.operator_unit_mwh().is_some())
    }

    /// Length of an interval in microseconds.
    pub fn grid(&self) -> i64 {
        i64::from(self.community.interval_minutes) * 60 * engine::calendar::SECOND
    }
}

fn unknown(registry: &Registry, id: &str) -> Error {
    let known: Vec<&str> = registry.communities.keys().map(String::as_str).take(20).collect();
    Error::user(match known.is_empty() {
        true => format!("community `{id}`: none is registered yet; begin with `ecoop apply FILE.toml`"),
        false => format!("community `{id}` is not registered; there are {}", known.join(", ")),
    })
}

/// The set that was published at an instant.
///
/// # Errors
/// User, when it is not an instant or nothing was published by then.
pub async fn published_at(installation: &Installation, text: &str) -> Result<Published> {
    let at = engine::calendar::parse_rfc3339(text)
        .ok_or_else(|| Error::user(format!("--as-of {text}: not an instant; write it like 2026-06-01T12:00:00Z")))?;
    let found = installation.lake.published_at(at).await?;
    found.ok_or_else(|| Error::user(format!("--as-of {text}: nothing was published by then")))
}
