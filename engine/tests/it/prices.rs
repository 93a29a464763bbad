//! The price of an instant, beside the rule that says which counts: of the producing member before the general one, of
//! either that for the member's kind before that for all, and of those one with a band before one without.

use chrono::{Datelike, Days, NaiveDate, TimeZone, Timelike, Utc};
use engine::calendar::{QUARTER, Span, day_span, parse_rfc3339, wall_instants, zone};
use engine::price::PriceBook;
use engine::registry::{Band, FOREVER, PUBLIC, Registry, Row, SequencedRow, SeriesBlock, Tariff, Terms};
use proptest::prelude::*;

/// Whom a price is for, its hours, and the price itself.
#[derive(Debug, Clone)]
struct Price {
    producer: bool,
    farm: bool,
    /// Weekdays by bit, first and last minute.
    band: Option<(u8, u16, u16)>,
    micro: i64,
}

fn price() -> impl Strategy<Value = Price> {
    // Quarter-hours of a day: a band goes over midnight where it ends before it begins.
    let bound = || (0u16..96).prop_map(|n| n * 15);
    let band = (1u8..128, bound(), bound());
    let band = prop::option::of(band.prop_filter("a band has a length", |(_, from, to)| from != to));
    (any::<bool>(), any::<bool>(), band, 1i64..1_000_000).prop_map(|(producer, farm, band, micro)| Price {
        producer,
        farm,
        band,
        micro,
    })
}

fn tariff(p: &Price) -> Tariff {
    let band = |(weekdays, from_minute, to_minute)| Band {
        name: "band".into(),
        weekdays,
        months: 0xfff,
        from_minute,
        to_minute,
    };
    let terms = Terms { band: p.band.map(band), member_kind: p.farm.then(|| "farm".to_string()), ..Terms::default() };
    Tariff {
        community_id: "c".into(),
        item: "internal_energy".into(),
        producer: p.producer.then(|| "p".to_string()),
        price_micro_per_kwh: Some(p.micro),
        price_micro_per_month: None,
        vat_basis_points: 0,
        vat_category: "E".into(),
        terms,
        valid_from: 0,
        valid_to: FOREVER,
    }
}

fn registry(rows: Vec<Row>) -> Registry {
    Registry::from_rows(rows.into_iter().zip(1..).map(|(row, sequence)| SequencedRow { sequence, row }))
}

/// Whether a band covers an instant, by the clock on the wall.
fn covers((weekdays, from, to): (u8, u16, u16), zone: chrono_tz::Tz, at: i64) -> bool {
    let wall = Utc.timestamp_micros(at).unwrap().with_timezone(&zone);
    let minute = (wall.hour() * 60 + wall.minute()) as u16;
    let on = weekdays & (1 << wall.weekday().num_days_from_monday()) != 0;
    on && if from < to { from <= minute && minute < to } else { minute < to || from <= minute }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn each_quarter_of_each_day_has_the_price_of_the_rule(
        prices in prop::collection::vec(price(), 0..7),
        place in prop::sample::select(vec!["Europe/Paris", "Europe/Istanbul"]),
        // Both clock changes of 2026 come up often.
        day in prop_oneof![Just(87u64), Just(297), 0u64..365],
        farm in any::<bool>(),
    ) {
        // One price of each sort: versions of one thing are another matter.
        let mut of_sort = Vec::<Price>::new();
        for p in prices {
            let same = |o: &Price| (o.producer, o.farm, o.band.is_some()) == (p.producer, p.farm, p.band.is_some());
            if !of_sort.iter().any(same) {
                of_sort.push(p);
            }
        }
        let registry = registry(of_sort.iter().map(|p| Row::Tariffs(tariff(p))).collect());
        let zone = zone(place).unwrap();
        let day = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + Days::new(day);
        let span = day_span(zone, day);
        let book = PriceBook::new(&registry, "c", zone, QUARTER, span);
        let kind = if farm { "farm" } else { "household" };
        for at in (span.start..span.end).step_by(QUARTER as usize) {
            let counts = |p: &&Price| (!p.farm || farm) && p.band.is_none_or(|b| covers(b, zone, at));
            let expected = of_sort.iter().filter(counts).max_by_key(|p| (p.producer, p.farm, p.band.is_some()));
            let number = book.at("internal_energy", Some("p"), Some(kind), at);
            let seen = number.map(|n| book.periods()[n].price_micro_per_kwh);
            prop_assert_eq!(seen, expected.map(|p| Some(p.micro)), "{} at {}", day, at);
            if let Some(n) = number {
                prop_assert!(book.periods()[n].span.contains(at));
            }
        }
        prop_assert_eq!(book.at("internal_energy", Some("p"), Some(kind), span.end), None);
    }

    #[test]
    fn prices_change_only_at_cuts(prices in prop::collection::vec(price(), 1..5), hours in 1i64..60) {
        let registry = registry(prices.iter().map(|p| Row::Tariffs(tariff(p))).collect());
        let paris = zone("Europe/Paris").unwrap();
        let start = parse_rfc3339("2026-10-24T22:00:00Z").unwrap();
        let span = Span { start, end: start + hours * 4 * QUARTER };
        let book = PriceBook::new(&registry, "c", paris, QUARTER, span);
        let cuts = book.cuts(&["internal_energy"]);
        prop_assert!(cuts.iter().all(|at| (span.start..=span.end).contains(at)));
        prop_assert!(book.cuts(&["community_fee"]).is_empty());
        let price = |at| book.at("internal_energy", Some("p"), Some("farm"), at);
        for at in (span.start..span.end).step_by(QUARTER as usize).skip(1) {
            if price(at) != price(at - 1) {
                prop_assert!(cuts.contains(&at), "{}", at);
            }
        }
    }
}

