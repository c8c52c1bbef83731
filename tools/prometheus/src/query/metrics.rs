//! Finds metrics by words: names first, then what their help says.

use domain::observed::prometheus::MetricRow;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One entry of `/api/v1/metadata`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Metadata {
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default)]
    pub help: String,
    #[serde(default)]
    pub unit: String,
}

/// Metadata by metric family.
pub(crate) type MetadataByName = BTreeMap<String, Vec<Metadata>>;

/// The metrics that the words fit, best first. No words: all, in the order of their names.
pub(crate) fn find(names: &[String], metadata: &MetadataByName, words: &str) -> Vec<MetricRow> {
    let words: Vec<String> = words
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_' && letter != ':')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    let mut scored: Vec<(u32, MetricRow)> = names
        .iter()
        .filter_map(|name| {
            let told = told(name, metadata);
            let score = score(name, told.map(|told| told.help.as_str()).unwrap_or_default(), &words)?;
            Some((score, row(name, told)))
        })
        .collect();
    scored.sort_by(|left, right| right.0.cmp(&left.0).then_with(|| left.1.name.cmp(&right.1.name)));
    scored.into_iter().map(|(_, row)| row).collect()
}

/// The name under which a server may keep the metadata of a series: without the suffix of histograms and summaries.
pub(crate) fn family(name: &str) -> &str {
    ["_bucket", "_count", "_sum"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name)
}

/// Series of histograms and summaries carry a suffix that their family does not have.
pub(crate) fn told<'a>(name: &str, metadata: &'a MetadataByName) -> Option<&'a Metadata> {
    let family =
        || ["_bucket", "_count", "_sum", "_total"].iter().find_map(|suffix| metadata.get(name.strip_suffix(suffix)?));
    metadata.get(name).or_else(family).and_then(|entries| entries.first())
}

pub(crate) fn row(name: &str, told: Option<&Metadata>) -> MetricRow {
    let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    MetricRow {
        name: name.to_owned(),
        kind: told
            .map(|told| told.kind.clone())
            .filter(|kind| !kind.is_empty())
            .unwrap_or_else(|| guess(name).to_owned()),
        help: told.and_then(|told| text(&told.help)),
        unit: told.and_then(|told| text(&told.unit)),
    }
}

fn guess(name: &str) -> &'static str {
    if name.ends_with("_total") {
        "counter"
    } else if name.ends_with("_bucket") {
        "histogram"
    } else {
        "unknown"
    }
}

/// `None` where a word fits nowhere.
fn score(name: &str, help: &str, words: &[String]) -> Option<u32> {
    let (name, help) = (name.to_lowercase(), help.to_lowercase());
    let mut sum = 0;
    for word in words {
        sum += if name == *word {
            100
        } else if name.starts_with(word.as_str()) {
            30
        } else if name.split(['_', ':']).any(|part| part == word) {
            20
        } else if name.contains(word.as_str()) {
            10
        } else if help.contains(word.as_str()) {
            3
        } else {
            return None;
        };
    }
    // Of two that fit alike, the shorter name is the more general one.
    Some(sum * 100 + 100u32.saturating_sub(u32::try_from(name.len()).unwrap_or(u32::MAX)))
}

/// The names most like `wanted`, best first.
pub(crate) fn nearest(names: &[String], wanted: &str, most: usize) -> Vec<String> {
    const ALIKE: f64 = 0.80;
    let wanted_words: Vec<&str> = wanted.split('_').collect();
    let mut scored: Vec<(f64, &String)> = names
        .iter()
        .map(|name| {
            let shared = name.split('_').filter(|part| part.len() > 2 && wanted_words.contains(part)).count();
            let bonus = 0.05 * f64::from(u32::try_from(shared).unwrap_or(0));
            (strsim::jaro_winkler(name, wanted) + bonus, name)
        })
        .filter(|(score, _)| *score >= ALIKE)
        .collect();
    scored.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(right.1)));
    scored.into_iter().take(most).map(|(_, name)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Vec<String> {
        [
            "http_requests_total",
            "http_request_duration_seconds_bucket",
            "node_memory_MemFree_bytes",
            "up",
            "process_open_fds",
        ]
        .map(str::to_owned)
        .to_vec()
    }

    #[test]
    fn words_find_names_and_helps() {
        let metadata = MetadataByName::from([(
            "http_request_duration_seconds".to_owned(),
            vec![Metadata { kind: "histogram".into(), help: "How long requests took.".into(), unit: String::new() }],
        )]);
        let cases = [("http", 2), ("http duration", 1), ("took", 1), ("memory", 1), ("nothing_like_it", 0), ("", 5)];
        for (words, wanted) in cases {
            assert_eq!(find(&names(), &metadata, words).len(), wanted, "{words}");
        }
        let found = find(&names(), &metadata, "http");
        assert_eq!((found[0].name.as_str(), found[0].kind.as_str()), ("http_requests_total", "counter"));
        assert_eq!(found[1].kind, "histogram");
    }

    #[test]
    fn a_misspelt_name_has_neighbours() {
        assert_eq!(nearest(&names(), "http_request_total", 1), ["http_requests_total"]);
        assert!(nearest(&names(), "zzz", 3).is_empty());
    }
}
