//! How the time went by: a day by its quarter-hours as power, a week or month by its days as energy. From below:
//! shared, from suppliers (together what was used, the blue line), and hatched above it what left the community.

use chrono::Datelike;
use chrono_tz::Tz;
use engine::calendar::{SECOND, Span};
use plotters::coord::Shift;
use plotters::coord::types::RangedCoordi64;
use plotters::element::{Drawable, PointCollection};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Size;
use super::axis::Axis;
use super::label;
use super::palette::{self, Finish, Tone};
use super::sun::{Sun, sun};
use crate::figure::{Curve, Energy, Period, Slot};
use crate::locale::{Words, local};

/// What a finger needs, in units of the narrow picture, which are pixels or a little more.
const TARGET: i32 = 45;
/// Units of the lying axis per row; a bar takes the middle of them.
const ROW: i64 = 100;

/// What the library can fail with; drawing into a string does not.
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;
type Root<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Plot<'a> = DrawingArea<SVGBackend<'a>, Cartesian2d<RangedCoordi64, RangedCoordi64>>;

/// A row ready to be drawn: values in 1e-6 kW (day) or 1e-6 kWh (days of a week or month).
struct Row {
    span: Span,
    values: Option<Energy>,
    estimated: bool,
    /// The time is over and something is not there.
    lacking: bool,
}

/// A chart before it is drawn.
struct Chart<'a> {
    curve: &'a Curve<'a>,
    words: &'a Words,
    size: Size,
    rows: Vec<Row>,
    axis: Axis,
    /// Pixels: left, right, top, bottom of the plotted field.
    field: (i32, i32, i32, i32),
}

/// Draws the chart. `day_url` gives the address of a day: bars of a week or month are links to their days.
pub fn load(
    id: &str,
    title: &str,
    curve: &Curve,
    size: Size,
    words: &Words,
    day_url: &dyn Fn(Period) -> String,
) -> String {
    let chart = Chart::new(curve, size, words);
    let mut svg = String::new();
    // A string takes everything; should the library refuse a shape nevertheless, the table below still says it all.
    if chart.draw(&mut svg).is_err() {
        return String::new();
    }
    let over = chart.links(day_url);
    palette::finish(&svg, &Finish { id, title, over: &over })
}

impl<'a> Chart<'a> {
    fn new(curve: &'a Curve<'a>, size: Size, words: &'a Words) -> Self {
        let rows: Vec<Row> = curve.rows().into_iter().map(|(span, slot)| Row::new(curve, span, slot)).collect();
        let height = |e: &Energy| e.consumption_micro_kwh + e.surplus_micro_kwh;
        let axis = Axis::for_largest(rows.iter().filter_map(|r| r.values.as_ref().map(height)).max().unwrap_or(0));
        let widest = axis.ticks.iter().map(|t| label::width(&tick(words, &axis, *t))).max().unwrap_or(0);
        let (width, height) = Self::pixels(size);
        let field = (widest.max(20) + 8, width - 8, 24, height - 26);
        Self { curve, words, size, rows, axis, field }
    }

    fn pixels(size: Size) -> (i32, i32) {
        match size {
            Size::Narrow => (326, 212),
            Size::Wide => (736, 300),
        }
    }

    fn is_day(&self) -> bool {
        matches!(self.curve.period, Period::Day(_))
    }

    fn draw(&self, svg: &mut String) -> Drawn {
        let (width, height) = Self::pixels(self.size);
        let root = SVGBackend::with_string(svg, (width as u32, height as u32)).into_drawing_area();
        let (left, right, top, bottom) = self.field;
        let units = self.rows.len() as i64 * ROW;
        let plot = root.apply_coord_spec(Cartesian2d::<RangedCoordi64, RangedCoordi64>::new(
            0..units,
            0..self.axis.end,
            (left..right, bottom..top),
        ));
        self.draw_night(&plot)?;
        self.draw_axis(&root, &plot)?;
        match self.is_day() {
            true => self.draw_steps(&plot)?,
            false => self.draw_bars(&plot)?,
        }
        self.draw_lacking(&root)?;
        self.draw_labels(&root)?;
        self.draw_now(&root)?;
        root.present()
    }

