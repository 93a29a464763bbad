//! Who acts or asks.

/// Somebody who acts or asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    id: String,
    kind: Kind,
}

/// In what capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Who has the machine: the command line.
    Operator,
}

impl Actor {
    /// Who runs the command line.
    pub fn operator() -> Self {
        Self { id: "command line".into(), kind: Kind::Operator }
    }

    /// The program itself where it shows simulated communities.
    pub fn demo() -> Self {
        Self { id: "demo".into(), kind: Kind::Operator }
    }

    /// As the audit and the rows of the registry name it.
    pub fn id(&self) -> &str {
        &self.id
    }
}
