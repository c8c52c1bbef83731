//! What one result supports: its words, its numbers, its times.

use super::checkable::Checkable;
use crate::evidence::Evidence;
use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::LazyLock;

static NUMBER_IN_TEXT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(\d+(?:\.\d+)?)(?:%|(?:ms|s|m|h|d|x|[KMG]i?B?)?\b)").ok());

/// How much text of one result takes part: beyond it nothing is searched, so that a huge result costs bounded time.
const TEXT_LIMIT_BYTES: usize = 4 * 1024 * 1024;

/// The words, numbers and times of one successful result.
#[derive(Debug, Default)]
pub struct Support {
    text: String,
    numbers: Vec<f64>,
    times: Vec<DateTime<Utc>>,
}

impl Support {
    /// Of one look; `None` where it failed.
    pub fn of(evidence: &Evidence) -> Option<Self> {
        let envelope = evidence.result.as_ref().ok()?;
        let mut support = Self::default();
        support.read(&envelope.data);
        for part in [&envelope.hint, &envelope.source].into_iter().flatten() {
            support.read_text(part);
        }
        support.numbers.push(envelope.returned as f64);
        support.numbers.extend(envelope.total.map(|total| total as f64));
        support.times.extend(envelope.window.into_iter().flat_map(|window| [window.start, window.end]));
        if envelope.returned > 0 {
            // What was asked about and answered was inspected; its name counts, its numbers do not.
            evidence.call.arguments.values().filter_map(Value::as_str).for_each(|value| support.push_text(value));
        }
        support.numbers.sort_by(f64::total_cmp);
        Some(support)
    }

    /// Whether something checkable occurs here.
    pub fn holds(&self, checkable: &Checkable, now: DateTime<Utc>, zone: Tz) -> bool {
        match checkable {
            Checkable::Quote(quote) => self.holds_quote(quote),
            Checkable::Name(name) => self.holds_name(name),
            Checkable::State(word) => self.holds_word(&word.to_lowercase()),
            Checkable::Time(time) => self.times.iter().any(|at| shows(*at, time, zone)),
            Checkable::Number { value, tolerance, unit, .. } => self.holds_number(*value, *tolerance, unit, now),
        }
    }

    fn holds_quote(&self, quote: &str) -> bool {
        let clean = fold(quote);
        let shown = clean.split('…').next().unwrap_or(&clean);
        // ` · ` joins the members of a structured line, which stand apart in the source.
        shown.split(" · ").map(str::trim).all(|part| self.text.contains(part))
    }

    /// Each part of a path must occur: `shop/checkout` is told as two fields by the APIs.
    fn holds_name(&self, name: &str) -> bool {
        let lower = name.to_lowercase();
        let parts = || lower.split(['/', '=', ':']).filter(|part| !part.is_empty());
        self.holds_word(&lower) || (lower.contains(['/', '=', ':']) && parts().all(|part| self.holds_word(part)))
    }

    /// Whether a word occurs with neither a letter nor a digit beside it: `down` is not in `shutdown`, `cart-1` not in
    /// `cart-12`.
    fn holds_word(&self, word: &str) -> bool {
        self.text.match_indices(word).any(|(at, _)| {
            let before = self.text.get(..at).and_then(|text| text.chars().next_back());
            let after = self.text.get(at + word.len()..).and_then(|text| text.chars().next());
            !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
        })
    }

    fn holds_number(&self, value: f64, tolerance: f64, unit: &str, now: DateTime<Utc>) -> bool {
        let near = |scale: f64, slack: f64| self.has_number(value / scale, (tolerance + slack) / scale);
        let aged = |seconds: f64| {
            self.times.iter().any(|at| {
                let age = (now - *at).num_milliseconds() as f64 / 1000.0 / seconds;
                (age.abs() - value).abs() <= 0.5 + tolerance
            })
        };
        const KIB: f64 = 1024.0;
        match unit {
            "%" | "percent" => near(1.0, 0.0) || near(100.0, 0.0),
            "ms" | "milliseconds" => near(1.0, 0.0) || near(1_000.0, 0.0),
            "s" | "second" | "seconds" => near(1.0, 0.0) || near(0.001, 0.0) || aged(1.0),
            "m" | "min" | "minute" | "minutes" => near(1.0, 0.0) || near(1.0 / 60.0, 0.0) || aged(60.0),
            "h" | "hour" | "hours" => near(1.0, 0.0) || near(1.0 / 3_600.0, 0.0) || aged(3_600.0),
            "d" | "day" | "days" => near(1.0, 0.0) || near(1.0 / 86_400.0, 0.0) || aged(86_400.0),
            "kib" | "ki" => near(1.0, 0.0) || near(1.0 / KIB, 0.0),
            "mib" | "mi" => near(1.0, 0.0) || near(1.0 / (KIB * KIB), 0.0),
            "gib" | "gi" => near(1.0, 0.0) || near(1.0 / (KIB * KIB * KIB), 0.0),
            "kb" => near(1.0, 0.0) || near(1e-3, 0.0),
            "mb" => near(1.0, 0.0) || near(1e-6, 0.0),
            "gb" => near(1.0, 0.0) || near(1e-9, 0.0),
            "core" | "cores" => near(1.0, 0.0) || near(0.001, 0.0),
            "millicores" => near(1.0, 0.0) || near(1_000.0, 0.0),
            _ => near(1.0, 0.0),
        }
    }

