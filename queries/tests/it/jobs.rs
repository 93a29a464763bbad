//! What each job makes of the same small hour, beside the tests for people to read: `tests/expected/<table>.txt`.
//! `ECOOP_GOLDEN=write` writes them anew.
//!
//! The first five quarters of 15 June 2026 in Paris. 22:00 UTC has power left over, 22:15 has too little, at 22:30 the
//! second consumer is silent (provisional), at 22:45 the producer is (held), from 23:00 on the internal price is
//! 0.1200. Surplus is sold at 0.0731, and an incentive of 10.00 is handed out, a fifth of it for a social purpose. It
//! was billed when the first consumer's value of 22:15 was still 0.2 kWh.

use std::path::PathBuf;

use engine::registry::{Beneficiary, FOREVER, Fund, FundPart, FundSource, Row, Weight};
use engine::schema::Table;

use crate::village::{Village, at, tariff, value};

async fn village() -> Village {
    let mut village = Village::with_two("2026-06-15T12:00:00Z").await;
    let part = |percent: u32, to, by| FundPart { percent_basis_points: percent * 100, to, by, member_kinds: vec![] };
    let fund = Fund {
        community_id: "a".into(),
        fund_id: "incentive".into(),
        source: FundSource::Incentive,
        amount_micro: Some(10_000_000),
        parts: vec![
            part(80, Beneficiary::Consumers, Some(Weight::AllocatedEnergy)),
            part(20, Beneficiary::Social, None),
        ],
        tie_by_id: true,
        valid_from: at("2025-12-31T23:00:00Z"),
        valid_to: FOREVER,
    };
    let rows = vec![
        tariff("a", "internal_energy", 120_000, at("2026-06-14T23:00:00Z")),
        tariff("a", "surplus_sale", 73_100, at("2025-12-31T23:00:00Z")),
        Row::Funds(fund),
    ];
    village.apply(rows).await;
    let values = [
        ("22:00", Some(400_000), Some(300_000), Some(1_000_000)),
        ("22:15", Some(400_000), Some(300_000), Some(500_001)),
        ("22:30", Some(400_000), None, Some(500_000)),
        ("22:45", Some(400_000), Some(300_000), None),
        ("23:00", Some(100_000), Some(300_000), Some(200_000)),
    ];
    let mut all = Vec::new();
    for (time, c1, c2, p1) in values {
        let start = at(&format!("2026-06-14T{time}:00Z"));
        for (point, micro_kwh) in [("a-C1", c1), ("a-C2", c2), ("a-P1", p1)] {
            all.extend(micro_kwh.map(|micro_kwh| value(point, start, micro_kwh)));
        }
    }
    let late = value("a-C1", at("2026-06-14T22:15:00Z"), 400_000);
    let first = all.iter().map(|v| {
        if (&v.point, v.start) == (&late.point, late.start) { value("a-C1", v.start, 200_000) } else { v.clone() }
    });
    village.ingest("file/a", &first.collect::<Vec<_>>()).await;
    village.run().await;
    village.bill("a", "2026-06-01").await;
    village.ingest("file/late", &[late]).await;
    village.run().await;
    village
}

/// Compares a text with its file of expected results.
#[expect(clippy::disallowed_methods, reason = "whoever changes a job says so by this variable")]
pub fn check_file(name: &str, text: &str) {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/expected/{name}.txt"));
    if std::env::var("ECOOP_GOLDEN").is_ok_and(|v| v == "write") {
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        return std::fs::write(file, text).unwrap();
    }
    let wanted = std::fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(text, wanted, "{}", file.display());
}

#[tokio::test]
async fn every_job_gives_what_stands_beside_it() {
    let village = village().await;
    // Storages have a day of their own to read, in `storage.rs`, and the operator's results theirs in `authority`.
    for table in Table::RESULTS.into_iter().filter(|t| ![Table::Storage, Table::Reconciliation].contains(t)) {
        // Which run made a row is no business of a person who checks its figures.
        let schema = table.schema();
        let columns: Vec<&str> =
            schema.fields().iter().map(|f| f.name().as_str()).filter(|c| !c.ends_with("run_id")).collect();
        let list = columns.join(", ");
        let order: Vec<String> = (1..=columns.len()).map(|n| n.to_string()).collect();
        let sql = format!("SELECT {list} FROM {} WHERE community_id = 'a' ORDER BY {}", table.name(), order.join(", "));
        let rows = village.sql(&sql).await;
        assert!(!rows.is_empty(), "{}", table.name());
        check_file(table.name(), &format!("{sql}\n----\n{}\n", rows.join("\n")));
    }
}
