//! Items: what statement lines are about, what prices them, on which document they stand and in which order.
//!
//! This is the one list of them. The jobs read it as the table `items`; a new item that is priced per kWh is a row
//! here, and its words on the documents.

/// Who reads a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// What a member owes.
    Invoice,
    /// What it is owed.
    CreditNote,
}

impl Document {
    /// The word in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
        }
    }
}

/// What an item is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// Energy that a member got from another.
    Got,
    /// Energy that a member gave to another.
    Given,
    /// What was left of a member's production.
    Surplus,
    /// The month, a quantity or a pot of it, or the lines before it.
    Month,
}

/// One item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub name: &'static str,
    pub basis: Basis,
    /// The document that it stands on; VAT stands on both.
    pub document: Option<Document>,
    /// The item of tariffs that prices its energy.
    pub tariff: Option<&'static str>,
    /// Whether a price of the producing member goes before the general one, and its lines tell producers apart.
    pub by_producer: bool,
    /// Whether energy without a price keeps its line.
    pub keeps_unpriced: bool,
    /// Whether its revenue is handed out by a pot, cent by cent, and not line by line.
    pub by_pot: bool,
    /// The weight of funds that its energy is.
    pub weight: Option<&'static str>,
}

const NONE: Item = Item {
    name: "",
    basis: Basis::Month,
    document: None,
    tariff: None,
    by_producer: false,
    keeps_unpriced: false,
    by_pot: false,
    weight: None,
};
const INVOICE: Item = Item { document: Some(Document::Invoice), ..NONE };
const CREDIT: Item = Item { document: Some(Document::CreditNote), ..NONE };

/// Every item, in the order of the lines of a document.
pub const ITEMS: [Item; 12] = [
    Item {
        name: "internal_energy",
        basis: Basis::Got,
        tariff: Some("internal_energy"),
        by_producer: true,
        keeps_unpriced: true,
        weight: Some("allocated_energy"),
        ..INVOICE
    },
    Item { name: "community_fee", basis: Basis::Got, tariff: Some("community_fee"), ..INVOICE },
    Item { name: "excise", basis: Basis::Got, tariff: Some("excise"), ..INVOICE },
    Item { name: "free_energy", ..INVOICE },
    Item { name: "minimum_energy", ..INVOICE },
    Item { name: "monthly_fee", ..INVOICE },
    Item {
        name: "production_credit",
        basis: Basis::Given,
        tariff: Some("internal_energy"),
        by_producer: true,
        keeps_unpriced: true,
        weight: Some("given_energy"),
        ..CREDIT
    },
    Item {
        name: "surplus_revenue",
        basis: Basis::Surplus,
        tariff: Some("surplus_sale"),
        by_producer: true,
        keeps_unpriced: true,
        by_pot: true,
        weight: Some("surplus_energy"),
        ..CREDIT
    },
    Item { name: "grid_benefit", basis: Basis::Surplus, tariff: Some("grid_benefit"), by_producer: true, ..CREDIT },
    Item { name: "fund_share", ..CREDIT },
    Item { name: "capital_interest", ..CREDIT },
    Item { name: "vat", ..NONE },
];

impl Item {
    /// The item of a name.
    pub fn of(name: &str) -> Option<&'static Self> {
        ITEMS.iter().find(|item| item.name == name)
    }

    /// The items that are counted by something, in their order.
    pub fn counted_by(basis: Basis) -> impl Iterator<Item = &'static Self> {
        ITEMS.iter().filter(move |item| item.basis == basis)
    }

    /// Whether its lines are made of the energy of intervals.
    pub fn is_of_intervals(&self) -> bool {
        self.basis != Basis::Month
    }
}

/// The items of tariffs whose price per kWh applies to the energy that flows between members.
pub fn priced_by_flow() -> Vec<&'static str> {
    Item::counted_by(Basis::Got).filter_map(|item| item.tariff).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_apart_and_energy_has_a_price() {
        for (n, item) in ITEMS.iter().enumerate() {
            assert_eq!(Item::of(item.name), Some(item));
            assert!(ITEMS[..n].iter().all(|other| other.name != item.name), "{}", item.name);
            assert_eq!(item.is_of_intervals(), item.tariff.is_some(), "{}", item.name);
        }
        assert_eq!(priced_by_flow(), ["internal_energy", "community_fee", "excise"]);
    }
}
