//! What does not work, told by the parts of the service and shown by its pages.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What does not work, by part.
#[derive(Debug, Default)]
pub struct Health(Mutex<BTreeMap<&'static str, String>>);

impl Health {
    /// Says that a part does not work, and why; or that it does again.
    pub fn set(&self, part: &'static str, trouble: Option<String>) {
        let mut troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match trouble {
            Some(why) => drop(troubles.insert(part, why)),
            None => drop(troubles.remove(part)),
        }
    }

    /// One line per part that does not work.
    pub fn troubles(&self) -> Vec<String> {
        let troubles = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        troubles.iter().map(|(part, why)| format!("{part}: {why}")).collect()
    }
}
