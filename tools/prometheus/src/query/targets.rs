//! Scrape targets: what is down first.

use chrono::{DateTime, Utc};
use domain::observed::prometheus::{Labels, TargetRow};
use serde::Deserialize;
use std::collections::BTreeMap;

/// `/api/v1/targets`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Targets {
    #[serde(default)]
    pub active_targets: Vec<Target>,
}

/// One target.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target {
    #[serde(default)]
    pub labels: Labels,
    #[serde(default)]
    pub scrape_pool: String,
    #[serde(default)]
    pub scrape_url: String,
    #[serde(default)]
    pub last_error: String,
    pub last_scrape: Option<DateTime<Utc>>,
    #[serde(default)]
    pub health: String,
}

/// The targets as rows, down first, then unknown, then up.
pub(crate) fn rows(targets: Targets) -> Vec<TargetRow> {
    let mut rows: Vec<TargetRow> = targets.active_targets.into_iter().map(row).collect();
    rows.sort_by(|left, right| {
        rank(left).cmp(&rank(right)).then_with(|| (&left.job, &left.instance).cmp(&(&right.job, &right.instance)))
    });
    rows
}

fn row(target: Target) -> TargetRow {
    let mut labels = target.labels;
    let job = labels.remove("job").unwrap_or(target.scrape_pool);
    let instance = labels.remove("instance").unwrap_or_default();
    TargetRow {
        job,
        instance,
        health: target.health,
        last_error: Some(target.last_error).filter(|text| !text.is_empty()),
        scrape_url: target.scrape_url,
        // The year 1 is how the API says that it has not been scraped yet.
        last_scrape: target.last_scrape.filter(|at| at.timestamp() > 0),
        labels,
    }
}

fn rank(row: &TargetRow) -> u8 {
    match row.health.as_str() {
        "down" => 0,
        "unknown" => 1,
        _ => 2,
    }
}

/// `node: 12 of 13 up, prometheus: 1 of 1 up`, the worst job first.
pub(crate) fn per_job(rows: &[TargetRow]) -> String {
    const MOST: usize = 12;
    let mut jobs: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in rows {
        let (up, all) = jobs.entry(&row.job).or_default();
        *up += usize::from(row.health == "up");
        *all += 1;
    }
    let mut jobs: Vec<(&str, (usize, usize))> = jobs.into_iter().collect();
    jobs.sort_by_key(|(job, (up, all))| (std::cmp::Reverse(all - up), *job));
    let more = jobs.len().saturating_sub(MOST);
    let mut text: Vec<String> =
        jobs.into_iter().take(MOST).map(|(job, (up, all))| format!("{job}: {up} of {all} up")).collect();
    if more > 0 {
        text.push(format!("{more} more jobs"));
    }
    text.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_down_stands_first_and_jobs_are_counted() {
        let targets: Targets = serde_json::from_value(json!({"activeTargets": [
            {"labels": {"job": "node", "instance": "a:1", "rack": "r1"}, "scrapePool": "node", "scrapeUrl": "http://a:1/metrics",
             "lastError": "", "lastScrape": "2026-11-21T01:00:00.5Z", "lastScrapeDuration": 0.1, "health": "up"},
            {"labels": {"job": "node", "instance": "b:1"}, "scrapePool": "node", "scrapeUrl": "http://b:1/metrics",
             "lastError": "connection refused", "lastScrape": "2026-11-21T01:00:00Z", "health": "down"},
            {"labels": {}, "scrapePool": "new", "scrapeUrl": "u", "lastScrape": "0001-01-01T00:00:00Z", "health": "unknown"}
        ], "droppedTargets": []}))
        .unwrap();
        let rows = rows(targets);
        assert_eq!(rows[0].last_error.as_deref(), Some("connection refused"));
        assert_eq!((rows[1].job.as_str(), rows[1].last_scrape), ("new", None));
        assert_eq!(rows[2].labels["rack"], "r1");
        assert_eq!(per_job(&rows), "new: 0 of 1 up, node: 1 of 2 up");
    }
}
