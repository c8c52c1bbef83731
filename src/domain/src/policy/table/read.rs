//! Reading rows out of a value, with every mistake on the way.

use super::mistake::shown;
use super::{Example, IMPACTS, Mistake, NO_ROW, Row, SEVERITIES, WHOLE};
use crate::incident::{Impact, Severity};
use crate::policy::Verdict;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Rows that a table may have.
const MOST_ROWS: usize = 200;
/// Examples that a row may have.
const MOST_EXAMPLES: usize = 100;
/// Bytes of a name.
const NAME_BYTES: usize = 80;
/// Bytes of a reason.
const REASON_BYTES: usize = 600;

const ROW: &[&str] = &["name", "confidence", "severities", "impacts", "verdict", "reason", "examples"];
const RANGE: &[&str] = &["from", "below"];
const EXAMPLE: &[&str] = &["confidence", "severity", "impact", "verdict"];

/// The rows that could be read, and what is wrong with the others.
pub(super) fn rows(value: &Value) -> (Vec<Row>, Vec<Mistake>) {
    let mut mistakes = Vec::new();
    let found = |mistakes: &mut Vec<Mistake>, field: &str, accepted: String| {
        mistakes.push(Mistake::new("the table", field, shown(value.get(field)), accepted));
    };
    let Some(table) = value.as_object() else {
        return (Vec::new(), vec![Mistake::new("the table", "", shown(Some(value)), "a list of tables [[row]]")]);
    };
    for unknown in table.keys().filter(|key| *key != "row") {
        found(&mut mistakes, unknown, "only [[row]]".to_owned());
    }
    let list = table.get("row").and_then(Value::as_array).filter(|list| !list.is_empty() && list.len() <= MOST_ROWS);
    let Some(list) = list else {
        found(&mut mistakes, "row", format!("1 to {MOST_ROWS} tables [[row]]"));
        return (Vec::new(), mistakes);
    };
    let mut names = BTreeSet::new();
    let mut rows = Vec::new();
    for (place, value) in list.iter().enumerate() {
        let mut reader = Reader::of_row(place, value);
        let row = reader.row(value);
        if row.as_ref().is_some_and(|row| !names.insert(row.name.clone())) {
            reader.wrong("name", value.get("name"), "a name that no row before has");
        }
        mistakes.append(&mut reader.mistakes);
        rows.extend(row);
    }
    (rows, mistakes)
}

/// Reads one row and notes what is wrong with it.
struct Reader {
    row: String,
    mistakes: Vec<Mistake>,
}

impl Reader {
    fn of_row(place: usize, value: &Value) -> Self {
        let name = value.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
        let named = |name: &str| format!("row \"{}\"", name.chars().take(NAME_BYTES).collect::<String>());
        Self { row: name.map_or_else(|| format!("row {}", place + 1), named), mistakes: Vec::new() }
    }

    fn wrong(&mut self, field: &str, value: Option<&Value>, accepted: impl Into<String>) {
        self.mistakes.push(Mistake::new(&self.row, field, shown(value), accepted));
    }

    fn row(&mut self, value: &Value) -> Option<Row> {
        let fields = self.fields("", value, ROW)?;
        let name = self.text(fields, "name", NAME_BYTES);
        if name.as_deref() == Some(NO_ROW) {
            self.wrong("name", fields.get("name"), format!("any name but \"{NO_ROW}\", which stands for none"));
        }
        let range = self.range(fields.get("confidence"));
        let severities = self.choices("severities", fields.get("severities"), &SEVERITIES);
        let impacts = self.choices("impacts", fields.get("impacts"), &IMPACTS);
        let verdict = self.one_of("verdict", fields.get("verdict"), &Verdict::ALL);
        let reason = self.text(fields, "reason", REASON_BYTES);
        let examples = self.examples(fields.get("examples"));
        let (from, below) = range?;
        Some(Row {
            name: name?,
            from,
            below,
            severities: severities?.into_iter().collect::<BTreeSet<Severity>>(),
            impacts: impacts?.into_iter().collect::<BTreeSet<Impact>>(),
            verdict: verdict?,
            reason: reason?,
            examples: examples?,
        })
    }

