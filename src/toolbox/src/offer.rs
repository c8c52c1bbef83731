//! What one server offers: its tools sorted into those that may be called and those that are withheld, with the reason.
//!
//! Guarantee (invariants 2 and 4): a tool gets in only with a read class from our table or from the settings; no hint of
//! the server is looked at; a definition that cannot be used keeps its tool out.
//! Deliberately absent: names in the merged catalogue, which depend on the other servers (see `index`).

use crate::arguments::Arguments;
use crate::failures::{cut, told, told_whole};
use crate::naming::fingerprint;
use crate::settings::{CacheSettings, ServerSettings};
use domain::effect::{self, EffectClass};
use rmcp::model::Tool;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a foreign server's description that are passed on; it is paid for in every model request.
const MAX_DESCRIPTION_BYTES: usize = 1024;

/// Bytes of a foreign input schema, for the same reason.
const MAX_SCHEMA_BYTES: usize = 16 * 1024;

/// Bytes of a tool's name; MCP asks for 128 at most.
const MAX_NAME_BYTES: usize = 128;

/// A tool that may be called.
pub struct Offered {
    /// The server's own name for it.
    pub tool: String,
    /// One or two sentences.
    pub description: String,
    /// The input schema.
    pub arguments: Arguments,
    /// R0 or R1.
    pub effect: EffectClass,
    /// How long its results may be given again.
    pub cache_ttl: Option<Duration>,
}

/// What a server has on offer, by its own names.
#[derive(Default, Clone)]
pub struct Offer {
    /// The callable tools in the order of their names.
    pub offered: Vec<Arc<Offered>>,
    /// Those that are not, with the reason.
    pub withheld: Vec<(String, String)>,
    /// A mark of each definition, to notice when one changes.
    pub definitions: BTreeMap<String, u64>,
}

impl Offer {
    /// Sorts a server's list.
    pub fn sorted(settings: &ServerSettings, cache: &CacheSettings, tools: Vec<Tool>) -> Self {
        let mut offer = Self::default();
        for tool in tools {
            let name = tool.name.to_string();
            match offer.judged(settings, cache, tool) {
                Ok(offered) => offer.offered.push(Arc::new(offered)),
                Err(reason) => offer.withheld.push((told_whole(&name, MAX_NAME_BYTES).replace('\n', " "), reason)),
            }
        }
        offer.offered.sort_by(|left, right| left.tool.cmp(&right.tool));
        offer.withheld.sort();
        offer
    }

    /// One tool as it may be called, or why it is withheld.
    fn judged(&mut self, settings: &ServerSettings, cache: &CacheSettings, tool: Tool) -> Result<Offered, String> {
        let name = tool.name.to_string();
        if name.is_empty() || name.len() > MAX_NAME_BYTES || name.contains(char::is_control) {
            return Err("its name is empty, too long, or has control characters".to_owned());
        }
        let schema = Value::Object(tool.input_schema.as_ref().clone());
        let written = schema.to_string();
        let description = tool.description.as_deref().unwrap_or_default();
        if self.definitions.insert(name.clone(), fingerprint(&[description, &written])).is_some() {
            return Err("the server lists this name twice".to_owned());
        }
        let effect = grade(settings, &name)?;
        let arguments = Arguments::new(schema);
        // Our own schemas are known to be small and to compile, and compiling them is left to the first call.
        if !settings.ours {
            if written.len() > MAX_SCHEMA_BYTES {
                return Err(format!(
                    "its input schema has {} bytes; at most {MAX_SCHEMA_BYTES} are used",
                    written.len()
                ));
            }
            arguments.validator().map_err(|reason| format!("its input schema cannot be used: {}", told(reason)))?;
        }
        let description =
            if settings.ours { description.to_owned() } else { told_whole(description, MAX_DESCRIPTION_BYTES) };
        let cache_ttl = cache_ttl(settings, cache, &name, effect);
        Ok(Offered { tool: name, description, arguments, effect, cache_ttl })
    }

    /// The tools whose definition is not what it was.
    pub fn changed_since(&self, before: &Self) -> Vec<&str> {
        let differs = |name: &String, mark: &u64| before.definitions.get(name).is_some_and(|old| old != mark);
        self.definitions.iter().filter(|(name, mark)| differs(name, mark)).map(|(name, _)| name.as_str()).collect()
    }
}

/// The read class of a tool, or why it is withheld.
fn grade(settings: &ServerSettings, tool: &str) -> Result<EffectClass, String> {
    if let Some(enabled) = &settings.enabled_tools
        && !enabled.contains(tool)
    {
        return Err(format!("not among enabled_tools of [mcp_servers.{}] in the settings", settings.name));
    }
    let class = if settings.ours { effect::of(&settings.name, tool) } else { settings.grades.get(tool).copied() };
    match class {
        Some(class) if class.is_read() => Ok(class),
        Some(class) => Err(format!(
            "graded {class:?}: it changes something, and nothing that changes anything is called from here"
        )),
        None if settings.ours => Err("it has no effect class in our table".to_owned()),
        None => Err(format!(
            "it has no effect class; if it only reads, say so in the settings: [mcp_servers.{}.grades] {} = \"R0\"",
            toml_key(&settings.name),
            toml_key(tool)
        )),
    }
}

/// A name as it stands on the left side in TOML.
fn toml_key(name: &str) -> String {
    let bare = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    if bare { name.to_owned() } else { Value::String(cut(name, 80)).to_string() }
}

/// How long results may be given again: as the settings say; else our own R0 tools by the toolbox's setting.
fn cache_ttl(settings: &ServerSettings, cache: &CacheSettings, tool: &str, class: EffectClass) -> Option<Duration> {
    let usual = || (settings.ours && class == EffectClass::R0).then_some(cache.own_reads_ttl);
    settings.cache_ttl.get(tool).copied().or_else(usual).filter(|ttl| !ttl.is_zero())
}

#[cfg(test)]
mod tests;
