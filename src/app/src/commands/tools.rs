//! `tools list|call`: the merged catalogue, and a read call as an agent would make it.

use crate::cli::commands::Tools;
use crate::cli::{Exit, Stop};
use crate::commands::ask;
use crate::output;
use crate::settings::Settings;
use crate::terminal::markdown::lines_without_control;
use crate::wiring::House;
use domain::envelope::{Failure, FailureKind};
use domain::evidence::ToolCall;
use ports::toolbox::{ServerStatus, ToolDescription, Toolbox as _};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

/// Runs one of them.
///
/// # Errors
/// Wrong arguments, or the output is gone.
pub async fn run(command: &Tools, settings: &Settings) -> Result<Exit, Stop> {
    ask::ensure_sources(settings)?;
    let house = House::build(settings, None)?;
    let exit = match command {
        Tools::List { json } => list(&house, *json).await,
        Tools::Call { name, arguments, json } => call(&house, name, arguments, *json).await,
    };
    house.shut_down().await;
    exit
}

async fn list(house: &House, as_json: bool) -> Result<Exit, Stop> {
    let tools = house.toolbox.catalogue().await;
    let servers = house.toolbox.servers().await;
    let all_started = servers.iter().all(|server| server.state.is_ok());
    if as_json {
        output::print(&format!(
            "{:#}",
            json!({"tools": tools.iter().map(tool_document).collect::<Vec<_>>(), "servers": servers.iter().map(server_document).collect::<Vec<_>>()})
        ))?;
    } else {
        output::print(&lines_without_control(&listing(&tools, &servers)))?;
    }
    Ok(if all_started { Exit::Done } else { Exit::CouldNotLook })
}

fn tool_document(tool: &ToolDescription) -> Value {
    json!({"name": tool.name, "server": tool.server, "effect": tool.effect, "description": tool.description, "input_schema": tool.input_schema})
}

fn server_document(server: &ServerStatus) -> Value {
    let withheld: Vec<Value> =
        server.withheld.iter().map(|(tool, reason)| json!({"tool": tool, "reason": reason})).collect();
    json!({"name": server.name, "version": server.state.as_ref().ok(), "error": server.state.as_ref().err().map(ToString::to_string), "tools": server.tools, "withheld": withheld, "start_ms": u64::try_from(server.start.as_millis()).unwrap_or(u64::MAX)})
}

fn listing(tools: &[ToolDescription], servers: &[ServerStatus]) -> String {
    let mut lines: Vec<String> =
        tools.iter().map(|tool| format!("{:<34} {:?}  {}", tool.name, tool.effect, tool.description)).collect();
    for server in servers {
        lines.push(match &server.state {
            Ok(version) => format!(
                "\nserver {}: {version}, {} tools, started in {} ms",
                server.name,
                server.tools,
                server.start.as_millis()
            ),
            Err(failure) => format!("\nserver {}: away: {failure}", server.name),
        });
        lines.extend(server.withheld.iter().map(|(tool, reason)| format!("  withheld {tool}: {reason}")));
    }
    lines.join("\n")
}

async fn call(house: &House, name: &str, arguments: &str, as_json: bool) -> Result<Exit, Stop> {
    let arguments: Map<String, Value> = serde_json::from_str(arguments).map_err(|error| {
        Stop::new(Exit::Usage, format!("the arguments are no JSON object: {error}; such as '{{\"kind\": \"Pod\"}}'"))
    })?;
    let outcome = house.toolbox.call(ToolCall { tool: name.to_owned(), arguments }, CancellationToken::new()).await;
    match outcome.result {
        Ok(envelope) if as_json => output::print(&serde_json::to_string_pretty(&envelope).unwrap_or_default())?,
        Ok(envelope) => {
            let data =
                if let Value::String(text) = &envelope.data { text.clone() } else { format!("{:#}", envelope.data) };
            output::print(&lines_without_control(&data))?;
            let left_out = envelope.truncated.then(|| "something was left out".to_owned());
            for line in envelope.hint.into_iter().chain(left_out).chain(envelope.not_looked) {
                output::tell(&lines_without_control(&line));
            }
        }
        Err(failure) => {
            if as_json {
                output::print(&format!("{:#}", json!({"error": failure})))?;
            }
            return Err(Stop::new(exit_of(&failure), failure.to_string()));
        }
    }
    Ok(Exit::Done)
}

fn exit_of(failure: &Failure) -> Exit {
    match failure.kind {
        FailureKind::BadRequest => Exit::Usage,
        FailureKind::Forbidden | FailureKind::Unauthenticated | FailureKind::Refused => Exit::NotPermitted,
        FailureKind::Unreachable | FailureKind::Timeout | FailureKind::RateLimited => Exit::Unavailable,
        FailureKind::NotFound
        | FailureKind::BadAnswer
        | FailureKind::TooLarge
        | FailureKind::Conflict
        | FailureKind::Cancelled => Exit::Failed,
    }
}
