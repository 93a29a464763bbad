//! Colours of the drawing library stand for meanings; `finish` turns each into a class of the style sheet.

use plotters::style::RGBColor;

/// A meaning, the colour that stands for it while drawing, and its class (`f-` filled, `s-` stroked).
pub(super) struct Tone {
    pub(super) colour: RGBColor,
    class: &'static str,
}

const fn tone(n: u8, class: &'static str) -> Tone {
    // Colours that nothing else draws with.
    Tone { colour: RGBColor(n, 0xA5, 0x5A), class }
}

pub(super) const SHARED: Tone = tone(1, "shared");
pub(super) const SUPPLIER: Tone = tone(2, "grid");
pub(super) const SURPLUS: Tone = tone(3, "hatch-sun");
pub(super) const LOAD: Tone = tone(4, "load");
pub(super) const NIGHT: Tone = tone(5, "night");
pub(super) const LINE: Tone = tone(6, "line");
pub(super) const NOW: Tone = tone(7, "now");
pub(super) const WARN: Tone = tone(8, "warn");
pub(super) const ESTIMATED: Tone = tone(9, "hatch-ink");
pub(super) const TICK: Tone = tone(10, "tick");
pub(super) const LABEL: Tone = tone(11, "label");
pub(super) const SUN_EDGE: Tone = tone(12, "sun-edge");

const TONES: [&Tone; 12] =
    [&SHARED, &SUPPLIER, &SURPLUS, &LOAD, &NIGHT, &LINE, &NOW, &WARN, &ESTIMATED, &TICK, &LABEL, &SUN_EDGE];

/// What stands around the drawn shapes.
pub(super) struct Finish<'a> {
    /// Unique in the page; ids inside start with it.
    pub(super) id: &'a str,
    /// What the picture says, for those who cannot see it.
    pub(super) title: &'a str,
    /// Shapes drawn by ourselves after the library's, already escaped.
    pub(super) over: &'a str,
}

/// Makes the library's SVG ours: no fixed size, no fonts and no styles of its own, classes for colours, a title.
pub(super) fn finish(svg: &str, with: &Finish) -> String {
    let id = with.id;
    let mut out = String::with_capacity(svg.len());
    for line in svg.lines() {
        match line.strip_prefix("<svg ") {
            Some(attributes) => {
                let view_box = attribute(attributes, "viewBox").unwrap_or_default();
                // A picture that holds links is a group: an image has nothing inside that could be reached.
                let role = if with.over.contains("<a ") { "group" } else { "img" };
                out.push_str(&open_as(role, id, view_box, with.title));
                out.push_str(&patterns(id));
            }
            None if line == "</svg>" => {
                out.push_str(with.over);
                out.push_str("</svg>");
            }
            None => out.push_str(&classed(line)),
        }
    }
    out.replace("PATTERN", id)
}

/// The opening of an image with its title.
pub(super) fn open(id: &str, view_box: &str, title: &str) -> String {
    open_as("img", id, view_box, title)
}

fn open_as(role: &str, id: &str, view_box: &str, title: &str) -> String {
    let title = escape(title);
    format!(
        "<svg id=\"{id}\" class=\"chart\" viewBox=\"{view_box}\" role=\"{role}\" aria-labelledby=\"{id}-title\">\
         <title id=\"{id}-title\">{title}</title>"
    )
}

/// Hatchings: sun leaves the community, ink is estimated.
pub(super) fn patterns(id: &str) -> String {
    let pattern = |name: &str| {
        format!(
            "<pattern id=\"{id}-{name}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" \
             patternTransform=\"rotate(45)\"><rect class=\"b-{name}\" width=\"6\" height=\"6\"/>\
             <rect class=\"p-{name}\" width=\"2.4\" height=\"6\"/></pattern>"
        )
    };
    format!("<defs>{}{}</defs>", pattern("hatch-sun"), pattern("hatch-ink"))
}

/// One element of the library with colours as classes and without what the style sheet decides.
fn classed(line: &str) -> String {
    let mut line = line.to_owned();
    for tone in TONES {
        let RGBColor(r, g, b) = tone.colour;
        let colour = format!("#{r:02X}{g:02X}{b:02X}");
        let fill = match tone.class.starts_with("hatch") {
            true => format!("fill=\"url(#PATTERN-{})\"", tone.class),
            false => format!("class=\"f-{}\"", tone.class),
        };
        line = line.replace(&format!("fill=\"{colour}\""), &fill);
        line = line.replace(&format!("stroke=\"{colour}\""), &format!("class=\"s-{}\"", tone.class));
    }
    for dropped in [" opacity=\"1\"", " stroke=\"none\"", " font-family=\"sans-serif\""] {
        line = line.replace(dropped, "");
    }
    match attribute(&line, "font-size").map(|size| format!(" font-size=\"{size}\"")) {
        Some(size) => line.replace(&size, ""),
        None => line,
    }
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// Text as content or attribute of an element.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_librarys_colours_fonts_and_sizes_become_classes() {
        let check = |line: &str, want: &str| assert_eq!(classed(line), want);
        check(
            "<polygon opacity=\"1\" fill=\"#01A55A\" points=\"0,0 \"/>",
            "<polygon class=\"f-shared\" points=\"0,0 \"/>",
        );
        check(
            "<polyline fill=\"none\" opacity=\"1\" stroke=\"#04A55A\" stroke-width=\"2\" points=\"0,0 \"/>",
            "<polyline fill=\"none\" class=\"s-load\" stroke-width=\"2\" points=\"0,0 \"/>",
        );
        check(
            "<text x=\"1\" y=\"2\" dy=\"0.5ex\" font-family=\"sans-serif\" font-size=\"8.87\" \
             opacity=\"1\" fill=\"#0AA55A\">",
            "<text x=\"1\" y=\"2\" dy=\"0.5ex\" class=\"f-tick\">",
        );
    }

    #[test]
    fn a_title_cannot_break_out() {
        let svg = finish(
            "<svg width=\"1\" height=\"1\" viewBox=\"0 0 1 1\">\n</svg>\n",
            &Finish { id: "x", title: "</title><script>alert('1')</script>", over: "" },
        );
        assert!(!svg.contains("<script"), "{svg}");
        assert!(svg.contains("viewBox=\"0 0 1 1\"") && !svg.contains(" height=\"1\" viewBox"), "{svg}");
    }
}
