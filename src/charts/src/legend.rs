//! What is what: the name and the last value of each line, and what is not drawn.

use crate::canvas::{Canvas, Colour};
use crate::chart::{Chart, Series};
use crate::draw::{COLOURS, FAINT_INK, INK, MARGIN, WIDTH};
use crate::text::{Size, one_line};

const ROW_HEIGHT: i32 = 44;
/// Pixels of the stroke of a line's colour, with what is behind it.
const STROKE: i32 = 52;

/// One entry of the legend.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    /// None for what is not drawn.
    pub colour: Option<Colour>,
    pub text: String,
}

/// The entries, row by row: side by side where all of them fit so.
pub(crate) fn rows(chart: &Chart) -> Vec<Vec<Entry>> {
    let half = WIDTH / 2 - MARGIN - STROKE - 16;
    let all = |width| -> Vec<Entry> {
        let lines = chart.drawn().iter().zip(COLOURS);
        let lines = lines.map(|(series, colour)| Entry { colour: Some(colour), text: text(chart, series, width) });
        let more = format!("+ {} more, not drawn", chart.not_drawn());
        let more = (chart.not_drawn() > 0).then_some(Entry { colour: None, text: more });
        lines.chain(more).collect()
    };
    let whole = all(WIDTH - 2 * MARGIN - STROKE);
    let fit_in_half = whole.iter().all(|entry| Size::Normal.width(&entry.text) <= half);
    let columns = if whole.len() > 3 && fit_in_half { 2 } else { 1 };
    whole.chunks(columns).map(<[Entry]>::to_vec).collect()
}

fn text(chart: &Chart, series: &Series, width: i32) -> String {
    let last = series.numbers().last().map_or_else(|| "no value".to_owned(), |(_, value)| chart.unit.show(*value));
    let name = one_line(&series.name);
    let name = Size::Normal.fitted_in_middle(&name, width - Size::Normal.width(&last) - Size::Normal.width("  "));
    format!("{name}  {last}")
}

/// Pixels that the rows take.
pub(crate) fn height(rows: &[Vec<Entry>]) -> i32 {
    i32::try_from(rows.len()).unwrap_or(0).saturating_mul(ROW_HEIGHT)
}

/// Writes the rows, the upper edge of the first here.
pub(crate) fn write(canvas: &mut Canvas, rows: &[Vec<Entry>], top: i32) {
    for (row, top) in rows.iter().zip((top..).step_by(usize::try_from(ROW_HEIGHT).unwrap_or(1))) {
        for (entry, left) in row.iter().zip([MARGIN, WIDTH / 2]) {
            let middle = f64::from(top + ROW_HEIGHT / 2);
            if let Some(colour) = entry.colour {
                let stroke = [(f64::from(left + 6), middle), (f64::from(left + STROKE - 16), middle)];
                canvas.line(&stroke, 8.0, colour);
            }
            let ink = if entry.colour.is_some() { INK } else { FAINT_INK };
            let text_top = top + (ROW_HEIGHT - Size::Normal.height()) / 2;
            canvas.text(left + STROKE, text_top, &entry.text, Size::Normal, ink);
        }
    }
}
