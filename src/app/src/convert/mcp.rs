//! The toolbox's settings of foreign MCP servers.

use crate::settings::{McpServerSettings, McpTransport, Settings};
use domain::secret::Secret;
use std::collections::BTreeMap;
use toolbox::settings::{HttpSettings, ServerSettings, StdioSettings, Transport};

/// Every declared foreign server.
pub fn foreign_servers(settings: &Settings) -> Vec<ServerSettings> {
    settings.mcp_servers.iter().map(|(name, server)| foreign(name, server)).collect()
}

fn foreign(name: &str, settings: &McpServerSettings) -> ServerSettings {
    let transport = match &settings.transport {
        McpTransport::Command { command, args, env } => Transport::Stdio(StdioSettings {
            command: command.clone(),
            args: args.iter().map(|argument| argument.reveal().to_owned()).collect(),
            env: revealed(env),
            cwd: None,
        }),
        McpTransport::Http { url, headers } => {
            Transport::StreamableHttp(HttpSettings { url: url.reveal().to_owned(), headers: revealed(headers) })
        }
    };
    ServerSettings {
        grades: settings.grades.clone(),
        enabled_tools: (!settings.enabled_tools.is_empty()).then(|| settings.enabled_tools.iter().cloned().collect()),
        deadline: Some(settings.deadline),
        ..ServerSettings::foreign(name, transport)
    }
}

fn revealed(secrets: &BTreeMap<String, Secret>) -> BTreeMap<String, String> {
    secrets.iter().map(|(name, value)| (name.clone(), value.reveal().to_owned())).collect()
}
