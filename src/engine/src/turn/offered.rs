//! Which tools the model is offered in a turn: the few that fit, and more when it asks.

use domain::disclosure::Disclosure;
use domain::question::Question;
use domain::tool_choice::{Candidate, choose};
use domain::tool_name::nearest;
use ports::model::OfferedTool;
use ports::toolbox::ToolDescription;
use serde_json::{Map, Value, json};

/// The name of the tool that finds tools. No server's tool can be called so: theirs carry the server's name.
pub(super) const FIND_TOOLS: &str = "find_tools";

/// Tools added for one request for more.
const MORE: usize = 4;

/// The catalogue and the part of it that is on offer.
pub(super) struct Offered {
    catalogue: Vec<ToolDescription>,
    names: Vec<String>,
}

impl Offered {
    /// The tools for a question: at most `most`, of sources that the model may see.
    pub(super) fn choose(
        catalogue: Vec<ToolDescription>,
        question: &Question,
        disclosure: &Disclosure,
        most: usize,
    ) -> Self {
        let catalogue: Vec<ToolDescription> = catalogue
            .into_iter()
            .filter(|tool| {
                tool.effect.is_read()
                    && disclosure.sources.as_ref().is_none_or(|sources| sources.contains(&tool.server))
            })
            .collect();
        let candidates = candidates(&catalogue);
        let names = choose(&question.text, question.intent, &candidates, most).into_iter().map(str::to_owned).collect();
        Self { catalogue, names }
    }

    /// What goes into the request.
    pub(super) fn tools(&self) -> Vec<OfferedTool> {
        let mut tools: Vec<OfferedTool> = self
            .names
            .iter()
            .filter_map(|name| self.get(name))
            .map(|tool| OfferedTool {
                name: tool.name.clone(),
                description: tool.description.clone(),
                parameters: tool.input_schema.clone(),
            })
            .collect();
        if tools.len() < self.catalogue.len() {
            tools.push(OfferedTool {
                name: FIND_TOOLS.to_owned(),
                description: "Offers more tools for something that the ones you have cannot read.".to_owned(),
                parameters: json!({"type": "object", "properties": {"about": {"type": "string"}}, "required": ["about"]}),
            });
        }
        tools
    }

    /// A tool of the catalogue, offered or not.
    pub(super) fn get(&self, name: &str) -> Option<&ToolDescription> {
        self.catalogue.iter().find(|tool| tool.name == name)
    }

    /// Adds tools about something; returns the answer to the model.
    pub(super) fn find(&mut self, arguments: &Map<String, Value>) -> String {
        let about = arguments.get("about").and_then(Value::as_str).unwrap_or_default();
        let left: Vec<ToolDescription> =
            self.catalogue.iter().filter(|tool| !self.names.contains(&tool.name)).cloned().collect();
        let found: Vec<String> = choose(about, domain::question::intent::Intent::Unknown, &candidates(&left), MORE)
            .into_iter()
            .map(str::to_owned)
            .collect();
        if found.is_empty() {
            return "There are no further tools.".to_owned();
        }
        let told = format!("Added: {}", found.join(", "));
        self.names.extend(found);
        told
    }

    /// What is said about a tool that does not exist.
    pub(super) fn unknown(&self, name: &str) -> String {
        match nearest(name, self.catalogue.iter().map(|tool| tool.name.as_str())).as_slice() {
            [] => format!("There is no tool {name:?}. There are {}.", self.names.join(", ")),
            near => format!("There is no tool {name:?}. The nearest are: {}.", near.join(", ")),
        }
    }
}

fn candidates(catalogue: &[ToolDescription]) -> Vec<Candidate<'_>> {
    catalogue.iter().map(|tool| Candidate { name: &tool.name, description: &tool.description }).collect()
}
