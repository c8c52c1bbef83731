//! What an endpoint does not take, learned from its refusals.
//!
//! A refusal that names an optional part of the request changes the dialect, and the request is sent again without
//! that part. Each part is given up at most once, so this ends.

/// The parts that endpoints differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// Tools go into the request's `tools`; otherwise into the instructions, by the text protocol.
    pub(crate) native_tools: bool,
    /// `stream_options` is sent.
    pub(crate) stream_options: bool,
    /// `temperature` is sent.
    pub(crate) temperature: bool,
    /// The ceiling is called `max_completion_tokens`.
    pub(crate) completion_ceiling: bool,
}

impl Default for Dialect {
    fn default() -> Self {
        Self { native_tools: true, stream_options: true, temperature: true, completion_ceiling: false }
    }
}

impl Dialect {
    /// The key of the reply's ceiling.
    pub(crate) fn max_tokens_key(&self) -> &'static str {
        if self.completion_ceiling { "max_completion_tokens" } else { "max_tokens" }
    }

    /// The dialect after a refusal, and what was learned; `None` when the refusal is about something else.
    pub(crate) fn learn(&self, status: u16, message: &str, sent_tools: bool) -> Option<(Self, &'static str)> {
        let message = message.to_ascii_lowercase();
        let refusal = matches!(status, 400 | 404 | 422 | 500 | 501) && !message.is_empty();
        if !refusal {
            return None;
        }
        // A plain failure of the server says nothing of the request, unless it names a part of it.
        let client_error = status < 500;
        if client_error && !self.completion_ceiling && message.contains("max_completion_tokens") {
            return Some((Self { completion_ceiling: true, ..*self }, "the ceiling is called max_completion_tokens"));
        }
        if client_error && self.temperature && message.contains("temperature") {
            return Some((Self { temperature: false, ..*self }, "the model takes no temperature"));
        }
        if client_error && self.stream_options && message.contains("stream_options") {
            return Some((Self { stream_options: false, ..*self }, "the endpoint takes no stream_options"));
        }
        if self.native_tools && sent_tools && speaks_of_tools(&message) {
            return Some((
                Self { native_tools: false, ..*self },
                "the model takes no tools; they go into the instructions",
            ));
        }
        None
    }
}

fn speaks_of_tools(message: &str) -> bool {
    [
        "does not support tools",
        "not support tool",
        "tool choice requires",
        "tools param requires",
        "no endpoints found that support tool",
        "tools is not supported",
        "tools are not supported",
        "tool use is not supported",
        "function calling is not",
        "not support function",
        "enable-auto-tool-choice",
        "unrecognized request argument supplied: tools",
        "unknown field: tools",
        "'tools' is not",
        "\"tools\" is not",
        "`tools` is not",
        "unsupported parameter: 'tools'",
    ]
    .iter()
    .any(|known| message.contains(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_teach_the_dialect() {
        let all = Dialect::default();
        let cases = [
            (
                400,
                "registry.ollama.ai/library/phi does not support tools",
                true,
                Some(Dialect { native_tools: false, ..all }),
            ),
            (
                400,
                "\"auto\" tool choice requires --enable-auto-tool-choice",
                true,
                Some(Dialect { native_tools: false, ..all }),
            ),
            (500, "tools param requires --jinja flag", true, Some(Dialect { native_tools: false, ..all })),
            (400, "x does not support tools", false, None),
            (
                400,
                "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.",
                true,
                Some(Dialect { completion_ceiling: true, ..all }),
            ),
            (
                400,
                "'temperature' does not support 0 with this model",
                true,
                Some(Dialect { temperature: false, ..all }),
            ),
            (422, "stream_options: extra fields not permitted", true, Some(Dialect { stream_options: false, ..all })),
            (400, "messages must not be empty", true, None),
            (500, "GPU temperature too high", true, None),
            (401, "does not support tools", true, None),
            (400, "", true, None),
        ];
        for (status, message, tools, expected) in cases {
            assert_eq!(all.learn(status, message, tools).map(|(dialect, _)| dialect), expected, "{status} {message}");
        }
    }

    #[test]
    fn learning_ends() {
        let everything = "temperature stream_options max_completion_tokens does not support tools";
        let mut dialect = Dialect::default();
        let mut rounds = 0;
        while let Some((next, _)) = dialect.learn(400, everything, true) {
            dialect = next;
            rounds += 1;
        }
        assert_eq!(rounds, 4);
    }
}
