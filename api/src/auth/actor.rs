//! Who asks. Rights come from here and from nowhere else: never from the name of what is asked for.

use std::collections::BTreeSet;

use engine::catalog::Principal;

use crate::problem::{Failure, Kind, refused};

/// Somebody who asks or acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Stands in the registry's chain of changes.
    name: String,
    sees: Principal,
}

impl Actor {
    /// Who runs the installation: sees and does everything.
    pub fn operator(name: impl Into<String>) -> Self {
        Self { name: name.into(), sees: Principal::Operator }
    }

    /// Somebody who looks at the pages of some communities and changes nothing.
    pub fn visitor<'a>(communities: impl IntoIterator<Item = &'a String>) -> Self {
        let communities = communities.into_iter().cloned().collect::<BTreeSet<_>>();
        Self { name: "visitor".into(), sees: Principal::Communities(communities) }
    }

    /// As the registry's chain of changes names them.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which tables and files a session of theirs may read.
    pub fn principal(&self) -> &Principal {
        &self.sees
    }

    /// Whether they see a community.
    pub fn may_see(&self, community: &str) -> bool {
        match &self.sees {
            Principal::Operator => true,
            Principal::Communities(ids) => ids.contains(community),
        }
    }

    /// That they may change what the installation holds.
    ///
    /// # Errors
    /// Forbidden, when they only look.
    pub fn must_operate(&self) -> Result<(), Failure> {
        match self.sees {
            Principal::Operator => Ok(()),
            Principal::Communities(_) => Err(Failure::Refused(Kind::Forbidden, refused::only_the_operator())),
        }
    }
}
