//! Who acts.

/// Somebody who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Stands in the registry's chain of changes.
    name: String,
}

impl Actor {
    /// Who runs the installation: does everything.
    pub fn operator(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }

    /// As the registry's chain of changes names them.
    pub fn name(&self) -> &str {
        &self.name
    }
}
