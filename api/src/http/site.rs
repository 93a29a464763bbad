//! What every endpoint can ask.

use std::sync::Arc;

use dashboards::figure::Origin;
use tokio::sync::watch;

use super::current::Current;
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
}