    /// A table with no fields but the known.
    fn fields<'v>(&mut self, at: &str, value: &'v Value, known: &[&str]) -> Option<&'v Map<String, Value>> {
        let Some(fields) = value.as_object() else {
            self.wrong(at, Some(value), format!("a table with {}", known.join(", ")));
            return None;
        };
        let within = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
        for (key, value) in fields.iter().filter(|(key, _)| !known.contains(&key.as_str())) {
            self.wrong(&within(key), Some(value), format!("no such field; the fields are {}", known.join(", ")));
        }
        Some(fields)
    }

    fn text(&mut self, fields: &Map<String, Value>, field: &str, bytes: usize) -> Option<String> {
        let value = fields.get(field);
        let is_good = |text: &&str| {
            !text.trim().is_empty() && text.len() <= bytes && !text.chars().any(|c| c.is_control() && c != '\n')
        };
        let text = value.and_then(Value::as_str).filter(is_good);
        if text.is_none() {
            self.wrong(field, value, format!("a text of 1 to {bytes} bytes"));
        }
        text.map(|text| text.trim().to_owned())
    }

    fn per_mille(&mut self, at: &str, value: Option<&Value>) -> Option<u16> {
        let number = value.and_then(Value::as_u64).and_then(|number| u16::try_from(number).ok());
        let number = number.filter(|number| *number <= WHOLE);
        if number.is_none() {
            self.wrong(at, value, format!("a whole number from 0 to {WHOLE}, per mille"));
        }
        number
    }

    /// `"any"`, or from a confidence to below another.
    fn range(&mut self, value: Option<&Value>) -> Option<(u16, Option<u16>)> {
        const ACCEPTED: &str = "\"any\", or { from = 600, below = 700 } with one of the two or both";
        match value {
            Some(Value::String(any)) if any == "any" => return Some((0, None)),
            Some(Value::Object(range)) if !range.is_empty() => {}
            other => {
                self.wrong("confidence", other, ACCEPTED);
                return None;
            }
        }
        let fields = self.fields("confidence", value?, RANGE)?;
        let bound = |reader: &mut Self, key: &str| {
            let value = fields.get(key);
            value.map(|value| reader.per_mille(&format!("confidence.{key}"), Some(value)))
        };
        let (from, below) = (bound(self, "from"), bound(self, "below"));
        // A bound that is there and cannot be read must not become none.
        let from = from.unwrap_or(Some(0))?;
        let below = match below {
            Some(below) => Some(below?),
            None => None,
        };
        if below.is_some_and(|below| below <= from) {
            self.wrong("confidence", value, "a range whose beginning is less than its end");
            return None;
        }
        Some((from, below))
    }

    fn one_of<T: Copy + serde::Serialize>(&mut self, at: &str, value: Option<&Value>, all: &[T]) -> Option<T> {
        let choice = value.and_then(|value| all.iter().find(|choice| named(*choice) == *value));
        if choice.is_none() {
            self.wrong(at, value, format!("one of {}", names(all)));
        }
        choice.copied()
    }

    /// `"any"`, or a list without repetitions.
    fn choices<T: Copy + Ord + serde::Serialize>(
        &mut self,
        at: &str,
        value: Option<&Value>,
        all: &[T],
    ) -> Option<BTreeSet<T>> {
        if value.and_then(Value::as_str) == Some("any") {
            return Some(all.iter().copied().collect());
        }
        let list = value.and_then(Value::as_array).filter(|list| !list.is_empty());
        let Some(list) = list else {
            self.wrong(at, value, format!("\"any\", or a list of one or more of {}", names(all)));
            return None;
        };
        let mut chosen = BTreeSet::new();
        let mut is_whole = true;
        for (place, value) in list.iter().enumerate() {
            let at = format!("{at}[{place}]");
            match self.one_of(&at, Some(value), all) {
                Some(choice) if !chosen.insert(choice) => self.wrong(&at, Some(value), "each of them once"),
                Some(_) => {}
                None => is_whole = false,
            }
        }
        is_whole.then_some(chosen)
    }

    fn examples(&mut self, value: Option<&Value>) -> Option<Vec<Example>> {
        let list = value.and_then(Value::as_array).filter(|list| !list.is_empty() && list.len() <= MOST_EXAMPLES);
        let Some(list) = list else {
            self.wrong("examples", value, format!("1 to {MOST_EXAMPLES} examples with {}", EXAMPLE.join(", ")));
            return None;
        };
        let read = list.iter().enumerate().map(|(place, value)| self.example(&format!("examples[{place}]"), value));
        let read: Vec<Option<Example>> = read.collect();
        read.into_iter().collect()
    }

    fn example(&mut self, at: &str, value: &Value) -> Option<Example> {
        let fields = self.fields(at, value, EXAMPLE)?;
        let confidence = self.per_mille(&format!("{at}.confidence"), fields.get("confidence"));
        let severity = self.one_of(&format!("{at}.severity"), fields.get("severity"), &SEVERITIES);
        let impact = self.one_of(&format!("{at}.impact"), fields.get("impact"), &IMPACTS);
        let verdict = self.one_of(&format!("{at}.verdict"), fields.get("verdict"), &Verdict::ALL);
        Some(Example { confidence: confidence?, severity: severity?, impact: impact?, verdict: verdict? })
    }
}

/// The name of a choice in files, which is the one under which it is kept.
fn named<T: serde::Serialize>(choice: &T) -> Value {
    serde_json::to_value(choice).unwrap_or(Value::Null)
}

fn names<T: serde::Serialize>(all: &[T]) -> String {
    let names: Vec<String> = all.iter().map(|choice| named(choice).as_str().unwrap_or_default().to_owned()).collect();
    names.join(", ")
}
