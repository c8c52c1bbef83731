//! The level that the values are compared with.

use super::{ALARM, Field, pixel};
use crate::canvas::Canvas;
use crate::chart::Chart;
use crate::text::{Size, one_line};

/// The level as a line of dashes, with its name.
pub(super) fn write(canvas: &mut Canvas, field: &Field, chart: &Chart) {
    let Some(threshold) = &chart.threshold else { return };
    let Some(level) = threshold.level() else { return };
    let y = field.place((field.times.0, level)).1;
    let right = field.left + field.width;
    canvas.dashes(&[(field.left, y), (right, y)], 3.0, ALARM, (14.0, 8.0));
    let label = format!("{} {}", one_line(&threshold.name), chart.unit.show(threshold.value));
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
