//! Finds the offered tool that a name means, as far as spelling goes.

use ports::model::OfferedTool;

/// The offered tool of exactly this name, or the only one that differs just in case, separators or a
/// `functions.` in front.
pub fn resolve<'a>(name: &str, tools: &'a [OfferedTool]) -> Option<&'a OfferedTool> {
    if let Some(exact) = tools.iter().find(|tool| tool.name == name) {
        return Some(exact);
    }
    let wanted = canonical(name);
    let mut fitting = tools.iter().filter(|tool| canonical(&tool.name) == wanted);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

fn canonical(name: &str) -> String {
    let name = name.trim();
    let name = ["functions.", "function.", "tools.", "tool.", "functions:", "default_api."]
        .iter()
        .find_map(|prefix| name.strip_prefix(prefix))
        .unwrap_or(name);
    let plain = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    name.chars().map(plain).collect()
}

/// Whether the text could be a tool's name at all (and not prose).
pub fn plausible(name: &str) -> bool {
    (1..=80).contains(&name.len())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_spelling_is_put_right() {
        let tool = |name: &str| OfferedTool {
            name: name.to_owned(),
            description: String::new(),
            parameters: serde_json::json!({}),
        };
        let tools = [tool("kubernetes_list"), tool("kubernetes_logs"), tool("a-b"), tool("a_b")];
        let cases = [
            ("kubernetes_list", Some("kubernetes_list")),
            ("functions.kubernetes_list", Some("kubernetes_list")),
            ("kubernetes.list", Some("kubernetes_list")),
            ("Kubernetes-List ", Some("kubernetes_list")),
            ("a-b", Some("a-b")),
            ("a.b", None),
            ("list", None),
            ("kubernetes_lists", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(resolve(name, &tools).map(|tool| tool.name.as_str()), expected, "{name}");
        }
    }
}
