//! Why a result may be empty, in words. What has to be looked up for it is named as questions; the tools ask them.

use super::promql::{Checked, Selected, quoted};

/// A question whose answer tells why a selector finds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Question {
    /// Is there a metric of this name?
    Metric(String),
    /// Which values has this label on this metric, and is the wanted one among them?
    Label {
        /// The metric.
        metric: String,
        /// The label.
        label: String,
        /// What the query wants.
        wanted: String,
    },
}

/// The questions of a query, in the order in which they are worth asking; few.
pub(crate) fn questions(checked: &Checked) -> Vec<Question> {
    const MOST: usize = 5;
    let mut questions = Vec::new();
    for selected in checked.selected() {
        if let Some(metric) = &selected.metric {
            questions.push(Question::Metric(metric.clone()));
            questions.extend(labels(metric, &selected));
        }
    }
    questions.truncate(MOST);
    questions
}

fn labels<'a>(metric: &'a str, selected: &'a Selected) -> impl Iterator<Item = Question> + 'a {
    selected.matchers.iter().filter(|(_, operator, wanted)| *operator == "=" && !wanted.is_empty()).map(
        |(label, _, wanted)| Question::Label {
            metric: metric.to_owned(),
            label: label.clone(),
            wanted: wanted.clone(),
        },
    )
}

/// There is no such metric.
pub(crate) fn no_metric(metric: &str, nearest: &[String]) -> String {
    match nearest {
        [] => format!("there is no metric `{metric}`; find names with find_metrics"),
        names => format!("there is no metric `{metric}`; similar: {}", names.join(", ")),
    }
}

/// The label has other values, or none.
pub(crate) fn no_value(metric: &str, label: &str, wanted: &str, values: &[String]) -> String {
    const MOST: usize = 8;
    if values.is_empty() {
        return format!("`{metric}` has no label `{label}`");
    }
    let near = tools_common::args::nearest(wanted, values.iter().map(String::as_str));
    let mut shown: Vec<&str> = near.into_iter().collect();
    shown.extend(values.iter().map(String::as_str).filter(|value| Some(*value) != near).take(MOST));
    let more = values.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("`{metric}` has no {label}={}; its values: {}{more}", quoted(wanted), shown.join(", "))
}

/// Metric and labels exist; what else can it be?
pub(crate) fn otherwise(checked: &Checked, when: &str) -> String {
    if checked.compares() {
        return format!(
            "the comparison lets nothing through {when}: no series fulfils it (which may be the good news); ask without it to see the values"
        );
    }
    if matches!(checked, Checked::Unparsed) {
        return format!(
            "nothing {when}; the query uses a function that is not known here, so it could not be looked into"
        );
    }
    format!(
        "the metrics exist, but nothing matched {when}: no samples then (before the first scrape, after the target went away, or older than the retention), or the combination of labels does not occur; try a longer `since`, or fewer matchers"
    )
}

#[cfg(test)]
mod tests {
    use super::super::promql::check;
    use super::*;

    #[test]
    fn a_query_asks_about_its_metric_and_its_equal_labels() {
        let checked = check("rate(a_total{job=\"x\",code=~\"5..\",b=\"\"}[5m])").unwrap();
        assert_eq!(
            questions(&checked),
            [
                Question::Metric("a_total".into()),
                Question::Label { metric: "a_total".into(), label: "job".into(), wanted: "x".into() }
            ]
        );
    }

    #[test]
    fn a_missing_value_is_told_with_the_nearest_first() {
        let values = ["cart".to_owned(), "checkout".to_owned()];
        assert_eq!(no_value("a", "app", "chekout", &values), "`a` has no app=\"chekout\"; its values: checkout, cart");
        assert_eq!(no_value("a", "app", "x", &[]), "`a` has no label `app`");
    }
}