    /// The lying position of an instant of a day.
    fn position(&self, at_us: i64) -> i64 {
        let (Some(first), Some(last)) = (self.rows.first(), self.rows.last()) else { return 0 };
        let at = at_us.clamp(first.span.start, last.span.end) - first.span.start;
        let step = (first.span.end - first.span.start).max(1);
        (i128::from(at) * i128::from(ROW) / i128::from(step)) as i64
    }

    /// Pixels of a lying position.
    fn x(&self, position: i64) -> i32 {
        let (left, right, ..) = self.field;
        let units = (self.rows.len() as i64 * ROW).max(1);
        left + (i64::from(right - left) * position / units) as i32
    }

    /// Pixels of a value.
    fn y(&self, value: i64) -> i32 {
        let (.., top, bottom) = self.field;
        bottom - (i128::from(bottom - top) * i128::from(value) / i128::from(self.axis.end.max(1))) as i32
    }

    fn draw_night(&self, plot: &Plot) -> Drawn {
        let (Period::Day(_), Some(place)) = (self.curve.period, self.curve.place) else { return Ok(()) };
        let end = self.rows.len() as i64 * ROW;
        let (nights, edges) = match sun(place, self.curve.period.span(self.curve.zone)) {
            Sun::Midsummer => (vec![], vec![]),
            Sun::Midwinter => (vec![(0, end)], vec![]),
            Sun::Shines { rise_us, set_us } => {
                let (rise, set) = (self.position(rise_us), self.position(set_us));
                (vec![(0, rise), (set, end)], vec![rise, set])
            }
        };
        nights.into_iter().try_for_each(|(from, to)| fill(plot, (from, 0), (to, self.axis.end), &palette::NIGHT))?;
        // The shade is faint; where the sun rises and sets a line says it aloud.
        edges.into_iter().try_for_each(|at| {
            let edge = vec![(at, 0), (at, self.axis.end)];
            plot.draw(&PathElement::new(edge, palette::SUN_EDGE.colour.stroke_width(1)))
        })
    }

    fn draw_axis(&self, root: &Root, plot: &Plot) -> Drawn {
        let (left, _, top, bottom) = self.field;
        let end = self.rows.len() as i64 * ROW;
        for value in &self.axis.ticks {
            plot.draw(&PathElement::new(vec![(0, *value), (end, *value)], palette::LINE.colour.stroke_width(1)))?;
            let at = (left - 6, self.y(*value));
            text(root, &tick(self.words, &self.axis, *value), at, (HPos::Right, VPos::Center), &palette::TICK)?;
        }
        let unit = self.words.t(if self.is_day() { "axis-kw" } else { "axis-kwh" });
        text(root, &unit, (left - 6, top - 18), (HPos::Right, VPos::Top), &palette::TICK)?;
        for (position, name) in self.names() {
            text(root, &name, (self.x(position), bottom + 10), (HPos::Center, VPos::Top), &palette::TICK)?;
        }
        Ok(())
    }

    /// What is written below the lying axis, and where.
    fn names(&self) -> Vec<(i64, String)> {
        let wide = self.size == Size::Wide;
        match self.curve.period {
            Period::Day(_) => hours(&self.rows, self.curve.zone, if wide { 3 } else { 6 }),
            Period::Week(first) => first
                .iter_days()
                .take(7)
                .zip(0..)
                .map(|(day, n)| {
                    let name = if wide { self.words.short_day(day) } else { String::new() };
                    (n * ROW + ROW / 2, format!("{} {name}", self.words.weekday_short(day)).trim_end().to_owned())
                })
                .collect(),
            Period::Month(_) => self
                .curve
                .period
                .days()
                .into_iter()
                .zip(0..)
                .filter(|(day, _)| wide || day.day0() % 7 == 0)
                .map(|(day, n)| (n * ROW + ROW / 2, day.day().to_string()))
                .collect(),
        }
    }

    /// Runs of rows without a gap, drawn as steps.
    fn draw_steps(&self, plot: &Plot) -> Drawn {
        let mut run: Vec<(i64, Energy, bool)> = vec![];
        for (row, n) in self.rows.iter().zip(0i64..) {
            match row.values {
                Some(values) => run.push((n * ROW, values, row.estimated)),
                None => draw_run(plot, &std::mem::take(&mut run))?,
            }
        }
        draw_run(plot, &run)
    }

