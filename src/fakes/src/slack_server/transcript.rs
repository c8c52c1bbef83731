//! A channel as a text for people: who said what, with blocks, buttons and reactions.

use super::SlackServer;
use super::message::Message;
use super::state::State;
use serde_json::Value;

impl SlackServer {
    /// What stands in a channel: answers under their first message, buttons as `[Label]`, what only one person sees
    /// marked with their name.
    pub fn transcript(&self, channel: &str) -> String {
        self.shared.read(|state| {
            let messages = state.places.get(channel).map(|place| place.messages.as_slice()).unwrap_or_default();
            let mut lines = Vec::new();
            for root in messages.iter().filter(|message| message.thread.is_none()) {
                lines.extend(told(state, root, ""));
                for answer in messages.iter().filter(|answer| answer.thread.as_deref() == Some(root.ts.as_str())) {
                    lines.extend(told(state, answer, "    "));
                }
            }
            lines.join("\n")
        })
    }

    /// A view as a text: title, blocks, buttons.
    pub fn read_view(view: &super::View) -> String {
        let mut lines: Vec<String> = ["title", "submit", "close"]
            .iter()
            .filter_map(|name| Some(format!("{name}: {}", view.view[name]["text"].as_str()?)))
            .collect();
        lines.extend(blocks(&view.view["blocks"]));
        lines.join("\n")
    }
}

impl Message {
    /// What can be read in it: its blocks line by line, or its text.
    pub fn reads(&self) -> String {
        self.lines().join("\n")
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.blocks.is_empty() || self.is_streaming {
            lines.extend(self.text.lines().map(str::to_owned));
        }
        for step in &self.steps {
            let word = |name: &str| step[name].as_str().unwrap_or_default();
            lines.push(format!("step {}: {}", word("status"), word("title")));
        }
        lines.extend(self.blocks.iter().flat_map(block));
        for attachment in &self.attachments {
            for name in ["pretext", "title", "text", "fallback"] {
                let text = attachment[name].as_str().unwrap_or_default();
                lines.extend(text.lines().map(|line| format!("| {line}")));
            }
            lines.extend(blocks(&attachment["blocks"]).into_iter().map(|line| format!("| {line}")));
        }
        lines
    }
}

fn told(state: &State, message: &Message, indent: &str) -> Vec<String> {
    let mut head = format!("{indent}{}", state.name_of(&message.author));
    if let Some(user) = &message.ephemeral_to {
        let name = state.users.get(user).map_or(user.as_str(), |user| user.name.as_str());
        head.push_str(&format!(" (only {name} sees it)"));
    }
    if message.is_streaming {
        head.push_str(" (streaming)");
    }
    head.push(':');
    let mut lines = vec![head];
    lines.extend(message.lines().into_iter().map(|line| format!("{indent}  {line}")));
    for id in &message.files {
        let name = state.files.all.get(id).map_or(id.as_str(), |file| file.name.as_str());
        lines.push(format!("{indent}  file {name}"));
    }
    if !message.reactions.is_empty() {
        let one = |reaction: &super::Reaction| format!(":{}: {}", reaction.name, reaction.users.len());
        lines.push(format!("{indent}  {}", message.reactions.iter().map(one).collect::<Vec<_>>().join(" ")));
    }
    lines
}

fn blocks(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().flat_map(block).collect()
}

fn block(block: &Value) -> Vec<String> {
    let text = |value: &Value| value["text"].as_str().unwrap_or_default().to_owned();
    let elements = || block["elements"].as_array().into_iter().flatten();
    let joined = |separator: &str| elements().map(element).collect::<Vec<_>>().join(separator);
    let split = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
    match block["type"].as_str().unwrap_or_default() {
        "header" => vec![format!("# {}", text(&block["text"]))],
        "divider" => vec!["---".to_owned()],
        "section" => {
            let mut lines = split(&text(&block["text"]));
            lines.extend(block["fields"].as_array().into_iter().flatten().flat_map(|field| split(&text(field))));
            lines.extend(block.get("accessory").map(element));
            lines
        }
        "context" => split(&format!("({})", joined(" · "))),
        "actions" | "context_actions" => vec![joined(" ")],
        "markdown" => split(&text(block)),
        "image" => vec![format!("image: {}", block["alt_text"].as_str().unwrap_or_default())],
        "input" => vec![format!("{}: {}", text(&block["label"]), element(&block["element"]))],
        "rich_text" => split(elements().map(rich).collect::<Vec<_>>().join("").trim_end()),
        "table" => block["rows"].as_array().into_iter().flatten().map(row).collect(),
        other => vec![format!("{other}: {}", block["title"].as_str().unwrap_or_default())],
    }
}

fn row(row: &Value) -> String {
    let cell = |cell: &Value| match cell["type"].as_str() {
        Some("rich_text") => cell["elements"].as_array().into_iter().flatten().map(rich).collect::<String>(),
        _ => cell["text"].as_str().unwrap_or_default().to_owned(),
    };
    let cells: Vec<String> = row.as_array().into_iter().flatten().map(|one| cell(one).trim().to_owned()).collect();
    format!("| {} |", cells.join(" | "))
}

/// A part or a run of a rich text; parts end with a line break.
fn rich(part: &Value) -> String {
    let kind = part["type"].as_str().unwrap_or_default();
    let inner: String = part["elements"].as_array().into_iter().flatten().map(rich).collect();
    let word = |name: &str| part[name].as_str().unwrap_or_default();
    match kind {
        "rich_text_list" => inner.lines().map(|line| format!("- {line}\n")).collect(),
        "rich_text_preformatted" => format!("```\n{inner}\n```\n"),
        "rich_text_quote" => inner.lines().map(|line| format!("> {line}\n")).collect(),
        "rich_text_section" => format!("{inner}\n"),
        "text" => word("text").to_owned(),
        "link" => format!("<{}|{}>", word("url"), word("text")),
        "emoji" => format!(":{}:", word("name")),
        "user" => format!("<@{}>", word("user_id")),
        "broadcast" => format!("<!{}>", word("range")),
        other => format!("<{other}>"),
    }
}

fn element(element: &Value) -> String {
    let label = element["text"]["text"].as_str().or(element["text"].as_str()).unwrap_or_default();
    let chosen = || {
        let one = element["initial_option"]["text"]["text"].as_str();
        one.or(element["initial_value"].as_str()).or(element["placeholder"]["text"].as_str()).unwrap_or_default()
    };
    match element["type"].as_str().unwrap_or_default() {
        "button" => match element["style"].as_str() {
            Some(style) => format!("[{label}]({style})"),
            None => format!("[{label}]"),
        },
        "mrkdwn" | "plain_text" => label.to_owned(),
        "image" => format!("image: {}", element["alt_text"].as_str().unwrap_or_default()),
        "feedback_buttons" => {
            let label = |name: &str| element[name]["text"]["text"].as_str().unwrap_or_default().to_owned();
            format!("[{}] [{}]", label("positive_button"), label("negative_button"))
        }
        other => format!("<{other} {}>", chosen()),
    }
}
