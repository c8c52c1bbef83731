//! Shapes the answer of an instant query: largest first, not-a-number told apart from zero.

use super::api::{MatrixSeries, QueryData, VectorSample};
use domain::observed::prometheus::Sample;

/// The samples of an answer, and what could not be kept.
#[derive(Debug, Default)]
pub(crate) struct Shaped {
    pub samples: Vec<Sample>,
    /// What a reader must know: infinities, native histograms, ranges.
    pub notes: Vec<String>,
}

/// Takes the answer apart. `keep_order` where the query itself sorted.
pub(crate) fn shape(data: QueryData, keep_order: bool) -> Shaped {
    match data {
        QueryData::Vector(vector) => from_vector(vector, keep_order),
        QueryData::Scalar(point) => {
            Shaped { samples: vec![sample(Default::default(), point.value)], notes: Vec::new() }
        }
        QueryData::String((_, text)) => {
            Shaped { samples: Vec::new(), notes: vec![format!("the result is the text {text:?}")] }
        }
        QueryData::Matrix(matrix) => from_matrix(matrix, keep_order),
    }
}

fn from_vector(vector: Vec<VectorSample>, keep_order: bool) -> Shaped {
    let mut shaped = Shaped::default();
    let (mut infinite, mut histograms) = (0usize, 0usize);
    for series in vector {
        match series.value {
            Some(point) => {
                infinite += usize::from(point.value.is_infinite());
                shaped.samples.push(sample(series.metric, point.value));
            }
            None => histograms += 1,
        }
    }
    finish(&mut shaped, keep_order);
    if infinite > 0 {
        shaped.notes.push(format!("{infinite} values are infinite (a division by zero?) and stand as null"));
    }
    if histograms > 0 {
        shaped.notes.push(format!(
            "{histograms} native histograms are left out; ask for histogram_quantile or histogram_count of them"
        ));
    }
    shaped
}

/// A selector with a range gives every raw sample; the last one of each series is what a reader wants.
fn from_matrix(matrix: Vec<MatrixSeries>, keep_order: bool) -> Shaped {
    let mut shaped = Shaped::default();
    for series in matrix {
        if let Some(last) = series.values.last() {
            shaped.samples.push(sample(series.metric, last.value));
        }
    }
    finish(&mut shaped, keep_order);
    shaped.notes.push(
        "the query gives a range; the last value of each series is shown (take query_range for the course)".to_owned(),
    );
    shaped
}

fn sample(labels: domain::observed::prometheus::Labels, value: f64) -> Sample {
    Sample { labels, value: value.is_finite().then_some(value) }
}

fn finish(shaped: &mut Shaped, keep_order: bool) {
    if !keep_order {
        shaped.samples.sort_by(|left, right| {
            let key = |sample: &Sample| sample.value.unwrap_or(f64::NEG_INFINITY);
            key(right).total_cmp(&key(left)).then_with(|| left.labels.cmp(&right.labels))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::super::api::Point;
    use super::*;

    fn vector(values: &[f64]) -> QueryData {
        QueryData::Vector(
            values
                .iter()
                .map(|value| VectorSample { metric: Default::default(), value: Some(Point { at: 0.0, value: *value }) })
                .collect(),
        )
    }

    #[test]
    fn the_largest_stand_first_and_what_is_no_number_last() {
        let shaped = shape(vector(&[1.0, f64::NAN, 3.0, f64::INFINITY]), false);
        let values: Vec<Option<f64>> = shaped.samples.iter().map(|sample| sample.value).collect();
        assert_eq!(values, [Some(3.0), Some(1.0), None, None]);
        assert_eq!(shaped.notes.len(), 1);
    }

    #[test]
    fn an_order_of_the_query_is_kept() {
        let shaped = shape(vector(&[1.0, 3.0, 2.0]), true);
        assert_eq!(shaped.samples[0].value, Some(1.0));
    }
}
