//! Pots, interest and payouts of the worked month, by the functions that SQL has for them.

use arrow::util::display::{ArrayFormatter, FormatOptions};
use engine::registry::{Row, Tariff};

use super::village::{Village, at, tariff, value};

async fn rows(sql: &str) -> Result<Vec<String>, String> {
    let session = engine::session::plain();
    let frame = engine::session::query(&session, sql).await.map_err(|e| e.to_string())?;
    let batches = frame.collect().await.map_err(|e| e.to_string())?;
    let options = FormatOptions::default();
    let mut lines = vec![];
    for batch in batches {
        let columns: Vec<_> =
            batch.columns().iter().map(|c| ArrayFormatter::try_new(c.as_ref(), &options).unwrap()).collect();
        lines.extend(
            (0..batch.num_rows())
                .map(|row| columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join(" ")),
        );
    }
    Ok(lines)
}

/// The parts of a pot among (id, weight), ties to the smaller id.
async fn split(total: &str, parts: &[(&str, &str)]) -> Vec<String> {
    let values: Vec<String> = parts.iter().map(|(id, weight)| format!("('{id}', {weight})")).collect();
    let sql = format!(
        "select id, largest_remainder(cast({total} as decimal(18, 6)), cast(weight as decimal(18, 6)), id, 2, \
         cast(null as timestamp)) over () as part from (values {}) as p (id, weight) order by id",
        values.join(", ")
    );
    rows(&sql)
        .await
        .unwrap()
        .iter()
        .map(|l| l.split(' ').nth(1).unwrap().trim_end_matches("0000").to_string())
        .collect()
}

const SHARED: [(&str, &str); 5] =
    [("A", "121.337"), ("B", "98.764"), ("C", "803.221"), ("D", "215.648"), ("E", "402.119")];

#[tokio::test]
async fn pots_of_the_worked_month_are_split_to_the_cent() {
    // Surplus of 241.711 kWh sold at 0.0731.
    assert_eq!(split("17.67", &[("P1", "180.051"), ("P2", "61.660")]).await, ["13.16", "4.51"]);
    // 1000.00 by 40, 40, 20; then to producers by what they gave and to consumers by what they received.
    assert_eq!(split("1000", &[("a", "40"), ("b", "40"), ("c", "20")]).await, ["400.00", "400.00", "200.00"]);
    assert_eq!(split("400", &[("P1", "1222.449"), ("P2", "418.640")]).await, ["297.96", "102.04"]);
    assert_eq!(split("400", &SHARED).await, ["29.58", "24.07", "195.78", "52.56", "98.01"]);
    assert_eq!(split("100.01", &SHARED.map(|(id, _)| (id, "1"))).await, ["20.01", "20.00", "20.00", "20.00", "20.00"]);
    assert_eq!(split("214.29", &SHARED[..3]).await, ["25.41", "20.68", "168.20"]);
    // A reversal cancels.
    assert_eq!(split("-17.67", &[("P1", "180.051"), ("P2", "61.660")]).await, ["-13.16", "-4.51"]);
}

#[tokio::test]
async fn the_order_of_rows_does_not_matter_and_ties_can_be_drawn() {
    let sql = |order: &str, at: &str| {
        format!(
            "select id, largest_remainder(cast(100.01 as decimal(18, 6)), cast(1 as decimal(18, 6)), id, 2, {at}) over \
            () as p \
             from (select id from (values ('A'), ('B'), ('C'), ('D'), ('E')) as v (id) order by id {order}) order by id"
        )
    };
    let june = "cast('2026-06-01T00:00:00Z' as timestamp)";
    let (up, down) = (rows(&sql("asc", june)).await.unwrap(), rows(&sql("desc", june)).await.unwrap());
    assert_eq!(up, down);
    assert_eq!(up.iter().filter(|l| l.ends_with("20.010000")).count(), 1);
    let winners: std::collections::BTreeSet<String> = {
        let mut all = std::collections::BTreeSet::new();
        for month in 1..=12 {
            let at = format!("cast('2026-{month:02}-01T00:00:00Z' as timestamp)");
            let lines = rows(&sql("asc", &at)).await.unwrap();
            all.extend(lines.into_iter().filter(|l| l.ends_with("20.010000")));
        }
        all
    };
    assert!(winners.len() > 2, "the odd cent goes around: {winners:?}");
}

