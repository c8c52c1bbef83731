//! Sparklines: the course of a series in one line of text.

use super::markdown::without_control;
use domain::observed::prometheus::Range;
use serde_json::Value;

const BLOCKS: &[char] = &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Characters of one line.
const WIDTH: usize = 40;

/// Series that are drawn.
const SERIES: usize = 4;

/// The course of values, scaled between their least and greatest. Values that are no numbers leave a gap.
pub fn line(values: &[f64]) -> String {
    let step = values.len().div_ceil(WIDTH).max(1);
    let means: Vec<f64> = values.chunks(step).map(|chunk| chunk.iter().sum::<f64>() / chunk.len() as f64).collect();
    let finite = || means.iter().copied().filter(|value| value.is_finite());
    let (least, greatest) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    means
        .iter()
        .map(|value| {
            if !value.is_finite() {
                return ' ';
            }
            let share = if greatest > least { (value - least) / (greatest - least) } else { 0.0 };
            let index = (share * (BLOCKS.len() - 1) as f64).round() as usize;
            BLOCKS.get(index).copied().unwrap_or('█')
        })
        .collect()
}

/// One line for each of the first series of a range result.
pub fn of_range(data: &Value) -> Vec<String> {
    let Ok(range) = serde_json::from_value::<Range>(data.clone()) else { return Vec::new() };
    range
        .series
        .iter()
        .take(SERIES)
        .map(|series| {
            let values: Vec<f64> = series.points.iter().map(|(_, value)| *value).collect();
            let labels = series
                .labels
                .iter()
                .filter(|(name, _)| *name != "__name__")
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join(" ");
            let labels = without_control(&labels);
            format!("{}  {:.4} → {:.4}  {labels}", line(&values), series.min, series.max)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{line, of_range};
    use serde_json::json;

    #[test]
    fn a_label_sends_nothing_to_the_terminal() {
        let data = json!({"series": [{"labels": {"pod": "a\u{1b}[2J"}, "points": [[1, 1.0]], "min": 1.0, "max": 1.0, "avg": 1.0, "last": 1.0}], "step": "1m"});
        assert!(of_range(&data).iter().all(|line| !line.contains('\u{1b}')));
    }

    #[test]
    fn a_course_is_scaled_to_its_own_range() {
        assert_eq!(line(&[0.0, 1.0, 2.0, 7.0]), "▁▂▃█");
        assert_eq!(line(&[5.0, 5.0]), "▁▁");
        assert_eq!(line(&[f64::NAN, 1.0]), " ▁");
        assert_eq!(line(&[]), "");
    }
}
