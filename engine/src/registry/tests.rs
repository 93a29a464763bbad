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

/// A row of every table with nothing but what it must have.
const SHORTEST: [&str; 13] = [
    r#"{"table":"communities","community_id":"c","name":"C","country":"FR","timezone":"Europe/Paris","currency":"EUR","interval_minutes":15}"#,
    r#"{"table":"members","community_id":"c","member_id":"m","holder":"h","kind":"household"}"#,
    r#"{"table":"metering_points","metering_point_id":"p","holder":"h","import":true,"export":false,"valid_from":0,"valid_to":1}"#,
    r#"{"table":"participations","community_id":"c","metering_point_id":"p","member_id":"m","factor_percent":100,"consent_id":null,"valid_from":0,"valid_to":1}"#,
    r#"{"table":"allocation_keys","community_id":"c","rule":{"rounds":[{"kind":"prorata"}],"unit_micro_kwh":1,"tie":"hash"},"adopted_by":null,"valid_from":0,"valid_to":1}"#,
    r#"{"table":"tariffs","community_id":"c","item":"excise","producer":null,"price_micro_per_kwh":1,"price_micro_per_month":null,"vat_basis_points":0,"vat_category":"O","valid_from":0,"valid_to":1}"#,
    r#"{"table":"grid_factors","community_id":"c","factor_set":"s","scope":"direct","grid_mg_per_kwh":1,"source_mg_per_kwh":0,"valid_from":0,"valid_to":1}"#,
    r#"{"table":"capital_shares","community_id":"c","member_id":"m","capital_micro":1,"valid_from":0,"valid_to":1}"#,
    r#"{"table":"series","community_id":"c","series":"s","start":0,"step_seconds":900,"values_micro":[1],"source":"o"}"#,
    r#"{"table":"billings","community_id":"c","month":"2026-06-01","number":1,"billed_at":0,"statement_run_id":"r","text":""}"#,
    r#"{"table":"regimes","country":"FR","key":"k","value":"v","source":"s"}"#,
    r#"{"table":"funds","community_id":"c","fund_id":"f","source":"community","parts":[{"percent_basis_points":10000,"to":"social"}],"valid_from":0,"valid_to":1}"#,
    r#"{"table":"interest_rules","community_id":"c","year":2026,"days_of_year":365,"valid_from":0,"valid_to":1}"#,
];

#[test]
fn a_field_with_a_default_leaves_old_rows_and_their_digests_as_they_were() {
    for (text, table) in SHORTEST.iter().zip(crate::schema::Table::MASTER) {
        let row: Row = serde_json::from_str(text).unwrap();
        assert_eq!(row.table(), table.name());
        // What is read back says nothing of fields that the row did not have: the canonical form is that of old rows.
        assert_eq!(
            serde_json::to_string(&row).unwrap(),
            **text,
            "a field of {} has a default that is written",
            row.table()
        );
    }
}

#[test]
fn analysts_read_every_column_of_a_table() {
    for (text, table) in SHORTEST.iter().zip(crate::schema::Table::MASTER) {
        let row: Row = serde_json::from_str(text).unwrap();
        let cells = row.cells();
        let cells = cells.as_object().unwrap();
        let common = ["sequence", "body"];
        for field in table.file_schema().fields().iter().filter(|f| !common.contains(&f.name().as_str())) {
            let cell = cells.get(field.name()).unwrap_or(&serde_json::Value::Null);
            assert!(field.is_nullable() || !cell.is_null(), "{}.{} has no value", table.name(), field.name());
        }
        assert!(
            cells.keys().all(|name| table.file_schema().field_with_name(name).is_ok()),
            "{}: {cells:?}",
            table.name()
        );
        assert!(row.key().is_array());
    }
}

/// Rows as programs wrote them that counted in `mwh`: the same rows under the names of today.
#[test]
fn stored_rows_with_the_old_names_of_units_are_read() {
    let old = [
        r#"{"table":"tariffs","community_id":"c","item":"excise","producer":null,"price_micro_per_kwh":1,"price_micro_per_month":null,"vat_basis_points":0,"vat_category":"O","free_mwh":2,"minimum_mwh":3,"valid_from":0,"valid_to":1}"#,
        r#"{"table":"allocation_keys","community_id":"c","rule":{"rounds":[{"kind":"prorata","cap":{"energy_mwh":{"p":5}}}],"unit_mwh":1000,"tie":"hash","operator_unit_mwh":1000},"adopted_by":null,"valid_from":0,"valid_to":1}"#,
    ];
    for text in old {
        let row: Row = serde_json::from_str(text).unwrap();
        let written = serde_json::to_string(&row).unwrap();
        assert_eq!(written, text.replace("_mwh", "_micro_kwh"));
        assert_eq!(serde_json::from_str::<Row>(&written).unwrap(), row);
    }
}
