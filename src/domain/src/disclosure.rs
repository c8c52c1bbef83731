//! What may leave the house: which sources and namespaces a model endpoint may be shown.
//!
//! A rule for the model only. The playbook brain and the person see everything; the model is told that something was
//! kept back, never what.

use crate::envelope::{Envelope, Failure, FailureKind};
use crate::evidence::ToolCall;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The rule of one model endpoint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disclosure {
    /// Servers whose results the endpoint may see; `None` means all.
    pub sources: Option<Vec<String>>,
    /// Patterns of namespaces of which it may see nothing; `*` stands for any run of characters.
    pub denied_namespaces: Vec<String>,
}

impl Disclosure {
    /// Refuses a call whose answer could not be shown at all.
    ///
    /// # Errors
    /// [`FailureKind::Refused`], with the setting that decides.
    pub fn permits(&self, server: &str, call: &ToolCall) -> Result<(), Failure> {
        if let Some(sources) = &self.sources
            && !sources.iter().any(|source| source == server)
        {
            return Err(Failure::new(
                FailureKind::Refused,
                format!("results of {server} may not be shown to this model"),
            )
            .with_hint("the setting model.allow_sources decides"));
        }
        let spelled = call.arguments.values().filter_map(Value::as_str).find_map(|text| self.denied_word(text));
        match spelled {
            Some(namespace) => {
                Err(Failure::new(FailureKind::Refused, format!("namespace {namespace} may not be shown to this model"))
                    .with_hint("the setting model.deny_namespaces decides"))
            }
            None => Ok(()),
        }
    }

    /// The result as the model may see it, and how many items were kept back.
    pub fn view(&self, envelope: &Envelope) -> (Envelope, usize) {
        if self.denied_namespaces.is_empty() {
            return (envelope.clone(), 0);
        }
        let mut shown = envelope.clone();
        let mut kept_back = 0;
        self.prune(&mut shown.data, &mut kept_back);
        // Hints and reasons are written for people: they may name what the model may not see.
        shown.hint = (kept_back > 0).then(|| format!("{kept_back} items were kept back by the settings"));
        shown.not_looked = shown.not_looked.iter().map(|reason| self.text(reason)).collect();
        (shown, kept_back)
    }

    /// Whether anything at all is kept from the model.
    pub fn is_restricted(&self) -> bool {
        self.sources.is_some() || !self.denied_namespaces.is_empty()
    }

    /// A failure's text as the model may see it.
    pub fn text(&self, text: &str) -> String {
        if self.denied_word(text).is_some() { "kept back by the settings".to_owned() } else { text.to_owned() }
    }

    fn is_denied(&self, namespace: &str) -> bool {
        self.denied_namespaces.iter().any(|denied| crate::text::fits(denied, namespace))
    }

    /// The first word of a text that is a denied namespace: alone, in a path (`hr/payroll`), a matcher
    /// (`namespace="hr"`) or a host name (`payroll.hr.svc`).
    fn denied_word<'t>(&self, text: &'t str) -> Option<&'t str> {
        let words = text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'));
        words.filter(|word| !word.is_empty()).find(|word| self.is_denied(word))
    }

    fn speaks_of_denied(&self, value: &Value) -> bool {
        match value {
            Value::Object(members) => {
                let own =
                    members.get("namespace").and_then(Value::as_str).is_some_and(|namespace| self.is_denied(namespace));
                own || members.iter().any(|(name, member)| {
                    matches!(name.as_str(), "object" | "labels" | "cause" | "points_at")
                        && self.speaks_of_denied(member)
                })
            }
            _ => false,
        }
    }

    fn prune(&self, value: &mut Value, kept_back: &mut usize) {
        if let Some(column) = namespace_column(value)
            && let Some(Value::Array(rows)) = value.get_mut("rows")
        {
            let before = rows.len();
            rows.retain(|row| {
                !row.get(column).and_then(Value::as_str).is_some_and(|namespace| self.is_denied(namespace))
            });
            *kept_back += before - rows.len();
        }
        match value {
            Value::Array(items) => {
                let before = items.len();
                items.retain(|item| {
                    !self.speaks_of_denied(item)
                        && !item.as_array().is_some_and(|cells| cells.iter().any(|cell| self.speaks_of_denied(cell)))
                });
                *kept_back += before - items.len();
                items.iter_mut().for_each(|item| self.prune(item, kept_back));
            }
            Value::Object(members) => {
                for member in members.values_mut() {
                    if self.speaks_of_denied(member) {
                        *member = Value::Null;
                        *kept_back += 1;
                    } else {
                        self.prune(member, kept_back);
                    }
                }
            }
            // Free text that spells a denied namespace is kept back whole.
            Value::String(text) if self.denied_word(text).is_some() => {
                *value = Value::String("kept back".to_owned());
                *kept_back += 1;
            }
            _ => {}
        }
    }
}

fn namespace_column(value: &Value) -> Option<usize> {
    value.get("columns")?.as_array()?.iter().position(|column| column == "namespace")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_of_a_denied_namespace_reaches_the_model() {
        let rule = Disclosure { sources: Some(vec!["kubernetes".into()]), denied_namespaces: vec!["hr".into()] };
        let data = json!({
            "table": {"columns": ["namespace", "name", "object"], "rows": [["hr", "payroll", null], ["shop", "cart", null], ["shop", "x", {"kind": "Pod", "namespace": "hr", "name": "p"}]]},
            "findings": [{"object": {"kind": "Pod", "namespace": "hr", "name": "payroll-1"}, "why": "x"}, {"object": {"kind": "Pod", "namespace": "shop", "name": "cart-1"}, "why": "like hr/payroll"}],
            "samples": [{"labels": {"namespace": "hr", "pod": "payroll-1"}, "value": 1.0}],
        });
        let (shown, kept_back) = rule.view(&Envelope::whole(data, 4));
        assert!(!shown.data.to_string().contains("payroll"), "{}", shown.data);
        assert!(shown.data.to_string().contains("cart-1"));
        assert_eq!(kept_back, 5);
        assert!(rule.permits("loki", &ToolCall::new("loki_query", json!({}))).is_err());
        assert!(rule.permits("kubernetes", &ToolCall::new("kubernetes_list", json!({"namespace": "hr"}))).is_err());
        assert!(rule.permits("kubernetes", &ToolCall::new("kubernetes_list", json!({"namespace": "shop"}))).is_ok());
        for query in ["sum(x{namespace=\"hr\"})", "probe{instance=\"payroll.hr.svc\"}", "up{pod=\"hr/x\"}"] {
            assert!(
                rule.permits("kubernetes", &ToolCall::new("kubernetes_get", json!({"query": query}))).is_err(),
                "{query}"
            );
        }
        assert_eq!(rule.text("nearest names: hr, shop"), "kept back by the settings");
    }
}
