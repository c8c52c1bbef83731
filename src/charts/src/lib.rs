//! A course of numbers over time as a picture: what a PromQL range query brought, as a PNG for a chat.
//!
//! Guarantees: pure functions; any numbers and any text give a picture or an error, never a panic; points that are missing
//! or not finite are gaps and no line goes over them; what is not drawn is counted in the legend; the same chart gives the
//! same bytes.
//!
//! Deliberately absent: asking for the numbers, and any other sort of chart.

mod canvas;
mod chart;
mod describe;
mod draw;
mod from_observed;
mod legend;
#[cfg(test)]
mod tests;
mod text;
mod times;
mod units;
mod values;

pub use chart::{Chart, ChartError, MOST_POINTS, MOST_SERIES, Series, Threshold};
pub use describe::describe;
pub use draw::render;
pub use units::Unit;
