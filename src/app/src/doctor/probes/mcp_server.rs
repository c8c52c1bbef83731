//! A foreign MCP server: whether it starts, who it is, which of its tools are on offer and which are withheld.

use crate::doctor::{DEADLINE, Detail, Probe, Sight, Subject};
use async_trait::async_trait;
use ports::toolbox::Toolbox as _;
use std::time::Duration;
use toolbox::Toolbox;
use toolbox::settings::{ServerSettings, ToolboxSettings, Transport};

/// The probe of one server; it is started for the look and stopped after it.
pub struct McpServer {
    settings: ServerSettings,
}

impl McpServer {
    /// The probe of this one.
    pub fn new(settings: ServerSettings) -> Self {
        Self { settings }
    }
}

#[async_trait]
impl Probe for McpServer {
    fn subject(&self) -> Subject {
        Subject::McpServer
    }

    fn name(&self) -> String {
        self.settings.name.clone()
    }

    fn target(&self) -> String {
        match &self.settings.transport {
            Transport::InProcess(_) => "in this process".to_owned(),
            Transport::Stdio(stdio) => stdio.command.clone(),
            Transport::StreamableHttp(endpoint) => crate::settings::secret::hide_credentials(&endpoint.url),
        }
    }

    async fn look(&self) -> Sight {
        let started = ToolboxSettings {
            start_deadline: DEADLINE.saturating_sub(Duration::from_secs(1)),
            ..ToolboxSettings::new(vec![self.settings.clone()])
        };
        let toolbox = Toolbox::start(started);
        // The catalogue waits until every server has started or failed.
        let tools = toolbox.catalogue().await;
        let status = toolbox.servers().await.into_iter().next();
        toolbox.shut_down(Duration::from_secs(1)).await;
        let Some(status) = status else { return Sight::away("the toolbox does not know it") };
        match status.state {
            Err(failure) => super::away(failure),
            Ok(who) => {
                let names: Vec<String> = tools.into_iter().map(|tool| tool.name).collect();
                let offered = match names.len() {
                    0 => Detail::lacking("tools", "none is on offer: grade them in [mcp_servers.NAME] grades"),
                    count => Detail::well("tools", format!("{count}: {}", names.join(", "))),
                };
                let withheld =
                    status.withheld.into_iter().map(|(tool, why)| Detail::well(format!("withheld {tool}"), why));
                Sight::answers(who, std::iter::once(offered).chain(withheld).collect())
            }
        }
    }
}
