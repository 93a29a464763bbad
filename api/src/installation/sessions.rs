//! Sessions that are kept as long as what they read is what is published.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use datafusion::prelude::SessionContext;
use engine::Result;
use engine::catalog::Principal;
use engine::table::Lake;
use engine::table::Published;

/// How many are kept at most; with more communities than this the next one begins anew.
const KEPT_MAX: usize = 256;

/// Sessions over the newest published set by the communities that they see.
#[derive(Default)]
pub struct Sessions(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    published: Option<Published>,
    by_communities: BTreeMap<BTreeSet<String>, SessionContext>,
}

impl std::fmt::Debug for Sessions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sessions")
    }
}

impl Sessions {
    /// A session over a published set for whoever may see what the principal sees. What the caller adds to it, nobody
    /// else sees. The operator's sessions are not kept: they read tables that change without a publication.
    ///
    /// # Errors
    /// User, when the set is no longer kept; environment, when a table cannot be opened.
    pub async fn open(
        &self,
        lake: &Lake,
        published: Option<&Published>,
        principal: &Principal,
    ) -> Result<SessionContext> {
        let (Some(published), Principal::Communities(communities)) = (published, principal) else {
            return engine::catalog::open(lake, published, principal).await;
        };
        if let Some(kept) = self.of(published, communities) {
            return engine::session::beside(&kept).await;
        }
        let session = engine::catalog::open(lake, Some(published), principal).await?;
        self.keep(published, communities, &session);
        engine::session::beside(&session).await
    }

    fn of(&self, published: &Published, communities: &BTreeSet<String>) -> Option<SessionContext> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_of = kept.published.as_ref() == Some(published);
        is_of.then(|| kept.by_communities.get(communities).cloned()).flatten()
    }

    /// Lets the sessions over older sets than the newest go: their files are not kept for a reader who may never come.
    pub fn only(&self, newest: &Published) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.published.as_ref().is_some_and(|set| set.cycle < newest.cycle) {
            *kept = Kept::default();
        }
    }

    /// A newer set takes the place of an older one; a look back at an older one is not kept.
    fn keep(&self, published: &Published, communities: &BTreeSet<String>, session: &SessionContext) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.published.as_ref().is_some_and(|newest| newest.cycle > published.cycle) {
            return;
        }
        if kept.published.as_ref() != Some(published) || kept.by_communities.len() >= KEPT_MAX {
            kept.by_communities.clear();
            kept.published = Some(published.clone());
        }
        kept.by_communities.insert(communities.clone(), session.clone());
    }
}
