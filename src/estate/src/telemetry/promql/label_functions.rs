//! `label_replace` and `label_join`: functions that change labels and leave the values.

use promql_parser::parser::Call;
use regex::Regex;

use super::aggregate::is_label_name;
use super::calls::argument;
use super::error::QueryError;
use super::evaluate::Evaluator;
use super::grid::{Grid, Track, join_equal};

impl Evaluator<'_> {
    pub(super) fn label_replace(&self, call: &Call, grid: &Grid) -> Result<Vec<Track>, QueryError> {
        let tracks = self.vector(argument(call, 0)?, grid)?;
        let target = self.text(argument(call, 1)?, grid)?;
        let replacement = self.text(argument(call, 2)?, grid)?;
        let origin = self.text(argument(call, 3)?, grid)?;
        let pattern = self.text(argument(call, 4)?, grid)?;
        let regex = Regex::new(&format!("^(?:{pattern})$"))
            .map_err(|_| QueryError::execution(format!("invalid regular expression in label_replace(): {pattern}")))?;
        if !is_label_name(&target) {
            return Err(QueryError::execution(format!("invalid destination label name in label_replace(): {target}")));
        }
        let each = tracks.into_iter().map(|mut track| {
            let value = track.labels.get(&origin).to_owned();
            if let Some(captures) = regex.captures(&value) {
                let mut expanded = String::new();
                captures.expand(&replacement, &mut expanded);
                track.labels.set(target.clone(), expanded);
            }
            track
        });
        join_equal(each.collect())
    }

    pub(super) fn label_join(&self, call: &Call, grid: &Grid) -> Result<Vec<Track>, QueryError> {
        let tracks = self.vector(argument(call, 0)?, grid)?;
        let target = self.text(argument(call, 1)?, grid)?;
        let separator = self.text(argument(call, 2)?, grid)?;
        let mut origins = Vec::new();
        for origin in call.args.args.iter().skip(3) {
            origins.push(self.text(origin, grid)?);
        }
        if !is_label_name(&target) {
            return Err(QueryError::execution(format!("invalid destination label name in label_join(): {target}")));
        }
        let each = tracks.into_iter().map(|mut track| {
            let parts: Vec<&str> = origins.iter().map(|origin| track.labels.get(origin)).collect();
            let joined = parts.join(&separator);
            track.labels.set(target.clone(), joined);
            track
        });
        join_equal(each.collect())
    }
}
