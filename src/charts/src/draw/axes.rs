//! The axes: values across, times below.

use super::{AXIS, FAINT_INK, Field, GRID, MARGIN, WIDTH, pixel};
use crate::canvas::Canvas;
use crate::chart::Chart;
use crate::text::Size;
use crate::times;

/// Lines across the field, with what they stand for.
pub(super) fn values(canvas: &mut Canvas, field: &Field) {
    let right = field.left + field.width;
    for (value, label) in &field.values.lines {
        let y = field.place((field.times.0, *value)).1;
        canvas.line(&[(field.left, y), (right, y)], 2.0, GRID);
        let (left, top) = (pixel(field.left) - 12 - Size::Normal.width(label), pixel(y) - Size::Normal.height() / 2);
        canvas.text(left, top, label, Size::Normal, FAINT_INK);
    }
}

/// The axis below the field: marks, their times and dates, and whose clocks they are of.
pub(super) fn times(canvas: &mut Canvas, field: &Field, chart: &Chart) {
    let bottom = field.top + field.height;
    canvas.line(&[(field.left, bottom), (field.left + field.width, bottom)], 2.0, AXIS);
    let mut free_from = i32::MIN;
    let mut dates: Vec<(i32, i32)> = Vec::new();
    let (first_row, second_row) = (pixel(bottom) + 12, pixel(bottom) + 12 + Size::Normal.height() + 4);
    for mark in times::marks(field.times.0, field.times.1, chart.zone) {
        let x = field.place((mark.at, field.values.low)).0;
        canvas.line(&[(x, bottom), (x, bottom + 8.0)], 2.0, AXIS);
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
