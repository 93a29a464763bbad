//! Versions of master data.

use super::*;
use crate::clock::Micros;

fn tariff(valid_from: Micros, valid_to: Micros, price: i64) -> Row {
    Row::Tariffs(Tariff {
        community_id: "c".into(),
        item: "internal_energy".into(),
        producer: None,
        price_micro_per_kwh: Some(price),
        price_micro_per_month: None,
        vat_basis_points: 2000,
        vat_category: "S".into(),
        terms: Terms::default(),
        valid_from,
        valid_to,
    })
}

fn prices(rows: Vec<Row>) -> Vec<(Micros, Micros, i64, i64)> {
    let rows = rows.into_iter().enumerate().map(|(i, row)| SequencedRow { sequence: i as i64 + 1, row });
    let registry = Registry::from_rows(rows);
    let tariffs = registry.tariffs.get("c").cloned().unwrap_or_default();
    tariffs.iter().map(|(s, t)| (t.valid_from, t.valid_to, t.price_micro_per_kwh.unwrap_or(-1), *s)).collect()
}

#[test]
fn a_later_start_ends_the_earlier_row_and_a_later_sequence_replaces_the_same_start() {
    assert_eq!(
        prices(vec![tariff(0, FOREVER, 10), tariff(100, FOREVER, 11), tariff(0, FOREVER, 12)]),
        [(0, 100, 12, 3), (100, FOREVER, 11, 2)]
    );
    // A row inserted between two others ends where the next begins, and a stated end stays.
    assert_eq!(
        prices(vec![tariff(0, FOREVER, 10), tariff(100, FOREVER, 11), tariff(50, 60, 12)]),
        [(0, 50, 10, 1), (50, 60, 12, 3), (100, FOREVER, 11, 2)]
    );
    // An empty validity withdraws a row.
    assert_eq!(prices(vec![tariff(0, FOREVER, 10), tariff(0, 0, 10)]), []);
}
