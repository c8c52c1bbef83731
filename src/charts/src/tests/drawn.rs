//! What is on the picture.

use super::*;
use crate::canvas::{Canvas, Colour};
use crate::draw::{COLOURS, draw};
use tiny_skia::{Pixmap, PremultipliedColorU8};

/// The columns in which a pixel has just this colour, within the field.
fn columns(canvas: &Canvas, colour: Colour) -> Vec<usize> {
    let width = usize::try_from(canvas.pixels.width()).unwrap();
    let rows = canvas.pixels.pixels().chunks(width).take(540);
    let is_colour = |pixel: &PremultipliedColorU8| [pixel.red(), pixel.green(), pixel.blue()] == colour;
    let mut found: Vec<usize> =
        rows.flat_map(|row| row.iter().enumerate().filter(|(_, pixel)| is_colour(pixel)).map(|(at, _)| at)).collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn widest_gap(columns: &[usize]) -> usize {
    columns.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0)
}

#[test]
fn no_line_goes_over_points_that_are_missing() {
    let whole = chart(vec![series("a", vec![1.0; 60])]);
    assert_eq!(widest_gap(&columns(&draw(&whole).unwrap(), COLOURS[0])), 1);

    let mut not_a_number = whole.clone();
    not_a_number.series[0].points[20..40].iter_mut().for_each(|point| point.1 = f64::NAN);
    let mut absent = whole.clone();
    absent.series[0].points.drain(20..40);
    for gap in [not_a_number, absent] {
        assert!(widest_gap(&columns(&draw(&gap).unwrap(), COLOURS[0])) > 300);
    }
}

#[test]
fn a_point_between_two_gaps_is_seen() {
    let mut lonely = chart(vec![series("a", vec![1.0; 60])]);
    lonely.series[0].points.retain(|(time, _)| *time == BEGIN + 1_800.0 || *time <= BEGIN + 60.0);
    let columns = columns(&draw(&lonely).unwrap(), COLOURS[0]);
    assert!(widest_gap(&columns) > 300 && columns.last().unwrap() - columns[0] > 900, "{columns:?}");
}

#[test]
fn each_series_has_its_colour_and_no_more_than_eight_are_drawn() {
    let many = chart((0..10).map(|number| series("s", vec![f64::from(number); 9])).collect());
    let canvas = draw(&many).unwrap();
    assert!(COLOURS.iter().all(|colour| !columns(&canvas, *colour).is_empty()));
    assert_eq!(many.not_drawn(), 2);
}

#[test]
fn the_axis_spans_the_time_that_was_asked_about() {
    let late = Chart { span: Some((BEGIN - 3_600.0, BEGIN + 540.0)), ..chart(vec![series("a", vec![1.0; 10])]) };
    let columns = columns(&draw(&late).unwrap(), COLOURS[0]);
    assert!(columns[0] > 900, "nothing is drawn where nothing was: {}", columns[0]);
}

#[test]
fn the_same_chart_gives_the_same_bytes_and_they_unpack_to_its_pixels() {
    let chart = chart(vec![series("a", [1.0, 3.0, 2.0])]);
    let bytes = render(&chart).unwrap();
    assert_eq!(bytes, render(&chart).unwrap());
    let canvas = draw(&chart).unwrap();
    assert_eq!(canvas.pixels.width(), 1_200);
    assert!(Pixmap::decode_png(&bytes).unwrap() == canvas.pixels);
    assert!(bytes.len() < 200_000, "{} bytes", bytes.len());
}

#[test]
fn there_is_no_picture_of_nothing_nor_of_too_much() {
    assert_eq!(render(&chart(Vec::new())), Err(ChartError::NoPoints));
    assert_eq!(render(&chart(vec![series("a", [f64::NAN, f64::INFINITY])])), Err(ChartError::NoPoints));
    let many = chart(vec![series("a", vec![1.0; MOST_POINTS + 1])]);
    assert_eq!(render(&many), Err(ChartError::TooManyPoints { points: MOST_POINTS + 1 }));
}

#[test]
fn as_many_points_as_are_taken_are_drawn_however_they_jump() {
    let jumps = |at: usize| (at * 7_919 % 10_007) as f64;
    let dense = chart(vec![series("a", (0..MOST_POINTS).map(jumps))]);
    let columns = columns(&draw(&dense).unwrap(), COLOURS[0]);
    assert!(columns.len() > 900 && widest_gap(&columns) == 1, "{} columns", columns.len());
}