    fn has_number(&self, value: f64, tolerance: f64) -> bool {
        let from = self.numbers.partition_point(|number| *number < value - tolerance);
        self.numbers.get(from).is_some_and(|number| *number <= value + tolerance)
    }

    fn read(&mut self, value: &Value) {
        match value {
            Value::Null => {}
            Value::Bool(flag) => self.push_text(if *flag { "true" } else { "false" }),
            Value::Number(number) => self.numbers.extend(number.as_f64()),
            Value::String(text) => self.read_text(text),
            Value::Array(items) => {
                self.numbers.push(items.len() as f64);
                items.iter().for_each(|item| self.read(item));
            }
            Value::Object(members) => {
                if members.values().all(Value::is_number) {
                    // A map such as check -> objects looked at: how many there are is told as well.
                    self.numbers.push(members.len() as f64);
                }
                self.count_rows(value);
                for (name, member) in members {
                    self.push_text(name);
                    match (name.as_str(), member) {
                        ("rows", Value::Array(rows)) => self.read_rows(rows),
                        ("columns", Value::Array(columns)) => {
                            columns.iter().filter_map(Value::as_str).for_each(|column| self.push_text(column))
                        }
                        _ => self.read(member),
                    }
                }
            }
        }
    }

    /// Rows of a table: how many there are counts, how many cells each has does not.
    fn read_rows(&mut self, rows: &[Value]) {
        self.numbers.push(rows.len() as f64);
        for row in rows {
            match row {
                Value::Array(cells) => cells.iter().for_each(|cell| self.read(cell)),
                other => self.read(other),
            }
        }
    }

    fn read_text(&mut self, text: &str) {
        // Most strings are names without a digit: neither a time nor a number is in them.
        if text.bytes().any(|byte| byte.is_ascii_digit()) {
            self.read_numbers(text);
        }
        self.push_text(text);
    }

    fn read_numbers(&mut self, text: &str) {
        if let Ok(at) = text.parse::<DateTime<Utc>>() {
            self.times.push(at);
        }
        if let Some(regex) = NUMBER_IN_TEXT.as_ref() {
            let found =
                regex.captures_iter(text).take(1_000).filter_map(|found| found.get(1)?.as_str().parse::<f64>().ok());
            self.numbers.extend(found);
        }
    }

    fn push_text(&mut self, text: &str) {
        if self.text.len() < TEXT_LIMIT_BYTES {
            self.text.push_str(&fold(text));
            self.text.push('\n');
        }
    }

    /// "2 pods are in CrashLoopBackOff" rests on rows that share a value: how many share each is a number of the
    /// result as well. The same for arrays of objects.
    fn count_rows(&mut self, value: &Value) {
        if let (Some(Value::Array(columns)), Some(Value::Array(rows))) = (value.get("columns"), value.get("rows")) {
            for index in 0..columns.len() {
                self.count(rows.iter().filter_map(|row| row.get(index)));
            }
            // Pairs such as ready and containers: rows in which the two agree.
            self.count_equal_pairs(columns.len(), rows);
            return;
        }
        for member in value.as_object().into_iter().flat_map(|members| members.values()) {
            if let Value::Array(items) = member {
                let names: std::collections::BTreeSet<&String> =
                    items.iter().filter_map(Value::as_object).flat_map(|object| object.keys()).collect();
                for name in names {
                    self.count(items.iter().filter_map(|item| item.get(name.as_str())));
                }
            }
        }
    }

    fn count<'v>(&mut self, values: impl Iterator<Item = &'v Value>) {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for value in values.filter(|value| !value.is_null() && !value.is_array() && !value.is_object()) {
            *counts.entry(value.to_string()).or_default() += 1;
        }
        self.numbers.extend(counts.values().map(|count| f64::from(*count)));
    }

    fn count_equal_pairs(&mut self, columns: usize, rows: &[Value]) {
        for first in 0..columns {
            for second in first + 1..columns {
                let equal = rows.iter().filter(|row| matches!((row.get(first), row.get(second)), (Some(Value::Number(a)), Some(Value::Number(b))) if a == b)).count();
                if equal > 0 {
                    self.numbers.push(equal as f64);
                }
            }
        }
    }
}

/// Lower case, with quotes and white space made alike, so that a quotation compares with its source.
fn fold(text: &str) -> String {
    text.to_lowercase().replace('`', "'").replace('\\', "").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether an instant, on the person's clock, is written so.
fn shows(at: DateTime<Utc>, written: &str, zone: Tz) -> bool {
    let local = at.with_timezone(&zone);
    let written = written.replace('T', " ");
    ["%H:%M", "%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d"]
        .iter()
        .any(|format| local.format(format).to_string() == written || at.format(format).to_string() == written)
}
