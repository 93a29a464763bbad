//! Shapes stand out from what is around them, in the light and in the dark: at least 3 : 1 (WCAG 1.4.11). Computed from
//! the style sheet as it is served.

use std::collections::BTreeMap;

use dashboards::assets::ASSETS;

type Colour = [f64; 3];

/// The style sheet without what holds on other media, each rule as its selector and what it declares.
fn rules() -> Vec<(String, BTreeMap<String, String>)> {
    let css = std::str::from_utf8(ASSETS.iter().find(|a| a.name == "ecoop.css").unwrap().bytes).unwrap();
    let mut rules = vec![];
    for rule in css.split('}') {
        let Some((selectors, body)) = rule.rsplit_once('{') else { continue };
        let declared = body.split(';').filter_map(|d| d.split_once(':'));
        let declared: BTreeMap<_, _> =
            declared.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect();
        let selectors = selectors.rsplit_once('{').map_or(selectors, |(_, inner)| inner);
        let selectors = selectors.rsplit_once("*/").map_or(selectors, |(_, after)| after);
        rules.extend(selectors.split(',').map(|s| (s.trim().to_owned(), declared.clone())));
    }
    rules
}

/// The variables of the light and of the dark.
fn palettes() -> [BTreeMap<String, String>; 2] {
    let roots: Vec<_> = rules().into_iter().filter(|(s, _)| s == ":root").map(|(_, declared)| declared).collect();
    let [light, dark] = &roots[..] else { panic!("a light and a dark palette, not {}", roots.len()) };
    [light.clone(), light.iter().chain(dark).map(|(k, v)| (k.clone(), v.clone())).collect()]
}

fn colour(hex: &str) -> Colour {
    let part = |at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    [part(1), part(3), part(5)]
}

fn over(above: Colour, opacity: f64, below: Colour) -> Colour {
    std::array::from_fn(|n| above[n] * opacity + below[n] * (1.0 - opacity))
}

fn luminance(colour: Colour) -> f64 {
    let linear = |part: f64| {
        let part = part / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
}

fn contrast(a: Colour, b: Colour) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// What a class paints with, over a ground.
fn paint(class: &str, property: &str, palette: &BTreeMap<String, String>, ground: Colour) -> Colour {
    let mut found: Option<String> = None;
    let mut opacity = 1.0;
    for (selector, declared) in rules() {
        if selector == class {
            found = declared.get(property).cloned().or(found);
            for name in ["opacity".to_owned(), format!("{property}-opacity")] {
                opacity *= declared.get(&name).map_or(1.0, |o| o.parse::<f64>().unwrap());
            }
        }
    }
    let found = found.unwrap_or_else(|| panic!("{class} has no {property}"));
    let variable = found.strip_prefix("var(").and_then(|v| v.strip_suffix(')')).unwrap();
    over(colour(&palette[variable]), opacity, ground)
}

#[test]
fn what_is_drawn_stands_out() {
    for palette in palettes() {
        let (card, night) = (colour(&palette["--card"]), colour(&palette["--night"]));
        for (class, property) in [
            (".f-shared", "fill"),
            (".f-grid", "fill"),
            (".f-sun", "fill"),
            (".f-load", "fill"),
            (".f-warn", "fill"),
            (".p-hatch-sun", "fill"),
            (".band-shared", "fill"),
            (".band-grid", "fill"),
            (".s-load", "stroke"),
            (".s-now", "stroke"),
            (".s-sun-edge", "stroke"),
        ] {
            for ground in [card, night] {
                let found = contrast(paint(class, property, &palette, ground), ground);
                assert!(found >= 3.0, "{class}: {found:.2}");
            }
        }
        // Areas that touch are parted by a line that stands out from both; so do the strokes of the estimated.
        for area in [".f-shared", ".f-grid", ".band-shared", ".band-grid"] {
            let area_on_card = paint(area, "fill", &palette, card);
            let parted = contrast(paint(area, "stroke", &palette, card), area_on_card);
            assert!(parted >= 3.0, "the edge of {area}: {parted:.2}");
            let hatched = contrast(paint(".p-hatch-ink", "fill", &palette, area_on_card), area_on_card);
            assert!(hatched >= 3.0, "estimated {area}: {hatched:.2}");
        }
    }
}

#[test]
fn words_can_be_read() {
    for palette in palettes() {
        for ground in ["--ground", "--card"] {
            for ink in ["--ink", "--muted", "--accent", "--warn", "--wrong"] {
                let found = contrast(colour(&palette[ink]), colour(&palette[ground]));
                assert!(found >= 4.5, "{ink} on {ground}: {found:.2}");
            }
        }
    }
}
