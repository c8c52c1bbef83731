//! The picture: title, axes, lines, legend. Sizes are chosen so that a phone, which shows it a third as large, can be read.

use crate::canvas::{Canvas, Colour, Size};
use crate::chart::{Chart, ChartError, MOST_POINTS, ends, time_span};
use crate::values::ValueAxis;
use crate::{legend, png, times};

/// Pixels from left to right.
pub(crate) const WIDTH: i32 = 1_200;
/// Pixels around everything.
pub(crate) const MARGIN: i32 = 24;
/// Pixels of the field in which the lines are.
const FIELD_HEIGHT: i32 = 400;
/// Pixels of the title with what is around it.
const TITLE_HEIGHT: i32 = 84;
/// Pixels of the time axis: two lines of text.
const TIMES_HEIGHT: i32 = 100;

const PAPER: Colour = [255, 255, 255];
pub(crate) const INK: Colour = [29, 28, 29];
pub(crate) const FAINT_INK: Colour = [97, 96, 97];
const GRID: Colour = [226, 226, 228];
const AXIS: Colour = [150, 150, 154];
const ALARM: Colour = [200, 30, 30];

/// Colours that stay apart for those who see fewer of them, each dark enough on white.
pub(crate) const COLOURS: [Colour; crate::chart::MOST_SERIES] = [
    [0, 114, 178],
    [213, 94, 0],
    [0, 140, 105],
    [170, 68, 140],
    [190, 140, 0],
    [70, 160, 215],
    [85, 85, 85],
    [130, 90, 50],
];

/// Draws a chart as a PNG of 1,200 pixels' width.
///
/// # Errors
/// Where there is nothing to draw, or too much.
pub fn render(chart: &Chart) -> Result<Vec<u8>, ChartError> {
    png::pack(&draw(chart)?)
}

/// Where the field stands, and what its ends are.
struct Field {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    times: (f64, f64),
    values: ValueAxis,
}

impl Field {
    fn place(&self, (time, value): (f64, f64)) -> (f64, f64) {
        let part = (time - self.times.0) / (self.times.1 - self.times.0);
        (self.left + part * self.width, self.top + (1.0 - self.values.part(value)) * self.height)
    }
}

/// Draws a chart.
///
/// # Errors
/// As [`render`].
pub(crate) fn draw(chart: &Chart) -> Result<Canvas, ChartError> {
    let points = chart.drawn().iter().map(|series| series.points.len()).sum();
    if points > MOST_POINTS {
        return Err(ChartError::TooManyPoints { points });
    }
    let numbers = || chart.drawn().iter().flat_map(|series| series.numbers()).map(|(_, value)| value);
    let level = chart.threshold.as_ref().and_then(|threshold| threshold.level());
    numbers().next().ok_or(ChartError::NoPoints)?;
    let (low, high) = ends(numbers().chain(level)).ok_or(ChartError::NoPoints)?;
    let times = time_span(chart).ok_or(ChartError::NoPoints)?;

    let values = ValueAxis::between(low, high, chart.unit);
    let widest = values.lines.iter().map(|(_, label)| Size::Normal.width(label)).max().unwrap_or(0);
    let left = MARGIN + widest + 12;
    let legend = legend::rows(chart);
    let height = TITLE_HEIGHT + FIELD_HEIGHT + TIMES_HEIGHT + legend::height(&legend) + MARGIN;
    let mut canvas = Canvas::new(WIDTH, height, PAPER);
    let field = Field {
        left: f64::from(left),
        top: f64::from(TITLE_HEIGHT),
        width: f64::from(WIDTH - left - MARGIN - 16),
        height: f64::from(FIELD_HEIGHT),
        times,
        values,
    };
    let title = Size::Title.fitted(&legend::one_line(&chart.title), WIDTH - 2 * MARGIN);
    canvas.text(MARGIN, MARGIN - 4, &title, Size::Title, INK);
    value_lines(&mut canvas, &field);
    time_marks(&mut canvas, &field, chart);
    threshold(&mut canvas, &field, chart);
    // The most telling is drawn last, over the others.
    for (series, colour) in chart.drawn().iter().zip(COLOURS).rev() {
        for run in series.runs(chart.step_seconds) {
            course(&mut canvas, &field, &run, colour);
        }
    }
    legend::write(&mut canvas, &legend, TITLE_HEIGHT + FIELD_HEIGHT + TIMES_HEIGHT);
    Ok(canvas)
}