#[tokio::test]
async fn what_makes_no_pot_is_refused_with_its_reason() {
    let refusal = |values: &str, total: &str| {
        let sql = format!(
            "select largest_remainder(cast({total} as decimal(18, 6)), cast(w as decimal(18, 6)), id, 2, cast(null as \
            timestamp)) \
             over () as p from (values {values}) as v (id, w)"
        );
        async move { rows(&sql).await.unwrap_err() }
    };
    assert!(refusal("('A', 1), ('A', 2)", "1").await.contains("`A` stands twice"));
    assert!(refusal("('A', -1)", "1").await.contains("not negative"));
    assert!(refusal("('A', 1)", "1.001").await.contains("more than 2 digits"));
}

#[tokio::test]
async fn interest_of_the_worked_year() {
    let sql = "select m, interest(cast(c as decimal(18, 6)), cast(2.75 as decimal(9, 4)), d, 365, 2) as i \
        from (values ('A', 500, 365), ('B', 200, 365), ('C', 5000, 365), ('D', 1000, 120), ('E', 750, 31)) as v (m, c, \
        d) order by m";
    assert_eq!(rows(sql).await.unwrap(), ["A 13.750000", "B 5.500000", "C 137.500000", "D 9.040000", "E 1.750000"]);
    let wrong = "select interest(cast(1 as decimal(18, 6)), cast(1 as decimal(9, 4)), 1, 1, 2) as i";
    assert!(rows(wrong).await.unwrap_err().contains("360 to 366"));
}

/// A Swedish statement: 100 kWh at 0.62 SEK and a fee of 0.03 SEK per kWh, 25 % VAT on both; the producing side sells
/// 40 kWh of surplus at the spot price of the hour and gets a grid benefit for them. A Turkish one goes the same way,
/// at 20 %.
#[tokio::test]
async fn swedish_and_turkish_lines() {
    for (currency, vat_basis_points, want) in [
        ("SEK", 2500, ["internal_energy,62.000000", "community_fee,3.000000", "vat,16.250000"]),
        ("TRY", 2000, ["internal_energy,62.000000", "community_fee,3.000000", "vat,13.000000"]),
    ] {
        let mut village = Village::with_two("2026-07-10T00:00:00Z").await;
        let registry = village.lake.registry().await.unwrap();
        let mut community = registry.communities["a"].clone();
        community.currency = currency.into();
        let price = |item: &str, micro: i64| match tariff("a", item, micro, at("2025-12-31T23:00:00Z")) {
            Row::Tariffs(t) => Row::Tariffs(Tariff { vat_basis_points, ..t }),
            other => other,
        };
        let untaxed = |item: &str, micro: i64| match tariff("a", item, micro, at("2025-12-31T23:00:00Z")) {
            Row::Tariffs(t) => Row::Tariffs(Tariff { vat_basis_points: 0, vat_category: "O".into(), ..t }),
            other => other,
        };
        let rows = vec![
            Row::Communities(community),
            price("internal_energy", 620_000),
            price("community_fee", 30_000),
            untaxed("surplus_sale", 413_700),
            untaxed("grid_benefit", 52_000),
        ];
        village.apply(rows).await;
        let start = at("2026-06-15T10:00:00Z");
        let values = [("a-C1", 100_000_000), ("a-C2", 0), ("a-P1", 140_000_000)];
        village.ingest("s", &values.map(|(point, micro_kwh)| value(point, start, micro_kwh))).await;
        village.run().await;
        let lines = "select item, amount from statement_lines where member_id = 'm-C1' order by line_number";
        assert_eq!(village.sql(lines).await, want, "{currency}");
        let total = "select sum(amount) from statement_lines where member_id = 'm-C1'";
        assert_eq!(village.sql(total).await, [if currency == "SEK" { "81.250000" } else { "78.000000" }]);
        let surplus = "select item, amount from statement_lines where item in ('surplus_revenue', 'grid_benefit') \
            order by line_number";
        assert_eq!(village.sql(surplus).await, ["surplus_revenue,16.550000", "grid_benefit,2.080000"]);
    }
}
