//! Labels inside the shapes: a label is written where its band is high enough all along the word, and nowhere else.

/// The upper and lower edge of a band at one step, in pixels from the top.
pub(super) type Edges = (i32, i32);

/// Pixels of a character of the chart's text, on average.
const CHARACTER_PX: i32 = 6;
/// Pixels that a line of text needs.
const LINE_PX: i32 = 15;

/// Width of a text in pixels, about.
pub(super) fn width(text: &str) -> i32 {
    text.chars().count() as i32 * CHARACTER_PX + 4
}

/// The middle of the best place for a text in a band: `edges` per step, `None` in gaps; `left_of(step)` in pixels.
pub(super) fn place(text: &str, edges: &[Option<Edges>], left_of: impl Fn(usize) -> i32) -> Option<(i32, i32)> {
    let needed = width(text);
    let mut best: Option<(i32, (i32, i32))> = None;
    for first in 0..edges.len() {
        let Some(last) = (first..edges.len()).find(|last| left_of(last + 1) - left_of(first) >= needed) else { break };
        let Some((top, bottom)) = common(&edges[first..=last]) else { continue };
        let height = bottom - top;
        if height >= LINE_PX && best.is_none_or(|(found, _)| height > found) {
            best = Some((height, ((left_of(first) + left_of(last + 1)) / 2, (top + bottom) / 2)));
        }
    }
    best.map(|(_, middle)| middle)
}

/// What all steps of a band have in common.
fn common(edges: &[Option<Edges>]) -> Option<Edges> {
    edges.iter().try_fold((i32::MIN, i32::MAX), |(top, bottom), step| step.map(|(t, b)| (top.max(t), bottom.min(b))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_where_its_band_is_high_all_along() {
        let check = |edges: &[Option<Edges>], want| assert_eq!(place("abc", edges, |step| step as i32 * 10), want);
        check(&[Some((0, 10)), Some((0, 40)), Some((5, 45)), Some((0, 50)), Some((0, 8))], Some((25, 22)));
        check(&[Some((0, 14)); 8], None);
        check(&[Some((0, 40)), None, Some((0, 40)), Some((0, 40)), None], None);
        check(&[Some((0, 40)); 2], None);
    }
}
