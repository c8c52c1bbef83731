//! Charts of what an answer rests on: the results of PromQL range queries, as PNG.

use crate::api::Upload;
use bytes::Bytes;
use charts::{Chart, describe, render};
use chrono_tz::Tz;
use domain::evidence::Evidence;

/// Charts of one answer at most: more are noise on a phone.
const CHARTS: usize = 3;

/// Characters of what Slack shows above a picture, and of what it tells those who cannot see it.
const TITLE_CHARACTERS: usize = 200;
const ALT_CHARACTERS: usize = 1_000;

/// The charts of these looks, named by look and turn.
pub fn of(evidence: &[Evidence], zone: Tz, mark: &str) -> Vec<Upload> {
    evidence.iter().filter_map(|look| picture(look, zone, mark)).take(CHARTS).collect()
}

fn picture(look: &Evidence, zone: Tz, mark: &str) -> Option<Upload> {
    let chart = Chart::of_evidence(look, zone)?;
    match render(&chart) {
        Ok(png) => Some(Upload {
            name: format!("chart-{}-{mark}.png", look.id),
            title: head(&chart.title, TITLE_CHARACTERS),
            alt: Some(head(&describe(&chart), ALT_CHARACTERS)),
            bytes: Bytes::from(png),
        }),
        Err(error) => {
            tracing::debug!(look = %look.id, %error, "a chart is not drawn");
            None
        }
    }
}

fn head(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
