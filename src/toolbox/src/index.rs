//! The merged catalogue: every offered and every withheld tool of all servers under its unique name.
//!
//! Guarantee: names and order follow from the order of the settings and the tools' names alone.

use crate::naming;
use crate::offer::{Offer, Offered};
use domain::envelope::{Failure, FailureKind};
use domain::tool_name::nearest;
use ports::toolbox::ToolDescription;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Names that an answer about an unknown tool lists when nothing is like it.
const MAX_LISTED: usize = 12;

/// Where a callable tool is.
#[derive(Clone)]
pub struct Entry {
    /// Position of its server in the settings.
    pub server: usize,
    /// The tool itself.
    pub offered: Arc<Offered>,
}

/// All tools by their merged names.
#[derive(Default)]
pub struct Index {
    order: Vec<(String, Entry)>,
    by_name: BTreeMap<String, usize>,
    withheld: BTreeMap<String, String>,
}

impl Index {
    /// Merges the offers, which come with their servers' names in the order of the settings.
    pub fn merged<'a>(offers: impl IntoIterator<Item = (&'a str, Arc<Offer>)>) -> Self {
        let offers: Vec<(&str, Arc<Offer>)> = offers.into_iter().collect();
        let mut index = Self::default();
        let mut taken = BTreeSet::new();
        for (position, (server, offer)) in offers.iter().enumerate() {
            for offered in &offer.offered {
                let name = naming::unique(server, &offered.tool, &mut taken);
                index.by_name.insert(name.clone(), index.order.len());
                index.order.push((name, Entry { server: position, offered: Arc::clone(offered) }));
            }
        }
        for (server, offer) in &offers {
            for (tool, reason) in &offer.withheld {
                let text = format!("tool {tool} of MCP server {server} is withheld: {reason}");
                index.withheld.insert(naming::unique(server, tool, &mut taken), text);
            }
        }
        index
    }

    /// The tool of that name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).and_then(|position| self.order.get(*position)).map(|(_, entry)| entry)
    }

    /// The callable tools in order, with the positions of their servers.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.order.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// Why a name that cannot be called cannot be called.
    pub fn refusal(&self, name: &str) -> Failure {
        if let Some(reason) = self.withheld.get(name) {
            return Failure::new(FailureKind::Refused, reason.clone());
        }
        let text = format!("there is no tool {:?}", crate::failures::cut(name, 80));
        let failure = Failure::new(FailureKind::BadRequest, text);
        let near = nearest(name, self.by_name.keys().map(String::as_str));
        if !near.is_empty() {
            return failure.with_hint(format!("the nearest names are {}", near.join(", ")));
        }
        let listed: Vec<&str> = self.by_name.keys().map(String::as_str).take(MAX_LISTED).collect();
        let rest = self.by_name.len().saturating_sub(MAX_LISTED);
        match (listed.is_empty(), rest) {
            (true, _) => failure.with_hint("no tool is on offer now; the state of the servers says why"),
            (false, 0) => failure.with_hint(format!("the tools are {}", listed.join(", "))),
            (false, rest) => failure.with_hint(format!("the tools are {} and {rest} more", listed.join(", "))),
        }
    }
}

/// A catalogue entry as the port shows it.
pub fn description(name: &str, server: &str, offered: &Offered) -> ToolDescription {
    ToolDescription {
        name: name.to_owned(),
        server: server.to_owned(),
        description: offered.description.clone(),
        input_schema: offered.arguments.schema().clone(),
        effect: offered.effect,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arguments::Arguments;
    use domain::effect::EffectClass;
    use expect_test::expect;
    use serde_json::json;

    fn offer(offered: &[&str], withheld: &[&str]) -> Arc<Offer> {
        let tool = |name: &&str| {
            let arguments = Arguments::new(json!({"type": "object"}));
            let (tool, description) = ((*name).to_owned(), String::new());
            Arc::new(Offered { tool, description, arguments, effect: EffectClass::R0, cache_ttl: None })
        };
        let withheld = withheld.iter().map(|name| ((*name).to_owned(), "no grade".to_owned())).collect();
        Arc::new(Offer { offered: offered.iter().map(tool).collect(), withheld, ..Offer::default() })
    }

    #[test]
    fn the_order_is_that_of_the_settings_and_names_never_collide() {
        let index = Index::merged([
            ("prometheus", offer(&["query"], &[])),
            ("a_b", offer(&["c"], &["secret"])),
            ("a", offer(&["b_c"], &["b_secret"])),
        ]);
        let names: Vec<&str> = index.entries().map(|(name, _)| name).collect();
        assert_eq!(names, ["prometheus_query", "a_b_c", "a_b_c_981fdc"]);
        assert_eq!(index.get("a_b_c").map(|entry| entry.server), Some(1));
        assert_eq!(index.get("a_b_c_981fdc").map(|entry| entry.server), Some(2));
        assert!(index.get("a_b_secret").is_none());
    }

    #[test]
    fn a_refusal_says_what_there_is() {
        let many: Vec<String> = (0..20).map(|number| format!("t{number:02}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let cases = [
            (Index::merged([("time", offer(&["now"], &["set"]))]), "time_set"),
            (Index::merged([("time", offer(&["now"], &[]))]), "time_nwo"),
            (Index::merged([("time", offer(&["now"], &[]))]), "send_mail"),
            (Index::merged([("x", offer(&many, &[]))]), "entirely_different"),
            (Index::default(), "time_now"),
        ];
        let told: Vec<String> = cases.iter().map(|(index, name)| index.refusal(name).to_string() + "\n").collect();
        expect![[r#"
            tool set of MCP server time is withheld: no grade
            there is no tool "time_nwo" (the nearest names are time_now)
            there is no tool "send_mail" (the tools are time_now)
            there is no tool "entirely_different" (the tools are x_t00, x_t01, x_t02, x_t03, x_t04, x_t05, x_t06, x_t07, x_t08, x_t09, x_t10, x_t11 and 8 more)
            there is no tool "time_now" (no tool is on offer now; the state of the servers says why)
        "#]].assert_eq(&told.concat());
    }
}
