//! The lease as the engine's commits ask for it.

use std::future::Future;
use std::pin::Pin;

use engine::error::Result;
use engine::table::Fence;

use super::{Epoch, Store};

/// Lets a commit through only while an epoch is the current one.
#[derive(Debug, Clone)]
pub struct LeaseFence {
    store: Store,
    epoch: Epoch,
}

impl LeaseFence {
    /// The fence of the holder of `epoch`.
    pub fn new(store: Store, epoch: Epoch) -> Self {
        Self { store, epoch }
    }
}

impl Fence for LeaseFence {
    fn check(&self) -> Pin<Box<dyn Future<Output = Result<()>> + Send + '_>> {
        Box::pin(self.store.check_epoch(self.epoch))
    }
}
