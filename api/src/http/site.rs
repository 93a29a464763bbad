//! What every endpoint can ask.

use std::sync::Arc;

use dashboards::figure::Origin;
use tokio::sync::watch;

use super::current::Current;
use super::pages::Pages;
use super::streams::Streams;
use crate::health::Health;
use crate::installation::Installation;

/// What every endpoint can ask.
#[derive(Clone)]
pub struct Site {
    pub installation: Installation,
    /// What is published now.
    pub current: watch::Receiver<Arc<Current>>,
    pub health: Arc<Health>,
    /// Where the figures come from, when they are not real.
    pub origin: Option<Origin>,
    /// Turns true when the service ends: streams of events end then.
    pub shutdown: watch::Receiver<bool>,
    /// Pages that were made.
    pub pages: Arc<Pages>,
    /// Streams of events that are open.
    pub streams: Arc<Streams>,
}

impl Site {
    /// Whether there is such a community for those who do not say who they are.
    pub fn has(&self, community: &str) -> bool {
        let current = self.current.borrow();
        current.registry.communities.contains_key(community) && current.visitor.may_see(community)
    }
}