/// A band is hours of the clock on the wall, so what the clock shows twice is within it twice.
#[test]
fn a_band_that_ends_in_the_hour_that_comes_twice_begins_again() {
    let paris = zone("Europe/Paris").unwrap();
    let span = day_span(paris, "2026-10-25".parse().unwrap());
    let lengths = |from: u16, to: u16| -> Vec<(i64, i64)> {
        let night = Price { producer: false, farm: false, band: Some((127, from, to)), micro: 1 };
        let registry = registry(vec![Row::Tariffs(tariff(&night))]);
        let book = PriceBook::new(&registry, "c", paris, QUARTER, span);
        let quarter = |at: i64| (at - span.start) / QUARTER;
        book.periods().iter().map(|p| (quarter(p.span.start), quarter(p.span.end))).collect()
    };
    assert_eq!(lengths(0, 150), [(0, 10), (12, 14)]);
    assert_eq!(lengths(150, 240), [(10, 12), (14, 20)]);
}

/// Every zone, around each change of its clocks from 2000 to 2040: a band with an edge at any five minutes covers what
/// the clock shows, no more and no less.
#[test]
fn bands_cover_what_the_clock_shows_in_every_zone() {
    const MINUTE: i64 = 60_000_000;
    let day = |year: i32| Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap().timestamp_micros();
    let all = Span { start: day(2000), end: day(2040) };
    let mut changes = 0;
    for (n, zone) in chrono_tz::TZ_VARIANTS.into_iter().enumerate() {
        for (k, at) in wall_instants(zone, all, &[]).into_iter().enumerate() {
            changes += 1;
            // Other edges for each change, near the hours in which clocks change.
            let (from, to) = ((((n + k) * 5) % 300) as u16, (((n + 7 * k) * 5 + 65) % 1440) as u16);
            if from == to {
                continue;
            }
            let span = Span { start: at - 5 * 60 * MINUTE, end: at + 5 * 60 * MINUTE };
            let night = Price { producer: false, farm: false, band: Some((127, from, to)), micro: 1 };
            let registry = registry(vec![Row::Tariffs(tariff(&night))]);
            let book = PriceBook::new(&registry, "c", zone, QUARTER, span);
            for at in (span.start..span.end).step_by(5 * MINUTE as usize) {
                let seen = book.at("internal_energy", None, None, at).is_some();
                assert_eq!(seen, covers((127, from, to), zone, at), "{zone} {from}-{to} at {at}");
            }
        }
    }
    assert!(changes > 15_000, "{changes}");
}

#[test]
fn a_markets_hours_are_prices_of_their_quarters() {
    let spot = Price { producer: false, farm: false, band: None, micro: 5_000 };
    let mut spot = tariff(&spot);
    spot.terms.series = Some("spot".into());
    let start = parse_rfc3339("2026-06-14T22:00:00Z").unwrap();
    let values = |step_seconds, values_micro| {
        Row::Series(SeriesBlock {
            community_id: PUBLIC.into(),
            series: "spot".into(),
            point: String::new(),
            producer: None,
            start,
            step_seconds,
            values_micro,
            source: "test".into(),
            provisional: false,
        })
    };
    let paris = zone("Europe/Paris").unwrap();
    let span = day_span(paris, "2026-06-15".parse().unwrap());
    let of = |block: Row, grid: i64| {
        let registry = registry(vec![Row::Tariffs(spot.clone()), block]);
        let book = PriceBook::new(&registry, "c", paris, grid, span);
        let spans = book.periods().iter().map(|p| ((p.span.end - p.span.start) / QUARTER, p.price_micro_per_kwh));
        spans.collect::<Vec<_>>()
    };
    // A negative price of the market stays one, equal hours are one period, and what is not known is no price.
    let hours = vec![Some(-60_000), Some(10_000), Some(10_000), None, Some(0)];
    let expected = [(4, Some(-55_000)), (8, Some(15_000)), (4, None), (4, Some(5_000)), (76, None)];
    assert_eq!(of(values(3600, hours), QUARTER), expected);
    // A community that settles by hours has no price where the market tells quarter-hours apart.
    assert_eq!(of(values(900, vec![Some(1); 96]), 4 * QUARTER), [(96, None)]);
}
