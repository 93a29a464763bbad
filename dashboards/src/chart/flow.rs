//! The picture of energy: from where to where, with widths in proportion. Four nodes, three bands, none crossing.

use std::fmt::Write as _;

use super::palette;
use crate::figure::{Energy, Rounded};
use crate::locale::Words;

const WIDTH: i64 = 360;
/// Height of all bands together, in pixels.
const HEIGHT: i64 = 168;
const GAP: i64 = 34;
const TOP: i64 = 12;
const LEFT: i64 = 118;
const RIGHT: i64 = 240;
const BAR: i64 = 7;
/// Two lines of text at a node.
const TEXT: i64 = 36;

/// A band of the picture, in tenths of a pixel.
struct Band {
    class: &'static str,
    left: i64,
    right: i64,
    height: i64,
}

/// A node: its bar in tenths of a pixel and its two lines of text.
struct Node {
    class: &'static str,
    top: i64,
    height: i64,
    label: String,
    value: String,
}

/// The flow of `energy`, with its `figures` as printed everywhere on the page; `None` when nothing flows or when the
/// energies do not add up, for then their bands would not meet.
pub fn flow(id: &str, energy: &Energy, figures: &Rounded, words: &Words) -> Option<String> {
    let whole = energy.production_micro_kwh + energy.residual_micro_kwh;
    if whole <= 0 || whole != energy.consumption_micro_kwh + energy.surplus_micro_kwh {
        return None;
    }
    // Tenths of a pixel; what exists is seen, if only as a hair line.
    let scaled = |micro_kwh: i64| match micro_kwh {
        0 => 0,
        micro_kwh => (i128::from(micro_kwh) * i128::from(HEIGHT) * 10 / i128::from(whole)).max(15) as i64,
    };
    let (shared, residual, surplus) =
        (scaled(energy.shared_micro_kwh), scaled(energy.residual_micro_kwh), scaled(energy.surplus_micro_kwh));
    let gap = GAP * 10;
    let (top, made) = (TOP * 10, shared + surplus);
    // Right: what leaves above, what is used below. Left: what is made above, what suppliers bring below.
    let used_top = if surplus > 0 { top + surplus + gap } else { top };
    let supplier_top = if made > 0 { top + made + gap } else { top };
    let node = |class, key: &str, top, height, figure| Node {
        class,
        top,
        height,
        label: words.t(key),
        value: figures.kwh(words, figure),
    };
    let left = [
        node("sun", "flow-production", top, made, figures.production),
        node("grid", "flow-residual", supplier_top, residual, figures.residual),
    ];
    let right = [
        node("hatch-sun", "flow-surplus", top, surplus, figures.surplus),
        node("load", "flow-consumption", used_top, shared + residual, figures.consumption),
    ];
    let bands = [
        Band { class: "hatch-sun", left: top, right: top, height: surplus },
        Band { class: "shared", left: top + surplus, right: used_top, height: shared },
        Band { class: "grid", left: supplier_top, right: used_top + shared, height: residual },
    ];
    Some(draw(id, &words.t("flow-title"), &bands, &left, &right))
}

fn draw(id: &str, title: &str, bands: &[Band], left: &[Node], right: &[Node]) -> String {
    let (left_text, right_text) = (text_tops(left), text_tops(right));
    let lowest = left.iter().chain(right).map(|n| (n.top + n.height) / 10).max().unwrap_or(0);
    let lowest_text = left_text.iter().chain(&right_text).flatten().map(|top| top + TEXT).max().unwrap_or(0);
    let height = lowest.max(lowest_text) + 8;
    let mut svg = palette::open(id, &format!("0 0 {WIDTH} {height}"), title);
    svg.push_str(&palette::patterns(id));
    for band in bands.iter().filter(|b| b.height > 0) {
        push_band(&mut svg, id, band);
    }
    for (nodes, tops, x, text_x, anchor) in
        [(left, &left_text, LEFT - BAR, LEFT - BAR - 8, "end"), (right, &right_text, RIGHT, RIGHT + BAR + 8, "start")]
    {
        for (node, text_top) in nodes.iter().zip(tops) {
            if let Some(text_top) = text_top {
                push_node(&mut svg, id, node, x, (text_x, *text_top), anchor);
            }
        }
    }
    svg.push_str("</svg>");
    svg
}

/// The tops of the nodes' texts in pixels: beside the middle of each bar, never one over the other; `None` where
/// nothing flows.
fn text_tops(nodes: &[Node]) -> Vec<Option<i64>> {
    let mut free = 0;
    nodes
        .iter()
        .map(|node| {
            (node.height > 0).then(|| {
                let top = ((node.top + node.height / 2) / 10 - TEXT / 2).max(free);
                free = top + TEXT + 4;
                top
            })
        })
        .collect()
}

/// Tenths of a pixel as a coordinate.
fn px(tenths: i64) -> String {
    engine::units::format_decimal(i128::from(tenths), 1)
}

fn paint(id: &str, class: &str, prefix: &str) -> String {
    match class.starts_with("hatch") {
        true => format!("fill=\"url(#{id}-{class})\""),
        false => format!("class=\"{prefix}-{class}\""),
    }
}

fn push_band(svg: &mut String, id: &str, band: &Band) {
    let (x0, x1, bend) = (LEFT, RIGHT, (LEFT + RIGHT) / 2);
    let (a, b) = (px(band.left), px(band.right));
    let (c, d) = (px(band.right + band.height), px(band.left + band.height));
    let paint = paint(id, band.class, "band");
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<path {paint} d=\"M{x0} {a}C{bend} {a} {bend} {b} {x1} {b}V{c}C{bend} {c} {bend} {d} {x0} {d}Z\"/>"
    );
}

fn push_node(svg: &mut String, id: &str, node: &Node, x: i64, text: (i64, i64), anchor: &str) {
    let (y, height) = (px(node.top), px(node.height));
    let paint = paint(id, node.class, "f");
    let (label, value) = (palette::escape(&node.label), palette::escape(&node.value));
    let (text_x, label_y, value_y) = (text.0, text.1 + 14, text.1 + 31);
    let _ = write!(
        svg,
        "<rect {paint} x=\"{x}\" y=\"{y}\" width=\"{BAR}\" height=\"{height}\" rx=\"1.5\"/>\
         <text class=\"node\" x=\"{text_x}\" y=\"{label_y}\" text-anchor=\"{anchor}\">{label}</text>\
         <text class=\"node-value\" x=\"{text_x}\" y=\"{value_y}\" text-anchor=\"{anchor}\">{value}</text>"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;
    use crate::sample::energy;

    /// Nodes and bands that are drawn.
    fn check(energy: Energy, want: Option<(usize, usize)>) {
        let figures = Rounded::unbalanced(&energy);
        let svg = flow("f", &energy, &figures, &Locale::english().words());
        let counts = svg.map(|svg| (svg.matches("class=\"node\"").count(), svg.matches("<path").count()));
        assert_eq!(counts, want, "{energy:?}");
    }

    #[test]
    fn what_flows_is_drawn_and_what_does_not_is_not() {
        check(energy(64_200_000, 46_600_000, 33_100_000), Some((4, 3)));
        check(energy(0, 46_600_000, 0), Some((2, 1)));
        check(energy(0, 0, 1), Some((2, 1)));
        check(energy(5, 0, 0), Some((2, 1)));
        check(Energy::default(), None);
        check(Energy { production_micro_kwh: 3, ..energy(1, 1, 1) }, None);
    }
}
