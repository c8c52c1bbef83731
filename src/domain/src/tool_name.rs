//! The names of tools nearest to one that does not exist.
//!
//! Guarantee: the answer depends on the names alone, never on their order.

/// How alike two names must be to be worth a mention, of 1.
const LIKENESS: f64 = 0.55;

/// Names that are told at most.
const TOLD: usize = 3;

/// The names most like the wanted one, best first; empty when none is like it.
///
/// A tool's bare name counts as well as its full one: models leave the server's prefix out, or write it with a dot.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let wanted = wanted.to_ascii_lowercase().replace(['.', '/', ':', '-', ' '], "_");
    let mut scored: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (likeness(&wanted, &name.to_ascii_lowercase()), name))
        .filter(|(score, _)| *score >= LIKENESS)
        .collect();
    scored.sort_by(|(left, a), (right, b)| right.total_cmp(left).then_with(|| a.cmp(b)));
    scored.into_iter().take(TOLD).map(|(_, name)| name).collect()
}

/// How alike a wanted name and a known one are, of 1.
fn likeness(wanted: &str, name: &str) -> f64 {
    let alike = strsim::normalized_damerau_levenshtein;
    match (name.split_once('_'), wanted.split_once('_')) {
        // A long common prefix would make everything alike: within one server only the rest counts.
        (Some((server, bare)), Some((wanted_server, wanted_bare))) if server == wanted_server => {
            alike(wanted_bare, bare)
        }
        // A little less than a match in full, so that `kubernetes_list` wins over `x_kubernetes_list`.
        (Some((_, bare)), _) => alike(wanted, name).max(0.99 * alike(wanted, bare)),
        (None, _) => alike(wanted, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_and_missing_prefixes_are_found() {
        let names = ["kubernetes_list", "kubernetes_logs", "kubernetes_get", "prometheus_query", "prometheus_rules"];
        let cases: [(&str, Option<&str>); 8] = [
            ("kubernetes_lst", Some("kubernetes_list")),
            ("logs", Some("kubernetes_logs")),
            ("prometheus.query", Some("prometheus_query")),
            ("Prometheus/Rules", Some("prometheus_rules")),
            ("query", Some("prometheus_query")),
            ("send_email", None),
            ("kubernetes_delete_pod", None),
            ("kubernets_list", Some("kubernetes_list")),
        ];
        for (wanted, first) in cases {
            assert_eq!(nearest(wanted, names).first().copied(), first, "{wanted}");
        }
    }
}
