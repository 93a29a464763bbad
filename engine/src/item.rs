//! Items: what statement lines are about, what prices them, on which document they stand and in which order, and on
//! which accounts they are booked.
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
    /// The account of the community's books where a member owes it or is owed it; VAT goes by its document.
    pub member_account: Option<&'static str>,
    /// The account against it; that of VAT goes by its document, that of a fund's share by the source of the fund.
    pub account: Option<&'static str>,
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
    member_account: None,
    account: None,
    tariff: None,
    by_producer: false,
    keeps_unpriced: false,
    by_pot: false,
    weight: None,
};
const INVOICE: Item = Item {
    document: Some(Document::Invoice),
    member_account: Some("receivable_member"),
    account: Some("revenue_energy"),
    ..NONE
};
const FEE: Item = Item { account: Some("revenue_fee"), ..INVOICE };
const CREDIT: Item = Item { document: Some(Document::CreditNote), member_account: Some("payable_producer"), ..NONE };
const OF_MEMBERS: Item = Item { member_account: Some("payable_member"), ..CREDIT };

/// What a supplier takes for what it delivers: its price is only compared with, no line is about it.
const SUPPLIER_ENERGY: &str = "supplier_energy";

/// Every item, in the order of the lines of a document.
pub const ITEMS: &[Item] = &[
    Item {
        name: "internal_energy",
        basis: Basis::Got,
        tariff: Some("internal_energy"),
        by_producer: true,
        keeps_unpriced: true,
        weight: Some("allocated_energy"),
        ..INVOICE
    },
    Item { name: "community_fee", basis: Basis::Got, tariff: Some("community_fee"), ..FEE },
    Item { name: "excise", basis: Basis::Got, account: Some("excise_payable"), tariff: Some("excise"), ..INVOICE },
    Item { name: "free_energy", ..INVOICE },
    Item { name: "minimum_energy", ..INVOICE },
    Item { name: "minimum_amount", ..INVOICE },
    Item { name: "monthly_fee", ..FEE },
    Item {
        name: "production_credit",
        basis: Basis::Given,
        account: Some("revenue_energy"),
        tariff: Some("internal_energy"),
        by_producer: true,
        keeps_unpriced: true,
        weight: Some("given_energy"),
        ..CREDIT
    },
    Item {
        name: "surplus_revenue",
        basis: Basis::Surplus,
        account: Some("surplus_receivable"),
        tariff: Some("surplus_sale"),
        by_producer: true,
        keeps_unpriced: true,
        by_pot: true,
        weight: Some("surplus_energy"),
        ..CREDIT
    },
    Item {
        name: "grid_benefit",
        basis: Basis::Surplus,
        account: Some("grid_benefit_receivable"),
        tariff: Some("grid_benefit"),
        by_producer: true,
        ..CREDIT
    },
    Item { name: "fund_share", ..OF_MEMBERS },
    Item { name: "capital_interest", account: Some("interest_expense"), ..OF_MEMBERS },
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
    tariffs(|item| item.basis == Basis::Got)
}

/// Those of them that come on top of what a producer is paid.
pub fn priced_on_top() -> Vec<&'static str> {
    tariffs(|item| item.basis == Basis::Got && !item.by_producer)
}

/// The items of tariffs that have a price per kWh.
pub fn priced_per_kwh() -> Vec<&'static str> {
    let mut names = tariffs(|_| true);
    names.push(SUPPLIER_ENERGY);
    names
}

/// The items of tariffs that one producer may price for itself.
pub fn priced_by_producer() -> Vec<&'static str> {
    tariffs(|item| item.by_producer)
}

/// The items of tariffs between the community and somebody else, or that somebody else pays: no invoice carries them.
pub fn priced_to_others() -> Vec<&'static str> {
    let invoiced = tariffs(|item| item.document == Some(Document::Invoice));
    let mut names = priced_per_kwh();
    names.retain(|name| !invoiced.contains(name));
    names
}

/// The items of tariffs of some items, each once.
fn tariffs(wanted: impl Fn(&Item) -> bool) -> Vec<&'static str> {
    let mut names = Vec::new();
    for name in ITEMS.iter().filter(|item| wanted(item)).filter_map(|item| item.tariff) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
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
        // What a producer is paid for shared energy has one price.
        let paid = Item::counted_by(Basis::Got).filter(|item| item.by_producer);
        assert_eq!(paid.map(|item| item.name).collect::<Vec<_>>(), ["internal_energy"]);
    }

    #[test]
    fn items_of_tariffs_follow_from_the_items() {
        assert_eq!(priced_by_flow(), ["internal_energy", "community_fee", "excise"]);
        assert_eq!(priced_on_top(), ["community_fee", "excise"]);
        let all = ["internal_energy", "community_fee", "excise", "surplus_sale", "grid_benefit", "supplier_energy"];
        assert_eq!(priced_per_kwh(), all);
        assert_eq!(priced_by_producer(), ["internal_energy", "surplus_sale", "grid_benefit"]);
        assert_eq!(priced_to_others(), ["surplus_sale", "grid_benefit", "supplier_energy"]);
    }

    #[test]
    fn whoever_is_on_a_document_is_on_the_accounts() {
        for item in ITEMS {
            assert_eq!(item.document.is_some(), item.member_account.is_some(), "{}", item.name);
            let by_source = item.name == "fund_share" || item.document.is_none();
            assert_eq!(item.account.is_none(), by_source, "{}", item.name);
        }
    }
}
