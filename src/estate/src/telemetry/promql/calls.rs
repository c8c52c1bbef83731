//! Function calls: which arguments a function takes and what becomes of its labels.

use promql_parser::label::MatchOp;
use promql_parser::parser::value::ValueType;
use promql_parser::parser::{Call, Expr};

use super::super::series::{Labels, METRIC_NAME, Sample};
use super::error::QueryError;
use super::evaluate::{Evaluator, map_values};
use super::grid::{Grid, Track, Value, join_equal};
use super::range_functions::{Window, WindowFunction};
use super::selectors::all_matchers;
use super::{histogram, instant_functions, range_functions};

impl Evaluator<'_> {
    pub(super) fn call(&self, call: &Call, grid: &Grid) -> Result<Value, QueryError> {
        let name = call.func.name;
        if let Some(function) = range_functions::named(name) {
            return self.over_windows(call, function, grid).map(Value::Vector);
        }
        if let Some(function) = instant_functions::named(name) {
            let argument = match call.args.args.first() {
                Some(argument) => self.vector(argument, grid)?,
                // Only the functions of the calendar may stand alone: they then take the time of the step.
                None => vec![Track { labels: Labels::default(), values: step_seconds(grid).map(Some).collect() }],
            };
            return map_values(argument, function).map(Value::Vector);
        }
        match name {
            "time" => Ok(Value::Scalar(step_seconds(grid).collect())),
            "pi" => Ok(Value::Scalar(vec![std::f64::consts::PI; grid.count])),
            "scalar" => self.to_scalar(argument(call, 0)?, grid).map(Value::Scalar),
            "vector" => self.vector(argument(call, 0)?, grid).map(Value::Vector),
            "timestamp" => self.timestamp(argument(call, 0)?, grid).map(Value::Vector),
            "absent" => self.absent(argument(call, 0)?, grid).map(Value::Vector),
            "absent_over_time" => self.absent_over_time(argument(call, 0)?, grid).map(Value::Vector),
            "histogram_quantile" => {
                let quantile = self.scalar(argument(call, 0)?, grid)?;
                let buckets = self.vector(argument(call, 1)?, grid)?;
                Ok(Value::Vector(histogram::quantiles(&quantile, buckets, grid)))
            }
            "round" | "clamp" | "clamp_min" | "clamp_max" => self.bounded(call, grid).map(Value::Vector),
            "sort" => self.sorted(call, grid, false).map(Value::Vector),
            "sort_desc" => self.sorted(call, grid, true).map(Value::Vector),
            "label_replace" => self.label_replace(call, grid).map(Value::Vector),
            "label_join" => self.label_join(call, grid).map(Value::Vector),
            _ => Err(QueryError::Parse(format!("unknown function with name \"{name}\""))),
        }
    }

    fn over_windows(&self, call: &Call, function: WindowFunction, grid: &Grid) -> Result<Vec<Track>, QueryError> {
        let mut range = None;
        let mut scalars: Vec<Vec<f64>> = Vec::new();
        for argument in &call.args.args {
            if argument.value_type() == ValueType::Matrix {
                range = Some(self.windows(argument, grid)?);
            } else {
                scalars.push(self.scalar(argument, grid)?);
            }
        }
        let windows = range.ok_or_else(|| QueryError::Parse(format!("{} needs a range vector", call.func.name)))?;
        grid.allow(windows.series.len())?;
        check_smoothing(call, &scalars)?;
        let keeps_name = call.func.name == "last_over_time";
        let parameters: Vec<Vec<f64>> = (0..grid.count)
            .map(|step| scalars.iter().map(|values| values.get(step).copied().unwrap_or(f64::NAN)).collect())
            .collect();
        let mut tracks = Vec::with_capacity(windows.series.len());
        for series in &windows.series {
            let samples: Vec<Sample> = series.samples.iter().copied().filter(|sample| !sample.is_stale()).collect();
            let values = grid.times().zip(&windows.ends_ms).zip(&parameters).map(|((step_ms, end_ms), parameters)| {
                let start_ms = end_ms.saturating_sub(windows.range_ms);
                let from = samples.partition_point(|sample| sample.at_ms < start_ms);
                let to = samples.partition_point(|sample| sample.at_ms <= *end_ms);
                let samples = samples.get(from..to).filter(|inside| !inside.is_empty())?;
                function(&Window { samples, start_ms, end_ms: *end_ms, step_ms, parameters })
            });
            let values: Vec<Option<f64>> = values.collect();
            if values.iter().any(Option::is_some) {
                let labels = if keeps_name { series.labels.clone() } else { series.labels.clone().without_name() };
                tracks.push(Track { labels, values });
            }
        }
        join_equal(tracks)
    }

    fn to_scalar(&self, argument: &Expr, grid: &Grid) -> Result<Vec<f64>, QueryError> {
        let tracks = self.vector(argument, grid)?;
        let single = |step: usize| {
            let mut present = tracks.iter().filter_map(|track| track.at(step));
            match (present.next(), present.next()) {
                (Some(value), None) => value,
                _ => f64::NAN,
            }
        };
        Ok((0..grid.count).map(single).collect())
    }

    /// The time of the sample itself where a selector stands, of the step elsewhere.
    fn timestamp(&self, argument: &Expr, grid: &Grid) -> Result<Vec<Track>, QueryError> {
        let mut inner = argument;
        while let Expr::Paren(paren) = inner {
            inner = &paren.expr;
        }
        let tracks = match inner {
            Expr::VectorSelector(selector) => {
                self.vector_selector(selector, grid, |sample| sample.at_ms as f64 / 1000.0)?
            }
            other => {
                let stamp = |track: Track| Track {
                    values: track.values.iter().zip(step_seconds(grid)).map(|(v, at)| v.map(|_| at)).collect(),
                    labels: track.labels,
                };
                self.vector(other, grid)?.into_iter().map(stamp).collect()
            }
        };
        map_values(tracks, |value| value)
    }

    fn absent(&self, argument: &Expr, grid: &Grid) -> Result<Vec<Track>, QueryError> {
        let tracks = self.vector(argument, grid)?;
        let values = (0..grid.count).map(|step| tracks.iter().all(|track| track.at(step).is_none()).then_some(1.0));
        Ok(vec![Track { values: values.collect(), labels: labels_of_absence(argument) }])
    }

    fn absent_over_time(&self, argument: &Expr, grid: &Grid) -> Result<Vec<Track>, QueryError> {
        let windows = self.windows(argument, grid)?;
        let values = windows.ends_ms.iter().map(|end_ms| {
            let start_ms = end_ms.saturating_sub(windows.range_ms);
            let inside = |sample: &Sample| sample.at_ms >= start_ms && sample.at_ms <= *end_ms && !sample.is_stale();
            let found = windows.series.iter().any(|series| series.samples.iter().any(inside));
            (!found).then_some(1.0)
        });
        Ok(vec![Track { values: values.collect(), labels: labels_of_absence(argument) }])
    }

    fn bounded(&self, call: &Call, grid: &Grid) -> Result<Vec<Track>, QueryError> {
        let tracks = self.vector(argument(call, 0)?, grid)?;
        let mut scalars = Vec::new();
        for argument in call.args.args.iter().skip(1) {
            scalars.push(self.scalar(argument, grid)?);
        }
        let change = instant_functions::bounding(call.func.name);
        let parameter = |index: usize, step: usize| scalars.get(index).and_then(|v| v.get(step)).copied();
        let each = tracks.into_iter().map(|track| Track {
            values: (track.values.iter().enumerate())
                .map(|(step, value)| change((*value)?, parameter(0, step), parameter(1, step)))
                .collect(),
            labels: track.labels.without_name(),
        });
        join_equal(each.filter(|track| track.values.iter().any(Option::is_some)).collect())
    }

    /// Order matters only in an instant query; a range result is sorted by labels anyway.
    fn sorted(&self, call: &Call, grid: &Grid, descending: bool) -> Result<Vec<Track>, QueryError> {
        let mut tracks = self.vector(argument(call, 0)?, grid)?;
        let key = |track: &Track| track.at(0).unwrap_or(f64::NAN);
        tracks.sort_by(|left, right| {
            let (left, right) = (key(left), key(right));
            let order = if descending { right.total_cmp(&left) } else { left.total_cmp(&right) };
            left.is_nan().cmp(&right.is_nan()).then(order)
        });
        Ok(tracks)
    }
}

