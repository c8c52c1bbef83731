//! Modals and App Homes as people see them now.

use super::blocks;
use super::call::Refusal;
use super::deliver::Then;
use super::pings;
use super::state::State;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A view that somebody sees.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// `V…`.
    pub id: String,
    /// Who sees it.
    pub user: String,
    /// What the app sent.
    pub view: Value,
    /// Changes with the view.
    pub hash: String,
}

#[derive(Default)]
pub(super) struct Views {
    /// Modals, the uppermost last.
    pub modals: Vec<View>,
    pub homes: BTreeMap<String, View>,
    /// What the app said was wrong with what was submitted, by view: block id and text.
    pub errors: BTreeMap<String, BTreeMap<String, String>>,
}

impl State {
    /// A view that keeps to the rules of its kind.
    pub fn checked_view(&mut self, view: Option<&Value>, kind: &str) -> Result<Value, Refusal> {
        let Some(view) = view else { return Err(Refusal::broken("invalid_arguments", "view is no object")) };
        let faults = blocks::view_faults(view, kind);
        if let Some(first) = faults.first() {
            let messages: Vec<String> = faults.iter().map(|fault| format!("[ERROR] {fault}")).collect();
            let refusal = Refusal::broken("invalid_arguments", first);
            return Err(refusal.with("response_metadata", json!({"messages": messages})));
        }
        let mut view = view.clone();
        let shown = view["blocks"].as_array().cloned().unwrap_or_default();
        for ping in pings::of_message("", &shown, &[]) {
            self.ping(ping);
        }
        if let Some(blocks) = view["blocks"].as_array_mut() {
            let mut named = std::mem::take(blocks);
            self.name_blocks(&mut named);
            view["blocks"] = json!(named);
        }
        Ok(view)
    }

    /// Shows it, new or instead of what has its id; the object that Slack answers with.
    pub fn show_view(&mut self, mut view: View) -> Value {
        view.hash = format!("{}.{}", self.second(), self.next_id("h"));
        let told = self.told_view(&view, &json!({}));
        if view.view["type"] == "home" {
            self.views.homes.insert(view.user.clone(), view);
        } else if let Some(shown) = self.views.modals.iter_mut().find(|shown| shown.id == view.id) {
            *shown = view;
        } else {
            self.views.modals.push(view);
        }
        told
    }

    /// A view as payloads carry it.
    pub fn told_view(&self, view: &View, values: &Value) -> Value {
        let mut told = view.view.clone();
        for (name, value) in [("private_metadata", ""), ("callback_id", ""), ("external_id", "")] {
            if told.get(name).is_none() {
                told[name] = json!(value);
            }
        }
        told["id"] = json!(view.id);
        told["team_id"] = json!(self.workspace.team);
        told["app_id"] = json!(self.workspace.app);
        told["bot_id"] = json!(self.workspace.bot);
        told["hash"] = json!(view.hash);
        told["root_view_id"] = json!(view.id);
        told["previous_view_id"] = Value::Null;
        told["state"] = json!({"values": values});
        told
    }

    /// What the app answered to a submission: nothing closes the modal.
    pub fn view_answered(&mut self, then: &Then, answer: Option<&Value>) {
        let Then::View(id) = then else {
            if let Some(answer) = answer {
                self.violation(format!("an answer to what takes none: {answer}"));
            }
            return;
        };
        self.views.errors.remove(id);
        let action = answer.and_then(|answer| answer["response_action"].as_str()).unwrap_or_default();
        match (action, answer) {
            ("clear", _) | ("", None) => self.views.modals.retain(|modal| modal.id != *id),
            ("errors", Some(answer)) => {
                let errors: BTreeMap<String, String> =
                    serde_json::from_value(answer["errors"].clone()).unwrap_or_default();
                if errors.is_empty() {
                    self.violation("response_action errors without errors".to_owned());
                }
                self.views.errors.insert(id.clone(), errors);
            }
            ("update" | "push", Some(answer)) => self.view_replaced(id, action, answer),
            _ => self.violation(format!("an answer to a submission that Slack does not know: {action:?}")),
        }
    }

    fn view_replaced(&mut self, id: &str, action: &str, answer: &Value) {
        let Some(shown) = self.views.modals.iter().find(|modal| modal.id == id).cloned() else { return };
        match self.checked_view(answer.get("view"), "modal") {
            Ok(view) => {
                let id = if action == "push" { self.next_id("V0") } else { shown.id.clone() };
                self.show_view(View { id, view, ..shown });
            }
            Err(refusal) => self.violation(format!("the view of an answer: {}", refusal.violation.unwrap_or_default())),
        }
    }
}
