//! Pages that were made. A page is made once for each community, period, language and published set, however many ask
//! for it; and again each minute while it speaks of the present.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::available_parallelism;

use dashboards::figure::Period;
use dashboards::locale::Locale;
use engine::Error;
use engine::clock::Micros;
use tokio::sync::Semaphore;

use super::body::Body;
use super::once::{Once, Weight};
use super::refusal::Refusal;
use crate::read::figures::Figures;

/// Room for the pages, and for the figures that they are made from.
const PAGES_BYTES: usize = 48 << 20;
const FIGURES_BYTES: usize = 16 << 20;
/// How often a page that speaks of the present is made again.
pub const MINUTE: Micros = 60 * engine::calendar::SECOND;

/// What there is to be seen of the communities.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The list of all.
    List,
    /// A page of one: nobody gets another's.
    Of(Figured, Part),
}

/// A community in a period.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Figured {
    pub community: String,
    pub period: Period,
}

/// What of a community is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    Page,
    Live,
    Amounts,
    Series,
    Totals,
}

/// A page as it can be told from all others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Number of the published set.
    pub set: u64,
    pub subject: Subject,
    pub locale: Locale,
    /// When it is made, where it speaks of the present.
    pub at: Option<Micros>,
}

/// Pages, and the figures that they are made from.
pub struct Pages {
    pages: Once<Key, Body>,
    figures: Once<(u64, Figured), Arc<Figures>>,
    /// The latest set that was asked for.
    latest: AtomicU64,
    /// So many ask the lake at a time as there are processors.
    turns: Arc<Semaphore>,
}

impl Weight for Arc<Figures> {
    fn bytes(&self) -> usize {
        Figures::bytes(self)
    }
}

impl Default for Pages {
    fn default() -> Self {
        let turns = available_parallelism().map_or(2, |n| n.get().max(2));
        Self {
            pages: Once::within(PAGES_BYTES),
            figures: Once::within(FIGURES_BYTES),
            latest: AtomicU64::new(0),
            turns: Arc::new(Semaphore::new(turns)),
        }
    }
}

impl Pages {
    /// A page; `make` makes it when nobody did.
    ///
    /// # Errors
    /// That of `make`.
    pub async fn page<F>(&self, key: Key, make: impl FnOnce() -> F) -> Result<Body, Refusal>
    where
        F: Future<Output = Result<Body, Refusal>> + Send + 'static,
    {
        self.forget_before(key.set);
        self.pages.get(key, make).await
    }

    /// The figures of a page; `read` reads them when nobody did, when it is its turn.
    ///
    /// # Errors
    /// That of `read`.
    pub async fn figures<F>(
        &self,
        set: u64,
        figured: Figured,
        read: impl FnOnce() -> F,
    ) -> Result<Arc<Figures>, Refusal>
    where
        F: Future<Output = Result<Figures, Refusal>> + Send + 'static,
    {
        let make = || {
            let read = self.in_turn(read());
            async move { read.await.map(Arc::new) }
        };
        self.figures.get((set, figured), make).await
    }

    /// Lets something ask the lake when it is its turn: many at a time would only take memory and each other's time.
    pub fn in_turn<T, F>(&self, read: F) -> impl Future<Output = Result<T, Refusal>> + Send + use<T, F>
    where
        F: Future<Output = Result<T, Refusal>> + Send + 'static,
    {
        let turns = Arc::clone(&self.turns);
        async move {
            let closed = |_| Error::internal("the turns ended");
            let _turn = turns.acquire_owned().await.map_err(closed)?;
            read.await
        }
    }

    /// Nobody asks for what was published before the latest set.
    fn forget_before(&self, set: u64) {
        if self.latest.fetch_max(set, Ordering::Relaxed) < set {
            self.pages.retain(|key| key.set >= set);
            self.figures.retain(|(of, _)| *of >= set);
        }
    }
}
