//! Items of statements: what prices them.

/// Items whose price per kWh applies to the energy that flows between members.
pub const PRICED_BY_FLOW: [&str; 3] = ["internal_energy", "community_fee", "excise"];

/// Items that producing members earn with what is left of their production.
pub const PRICED_BY_SURPLUS: [&str; 2] = ["surplus_revenue", "grid_benefit"];

/// The tariff that an item on a credit note is priced by.
pub fn tariff_item(item: &str) -> &str {
    match item {
        "production_credit" => "internal_energy",
        "surplus_revenue" => "surplus_sale",
        other => other,
    }
}
