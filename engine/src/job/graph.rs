//! The jobs and checks of a cycle, as SQL.

use std::sync::{Arc, Mutex, PoisonError};

use datafusion::prelude::SessionContext;

use crate::item::{Document, ITEMS, Item};
use crate::schema::Table;
use crate::settlement::digest::Canon;

/// A SELECT that fills one table.
#[derive(Debug, Clone, Copy)]
pub struct Job {
    /// The table it fills.
    pub table: Table,
    /// One SELECT with the columns of the table.
    pub sql: &'static str,
}

/// A SELECT whose rows the jobs of a month read as a table: what several of them would work out anew.
#[derive(Debug, Clone, Copy)]
pub struct Sums {
    /// The name of the table.
    pub name: &'static str,
    /// One SELECT.
    pub sql: &'static str,
}

/// A SELECT that gives rows only when an invariant is broken.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// What it guards.
    pub name: &'static str,
    /// One SELECT.
    pub sql: &'static str,
    /// Whether it reads whole months rather than the days of the window.
    pub of_month: bool,
}

/// A session in which the SQL of a graph runs, for one unit after the other: of days, and one of months.
pub(super) struct Sessions {
    pub days: SessionContext,
    pub month: SessionContext,
}

/// Sessions that nobody uses now, with the plans that they keep.
#[derive(Default)]
pub(super) struct Pool(Mutex<Vec<Sessions>>);

/// Most sessions that wait for their next use.
const IDLE_MAX: usize = 8;

impl Pool {
    /// Sessions for one user alone, until it gives them back. What breaks off does not: its rows may still be in them.
    pub fn take(&self) -> Sessions {
        let idle = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.unwrap_or_else(|| Sessions { days: crate::session::repeated(), month: crate::session::repeated() })
    }

    /// Gives sessions back.
    pub fn give(&self, sessions: Sessions) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(sessions);
        }
    }
}

impl std::fmt::Debug for Pool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}

/// All jobs, each after those it reads, and all checks.
#[derive(Debug, Clone)]
pub struct Graph {
    /// Before the jobs of a month.
    pub sums: Vec<Sums>,
    pub jobs: Vec<Job>,
    pub checks: Vec<Check>,
    /// Digest of all SQL that makes a row of a result, and of the items that it reads.
    pub digest: String,
    pub(super) sessions: Arc<Pool>,
}

impl Graph {
    /// A graph of jobs in their order.
    pub fn new(sums: Vec<Sums>, jobs: Vec<Job>, checks: Vec<Check>) -> Self {
        let mut canon = Canon::default();
        for sums in &sums {
            canon.text(sums.name).text(sums.sql);
        }
        for job in &jobs {
            canon.text(job.table.name()).text(job.sql);
        }
        ITEMS.iter().for_each(|item| put_item(&mut canon, item));
        Self { sums, jobs, checks, digest: canon.finish(), sessions: Arc::default() }
    }
}

/// Adds an item as the SQL reads it.
fn put_item(canon: &mut Canon, item: &Item) {
    let &Item {
        name,
        basis: _, // as far as the SQL reads it, below
        document,
        member_account,
        account,
        tariff,
        by_producer,
        keeps_unpriced,
        by_pot,
        weight,
    } = item;
    canon.text(name).number(item.is_of_intervals().into());
    for text in [document.map(Document::as_str), member_account, account, tariff, weight] {
        canon.text(text.unwrap_or_default());
    }
    for flag in [by_producer, keeps_unpriced, by_pot] {
        canon.number(flag.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_the_sql_reads_of_an_item_is_in_the_digest() {
        let digest = |item: &Item| {
            let mut canon = Canon::default();
            put_item(&mut canon, item);
            canon.finish()
        };
        let item = ITEMS[0];
        let others = [
            Item { name: "other", ..item },
            Item { basis: crate::item::Basis::Month, ..item },
            Item { document: None, ..item },
            Item { member_account: None, ..item },
            Item { account: None, ..item },
            Item { tariff: None, ..item },
            Item { by_producer: !item.by_producer, ..item },
            Item { keeps_unpriced: !item.keeps_unpriced, ..item },
            Item { by_pot: !item.by_pot, ..item },
            Item { weight: None, ..item },
        ];
        for other in others {
            assert_ne!(digest(&item), digest(&other), "{other:?}");
        }
    }
}