    fn draw_bars(&self, plot: &Plot) -> Drawn {
        for (row, n) in self.rows.iter().zip(0i64..) {
            let Some(values) = row.values else { continue };
            let (from, to) = (n * ROW + 14, n * ROW + 86);
            let used = values.consumption_micro_kwh;
            fill(plot, (from, 0), (to, values.shared_micro_kwh), &palette::SHARED)?;
            fill(plot, (from, values.shared_micro_kwh), (to, used), &palette::SUPPLIER)?;
            fill(plot, (from, used), (to, used + values.surplus_micro_kwh), &palette::SURPLUS)?;
            if row.estimated {
                fill(plot, (from, 0), (to, used), &palette::ESTIMATED)?;
            }
            plot.draw(&PathElement::new(vec![(from, used), (to, used)], palette::LOAD.colour.stroke_width(2)))?;
        }
        Ok(())
    }

    /// A mark below the axis where readings are missing.
    fn draw_lacking(&self, root: &Root) -> Drawn {
        let bottom = self.field.3;
        let mut from = None;
        for (lacking, n) in self.rows.iter().map(|r| r.lacking).chain([false]).zip(0i64..) {
            match (lacking, from) {
                (true, None) => from = Some(n),
                (false, Some(first)) => {
                    let (x0, x1) = (self.x(first * ROW), self.x(n * ROW).max(self.x(first * ROW) + 2));
                    root.draw(&Rectangle::new([(x0, bottom + 2), (x1, bottom + 6)], palette::WARN.colour.filled()))?;
                    from = None;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn draw_labels(&self, root: &Root) -> Drawn {
        for (key, lower, upper) in bands() {
            let edges: Vec<Option<label::Edges>> =
                self.rows.iter().map(|row| row.values.as_ref().map(|e| (self.y(upper(e)), self.y(lower(e))))).collect();
            let name = self.words.t(key);
            let found = match self.is_day() {
                true => label::place(&name, &edges, |step| self.x(step as i64 * ROW)),
                // A word stands in one bar or nowhere.
                false => edges.iter().zip(0i64..).find_map(|(edge, n)| {
                    let bar = [self.x(n * ROW + 14), self.x(n * ROW + 86)];
                    label::place(&name, &[*edge], |side| bar[side.min(1)])
                }),
            };
            if let Some(at) = found {
                text(root, &name, at, (HPos::Center, VPos::Center), &palette::LABEL)?;
            }
        }
        Ok(())
    }

    fn draw_now(&self, root: &Root) -> Drawn {
        if !self.is_day() || !self.curve.is_current() {
            return Ok(());
        }
        let (left, right, top, bottom) = self.field;
        let x = self.x(self.position(self.curve.now_us));
        root.draw(&PathElement::new(vec![(x, top - 8), (x, bottom)], palette::NOW.colour.stroke_width(1)))?;
        let name = self.words.ta("chart-now", [("time", self.words.time(self.curve.zone, self.curve.now_us).into())]);
        let side = if x < (left + right) / 2 { (HPos::Left, x + 6) } else { (HPos::Right, x - 6) };
        text(root, &name, (side.1, top - 16), (side.0, VPos::Top), &palette::LABEL)
    }

    /// Bars open into their days.
    fn links(&self, day_url: &dyn Fn(Period) -> String) -> String {
        let (left, right, top, bottom) = self.field;
        let days = self.curve.period.days();
        let width = (right - left) / (days.len() as i32).max(1);
        if self.is_day() || (self.size == Size::Narrow && width < TARGET / 2) {
            return String::new();
        }
        let height = bottom - top + 24;
        // A finger needs more than the bar: what it needs is taken from the neighbours.
        let width = if self.size == Size::Narrow { width.max(TARGET) } else { width };
        let ends = Self::pixels(self.size).0;
        let days = days.into_iter().zip(0i64..);
        days.map(|(day, n)| {
            let x = (self.x(n * ROW + ROW / 2) - width / 2).clamp(0, ends - width);
            let url = palette::escape(&day_url(Period::Day(day)));
            let name = palette::escape(&self.words.day_of_week(day));
            format!(
                "<a href=\"{url}\"><title>{name}</title>\
                 <rect class=\"hit\" x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/></a>"
            )
        })
        .collect()
    }
}

impl Row {
    fn new(curve: &Curve, span: Span, slot: Option<&Slot>) -> Self {
        let power = |micro_kwh: i64| match curve.period {
            Period::Day(_) => {
                (i128::from(micro_kwh) * 3600 * i128::from(SECOND) / i128::from((span.end - span.start).max(1))) as i64
            }
            Period::Week(_) | Period::Month(_) => micro_kwh,
        };
        let values = slot.and_then(|s| s.energy).map(|e| {
            // Stacked from its parts, so that the steps of one row always meet.
            let (shared_micro_kwh, residual_micro_kwh, surplus_micro_kwh) =
                (power(e.shared_micro_kwh), power(e.residual_micro_kwh), power(e.surplus_micro_kwh));
            Energy {
                production_micro_kwh: shared_micro_kwh + surplus_micro_kwh,
                consumption_micro_kwh: shared_micro_kwh + residual_micro_kwh,
                shared_micro_kwh,
                residual_micro_kwh,
                surplus_micro_kwh,
            }
        });
        Self { span, values, estimated: slot.is_some_and(|s| s.estimated_points > 0), lacking: curve.lacks(span, slot) }
    }
}

type Part = fn(&Energy) -> i64;

/// Label key, lower edge and upper edge of each band, from below.
fn bands() -> [(&'static str, Part, Part); 3] {
    [
        ("chart-shared", |_| 0, |e| e.shared_micro_kwh),
        ("chart-residual", |e| e.shared_micro_kwh, |e| e.consumption_micro_kwh),
        ("chart-surplus", |e| e.consumption_micro_kwh, |e| e.consumption_micro_kwh + e.surplus_micro_kwh),
    ]
}

/// One run of steps: three bands and the line of consumption.
fn draw_run(plot: &Plot, run: &[(i64, Energy, bool)]) -> Drawn {
    let outline = |part: Part| run.iter().flat_map(move |(x, e, _)| [(*x, part(e)), (*x + ROW, part(e))]);
    for ((_, lower, upper), tone) in bands().into_iter().zip([&palette::SHARED, &palette::SUPPLIER, &palette::SURPLUS])
    {
        if run.iter().any(|(_, e, _)| upper(e) > lower(e)) {
            let points: Vec<(i64, i64)> =
                outline(upper).chain(outline(lower).collect::<Vec<_>>().into_iter().rev()).collect();
            plot.draw(&Polygon::new(points, tone.colour.filled()))?;
        }
    }
    for (x, e, _) in run.iter().filter(|(_, _, estimated)| *estimated) {
        fill(plot, (*x, 0), (*x + ROW, e.consumption_micro_kwh), &palette::ESTIMATED)?;
    }
    let line: Vec<(i64, i64)> = outline(|e| e.consumption_micro_kwh).collect();
    match line.is_empty() {
        true => Ok(()),
        false => plot.draw(&PathElement::new(line, palette::LOAD.colour.stroke_width(2))),
    }
}

/// Whole local hours below a day: the first row that starts with the hour, and the end of the day.
fn hours(rows: &[Row], zone: Tz, every: u32) -> Vec<(i64, String)> {
    use chrono::Timelike;
    let mut named: Vec<(i64, String)> = vec![];
    for (row, n) in rows.iter().zip(0i64..) {
        let at = local(zone, row.span.start);
        let name = at.hour().to_string();
        if at.minute() == 0 && at.hour().is_multiple_of(every) && named.last().is_none_or(|(_, last)| *last != name) {
            named.push((n * ROW, name));
        }
    }
    named.push((rows.len() as i64 * ROW, "24".to_owned()));
    named
}

fn tick(words: &Words, axis: &Axis, value: i64) -> String {
    words.decimal(engine::units::round_half_up(i128::from(value), 6, axis.digits), axis.digits)
}

fn fill(plot: &Plot, from: (i64, i64), to: (i64, i64), tone: &Tone) -> Drawn {
    match from.0 == to.0 || from.1 == to.1 {
        true => Ok(()),
        false => plot.draw(&Rectangle::new([from, to], tone.colour.filled())),
    }
}

fn text(root: &Root, words: &str, at: (i32, i32), pos: (HPos, VPos), tone: &Tone) -> Drawn {
    let style = ("sans-serif", 11).into_font().color(&tone.colour).pos(Pos::new(pos.0, pos.1));
    draw(root, &Text::new(words.to_owned(), at, style))
}

fn draw<'a, E>(root: &Root<'a>, element: &E) -> Drawn
where
    for<'b> &'b E: PointCollection<'b, (i32, i32)>,
    for<'b> E: Drawable<SVGBackend<'a>>,
{
    root.draw(element)
}