/// The argument at a position; the parser has checked that it is there.
pub(super) fn argument(call: &Call, index: usize) -> Result<&Expr, QueryError> {
    let found = call.args.args.get(index).map(AsRef::as_ref);
    found.ok_or_else(|| QueryError::Parse(format!("{} needs more than {index} argument(s)", call.func.name)))
}

fn step_seconds(grid: &Grid) -> impl Iterator<Item = f64> + use<> {
    grid.times().map(|at_ms| at_ms as f64 / 1000.0)
}

fn check_smoothing(call: &Call, scalars: &[Vec<f64>]) -> Result<(), QueryError> {
    if call.func.name != "holt_winters" {
        return Ok(());
    }
    for (kind, factors) in ["smoothing", "trend"].iter().zip(scalars) {
        if let Some(factor) = factors.iter().find(|factor| !(**factor > 0.0 && **factor < 1.0)) {
            return Err(QueryError::execution(format!(
                "invalid {kind} factor. Expected: 0 < {} < 1, got: {factor:.6}",
                if *kind == "smoothing" { "sf" } else { "tf" }
            )));
        }
    }
    Ok(())
}

/// What can be said of something that is not there: what its selector demands by equality, once.
fn labels_of_absence(expression: &Expr) -> Labels {
    let selector = match expression {
        Expr::VectorSelector(selector) => selector,
        Expr::MatrixSelector(matrix) => &matrix.vs,
        Expr::Paren(inner) => return labels_of_absence(&inner.expr),
        _ => return Labels::default(),
    };
    let matchers = all_matchers(selector);
    let unique = |name: &str| matchers.iter().filter(|matcher| matcher.name == name).count() == 1;
    let told = matchers
        .iter()
        .filter(|matcher| matcher.op == MatchOp::Equal && matcher.name != METRIC_NAME && unique(&matcher.name));
    Labels::from_pairs(told.map(|matcher| (matcher.name.clone(), matcher.value.as_str())))
}
