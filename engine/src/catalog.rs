//! Catalogs: the tables of a session, pinned, and only the files that its principal may see.

use std::collections::BTreeSet;

use datafusion::prelude::SessionContext;

use crate::error::Result;
use crate::schema::Table;
use crate::table::Published;
use crate::table::scan::Visible;
use crate::table::{Lake, LakeTable};

/// Who opens a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Runs the installation: sees every table.
    Operator,
    /// Sees the results of these communities, and no table that has no community.
    Communities(BTreeSet<String>),
}

impl Principal {
    /// Who sees of one community what this one sees of it: nothing at all, where this one may not.
    #[must_use]
    pub fn within(&self, community: &str) -> Self {
        let sees = match self {
            Self::Operator => true,
            Self::Communities(ids) => ids.contains(community),
        };
        Self::Communities(sees.then(|| community.to_string()).into_iter().collect())
    }
}

/// A session over a published set. Before the first publication it has the tables, without rows of results.
///
/// # Errors
/// Environment, when a table cannot be opened.
pub async fn open(lake: &Lake, published: Option<&Published>, principal: &Principal) -> Result<SessionContext> {
    let session = crate::session::plain();
    let visible = match principal {
        Principal::Operator => Visible::All,
        Principal::Communities(ids) => Visible::Communities(ids.clone()),
    };
    for table in Table::RESULTS {
        // A set of an older version of the program does not name tables that came later.
        match published.filter(|set| set.versions.contains_key(table.name())) {
            Some(set) => LakeTable::new(&lake.published_snapshot(set, table).await?, &visible)?.register(&session)?,
            None => LakeTable::over(&lake.snapshot(table).await?, vec![])?.register(&session)?,
        }
    }
    if *principal == Principal::Operator {
        let others = Table::MASTER.into_iter().chain([Table::ReadingsRaw, Table::Quarantine, Table::Runs]);
        for table in others {
            LakeTable::new(&lake.snapshot(table).await?, &Visible::All)?.register(&session)?;
        }
    }
    Ok(session)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_sees_more_within_a_community_than_without() {
        let only = |ids: &[&str]| Principal::Communities(ids.iter().map(|id| (*id).to_string()).collect());
        assert_eq!(Principal::Operator.within("a"), only(&["a"]));
        assert_eq!(only(&["a", "b"]).within("a"), only(&["a"]));
        assert_eq!(only(&["b"]).within("a"), only(&[]));
    }
}