fn course(canvas: &mut Canvas, field: &Field, run: &[(f64, f64)], colour: Colour) {
    let places: Vec<(f64, f64)> = run.iter().map(|point| field.place(*point)).collect();
    for pair in places.windows(2) {
        if let [from, to] = pair {
            canvas.line(*from, *to, 4.0, colour);
        }
    }
    // A point alone is no line: it would be lost.
    if let [alone] = places.as_slice() {
        canvas.line(*alone, *alone, 12.0, colour);
    }
}

fn value_lines(canvas: &mut Canvas, field: &Field) {
    let right = field.left + field.width;
    for (value, label) in &field.values.lines {
        let y = field.place((field.times.0, *value)).1;
        canvas.line((field.left, y), (right, y), 2.0, GRID);
        let (left, top) = (pixel(field.left) - 12 - Size::Normal.width(label), pixel(y) - Size::Normal.height() / 2);
        canvas.text(left, top, label, Size::Normal, FAINT_INK);
    }
}

fn time_marks(canvas: &mut Canvas, field: &Field, chart: &Chart) {
    let bottom = field.top + field.height;
    canvas.line((field.left, bottom), (field.left + field.width, bottom), 2.0, AXIS);
    let mut free_from = i32::MIN;
    let mut dates: Vec<(i32, i32)> = Vec::new();
    let (first_row, second_row) = (pixel(bottom) + 12, pixel(bottom) + 12 + Size::Normal.height() + 4);
    for mark in times::marks(field.times.0, field.times.1, chart.zone) {
        let x = field.place((mark.at, field.values.low)).0;
        canvas.line((x, bottom), (x, bottom + 8.0), 2.0, AXIS);
        let width = Size::Normal.width(&mark.above);
        let left = (pixel(x) - width / 2).min(WIDTH - MARGIN - width).max(0);
        if left >= free_from {
            free_from = left + width + 16;
            canvas.text(left, first_row, &mark.above, Size::Normal, FAINT_INK);
        }
        if let Some(date) = mark.below {
            let width = Size::Normal.width(&date);
            let left = left.min(WIDTH - MARGIN - width);
            canvas.text(left, second_row, &date, Size::Normal, FAINT_INK);
            dates.push((left, left + width));
        }
    }
    let zone = chart.zone.name();
    let width = Size::Normal.width(zone);
    let is_free = |left: &i32| dates.iter().all(|(from, to)| left + width + 24 < *from || *left > to + 24);
    let rightmost = WIDTH - MARGIN - width;
    if let Some(left) = (MARGIN..=rightmost).rev().step_by(8).find(is_free) {
        canvas.text(left, second_row, zone, Size::Normal, FAINT_INK);
    }
}

fn threshold(canvas: &mut Canvas, field: &Field, chart: &Chart) {
    let Some(threshold) = &chart.threshold else { return };
    let Some(level) = threshold.level() else { return };
    let y = field.place((field.times.0, level)).1;
    let right = field.left + field.width;
    let dashes = (0..).map(|count| field.left + f64::from(count) * 22.0).take_while(|x| *x < right - 8.0);
    for x in dashes {
        canvas.line((x, y), (x + 12.0, y), 3.0, ALARM);
    }
    let label = format!("{} {}", legend::one_line(&threshold.name), chart.unit.show(threshold.value));
    let label = Size::Normal.fitted(label.trim(), pixel(field.width));
    let (width, height) = (f64::from(Size::Normal.width(&label)), f64::from(Size::Normal.height()));
    // Where no line goes through it, if there is such a place.
    let corners = [right - width, field.left + 8.0].map(|left| [y - height - 4.0, y + 6.0].map(|top| (left, top)));
    let corners = corners.concat();
    let points = || chart.drawn().iter().flat_map(|series| series.numbers()).map(|point| field.place(point));
    let is_within = |(left, top): (f64, f64), (x, y): (f64, f64)| {
        x > left - 12.0 && x < left + width + 12.0 && y > top - 4.0 && y < top + height + 4.0
    };
    let is_in_field = |top: f64| top > field.top - height && top + height < field.top + field.height;
    let is_free = |corner: &&(f64, f64)| is_in_field(corner.1) && !points().any(|point| is_within(**corner, point));
    if let Some((left, top)) = corners.iter().find(is_free).or(corners.first()) {
        canvas.text(pixel(*left), pixel(*top), &label, Size::Normal, ALARM);
    }
}

fn pixel(place: f64) -> i32 {
    place.round() as i32
}
