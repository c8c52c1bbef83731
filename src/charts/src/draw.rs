//! The picture: title, axes, lines, legend. Sizes are chosen so that a phone, which shows it a third as large, can be read.

mod axes;
mod threshold;

use crate::canvas::{Canvas, Colour};
use crate::chart::{Chart, ChartError, MOST_POINTS, ends, time_span};
use crate::legend;
use crate::text::{Size, one_line};
use crate::values::ValueAxis;

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
    draw(chart)?.pack()
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
    let no_room = || ChartError::Packing(format!("there is no room for {WIDTH} times {height} pixels"));
    let mut canvas = Canvas::new(WIDTH, height, PAPER).ok_or_else(no_room)?;
    let field = Field {
        left: f64::from(left),
        top: f64::from(TITLE_HEIGHT),
        width: f64::from(WIDTH - left - MARGIN - 16),
        height: f64::from(FIELD_HEIGHT),
        times,
        values,
    };
    let title = Size::Title.fitted(&one_line(&chart.title), WIDTH - 2 * MARGIN);
    canvas.text(MARGIN, MARGIN - 4, &title, Size::Title, INK);
    axes::values(&mut canvas, &field);
    axes::times(&mut canvas, &field, chart);
    threshold::write(&mut canvas, &field, chart);
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
    // A point alone is no line: it would be lost.
    let thickness = if places.len() == 1 { 12.0 } else { 4.0 };
    canvas.line(&places, thickness, colour);
}

fn pixel(place: f64) -> i32 {
    place.round() as i32
}
