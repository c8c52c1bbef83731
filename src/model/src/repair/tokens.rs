//! The words of markup that models wrap around calls, thinking and turns.

/// What a word of markup begins or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// A tool call, up to one of these words or the end of the reply.
    Call(&'static [&'static str]),
    /// Thinking, up to one of these words.
    Think(&'static [&'static str]),
    /// The end of thinking whose beginning was in the prompt.
    ThinkEnd,
    /// A result that the model made up itself, up to one of these words.
    Invention(&'static [&'static str]),
    /// A header, up to one of these words; what it says decides what follows.
    Header(&'static [&'static str]),
    /// Nothing that a person should see.
    Noise,
}

const THINK_ENDS: &[&str] =
    &["</think>", "</thinking>", "</thought>", "</reasoning>", "[/THINK]", "<|end_of_thought|>", "<|END_THINKING|>"];

const DEEPSEEK_ENDS: &[&str] =
    &["<｜tool▁calls▁end｜>", "<|tool▁calls▁end|>", "<|tool_calls_end|>", "<｜end▁of▁sentence｜>"];

const DEEPSEEK_CALL_ENDS: &[&str] = &["<｜tool▁call▁end｜>", "<|tool▁call▁end|>", "<｜end▁of▁sentence｜>"];

/// Every word that is known, none of which begins another.
pub const WORDS: &[(&str, Word)] = &[
    ("<tool_call>", Word::Call(&["</tool_call>"])),
    ("<tool_calls>", Word::Call(&["</tool_calls>"])),
    ("<toolcall>", Word::Call(&["</toolcall>"])),
    ("<function_call>", Word::Call(&["</function_call>"])),
    ("<functioncall>", Word::Call(&["</functioncall>", "<|endoftext|>"])),
    ("<function_calls>", Word::Call(&["</function_calls>"])),
    ("<minimax:tool_call>", Word::Call(&["</minimax:tool_call>"])),
    ("<tool_code>", Word::Call(&["</tool_code>"])),
    ("<invoke name=", Word::Call(&["</invoke>"])),
    ("<function=", Word::Call(&["</function>"])),
    ("<function name=", Word::Call(&["</function>"])),
    ("[TOOL_CALLS]", Word::Call(&["</s>"])),
    ("<|python_tag|>", Word::Call(&["<|eom_id|>", "<|eot_id|>"])),
    ("<|tool_call|>", Word::Call(&["<|/tool_call|>", "</|tool_call|>", "<|end_of_text|>"])),
    ("<|tool_calls_section_begin|>", Word::Call(&["<|tool_calls_section_end|>"])),
    ("<|tool_call_begin|>", Word::Call(&["<|tool_call_end|>"])),
    ("<｜tool▁calls▁begin｜>", Word::Call(DEEPSEEK_ENDS)),
    ("<|tool▁calls▁begin|>", Word::Call(DEEPSEEK_ENDS)),
    ("<|tool_calls_begin|>", Word::Call(DEEPSEEK_ENDS)),
    ("<｜tool▁call▁begin｜>", Word::Call(DEEPSEEK_CALL_ENDS)),
    ("<|tool▁call▁begin|>", Word::Call(DEEPSEEK_CALL_ENDS)),
    ("<|START_ACTION|>", Word::Call(&["<|END_ACTION|>"])),
    ("<|FunctionCallBegin|>", Word::Call(&["<|FunctionCallEnd|>"])),
    ("<tool_call name=", Word::Call(&["</tool_call>"])),
    ("<function_call name=", Word::Call(&["</function_call>"])),
    ("<|START_THINKING|>", Word::Think(THINK_ENDS)),
    ("<think>", Word::Think(THINK_ENDS)),
    ("<thinking>", Word::Think(THINK_ENDS)),
    ("<thought>", Word::Think(THINK_ENDS)),
    ("<reasoning>", Word::Think(THINK_ENDS)),
    ("[THINK]", Word::Think(THINK_ENDS)),
    ("<|begin_of_thought|>", Word::Think(THINK_ENDS)),
    ("</think>", Word::ThinkEnd),
    ("</thinking>", Word::ThinkEnd),
    ("</thought>", Word::ThinkEnd),
    ("</reasoning>", Word::ThinkEnd),
    ("[/THINK]", Word::ThinkEnd),
    ("<tool_response>", Word::Invention(&["</tool_response>"])),
    ("<function_results>", Word::Invention(&["</function_results>"])),
    ("[TOOL_RESULTS]", Word::Invention(&["[/TOOL_RESULTS]"])),
    ("<|channel|>", Word::Header(&["<|message|>"])),
    ("<|start|>", Word::Header(&["<|message|>"])),
    ("<|start_header_id|>", Word::Header(&["<|end_header_id|>"])),
    ("<|im_start|>", Word::Header(&["\n"])),
    ("</tool_call>", Word::Noise),
    ("</tool_calls>", Word::Noise),
    ("</toolcall>", Word::Noise),
    ("</function_call>", Word::Noise),
    ("</functioncall>", Word::Noise),
    ("</function_calls>", Word::Noise),
    ("</minimax:tool_call>", Word::Noise),
    ("</tool_response>", Word::Noise),
    ("</tool_code>", Word::Noise),
    ("</invoke>", Word::Noise),
    ("</function>", Word::Noise),
    ("[/TOOL_CALLS]", Word::Noise),
    ("<answer>", Word::Noise),
    ("</answer>", Word::Noise),
    ("[INST]", Word::Noise),
    ("[/INST]", Word::Noise),
    ("<start_of_turn>", Word::Noise),
    ("<end_of_turn>", Word::Noise),
    ("<eos>", Word::Noise),
    ("</s>", Word::Noise),
];

/// The words that end thinking in the form of channels.
pub const CHANNEL_ENDS: &[&str] = &["<|end|>", "<|return|>", "<|call|>", "<|start|>", "<|channel|>"];

const LONGEST_SPECIAL: usize = 48;

/// What a text that may become a word of markup is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// It is this word.
    Is(Word),
    /// More of the text is needed.
    Open,
    /// It is none and becomes none.
    Never,
}

/// Compares a text, which begins with `<` or `[`, with the known words and with the general form of special tokens
/// (`<|name|>`).
pub fn compare(held: &str) -> Match {
    let mut open = false;
    for (word, meaning) in WORDS {
        let begins = word.get(..held.len()).is_some_and(|start| start.eq_ignore_ascii_case(held));
        if begins && word.len() == held.len() {
            return Match::Is(*meaning);
        }
        open |= begins;
    }
    match special(held) {
        Match::Never if open => Match::Open,
        other => other,
    }
}

fn special(held: &str) -> Match {
    let Some(inside) = held.strip_prefix('<') else { return Match::Never };
    let Some(bar) = inside.chars().next() else { return Match::Open };
    if bar != '|' && bar != '｜' {
        return Match::Never;
    }
    let inside = inside.get(bar.len_utf8()..).unwrap_or_default();
    let name_end = inside.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '▁')));
    match name_end.map(|end| (end, inside.get(end..).unwrap_or_default())) {
        None if inside.len() <= LONGEST_SPECIAL => Match::Open,
        Some((end, rest)) if end > 0 && rest.len() == bar.len_utf8() && rest.starts_with(bar) => Match::Open,
        Some((end, rest)) if end > 0 && rest.strip_prefix(bar) == Some(">") => Match::Is(Word::Noise),
        _ => Match::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_begins_another() {
        for (short, _) in WORDS {
            for (long, _) in WORDS {
                assert!(short == long || !long.starts_with(short), "{short} {long}");
            }
        }
    }

    #[test]
    fn texts_are_compared_with_the_words() {
        let cases = [
            ("<", Match::Open),
            ("<th", Match::Open),
            ("<think>", Match::Is(Word::Think(THINK_ENDS))),
            ("<Think>", Match::Is(Word::Think(THINK_ENDS))),
            ("<thanks", Match::Never),
            ("<|", Match::Open),
            ("<|eot_id|", Match::Open),
            ("<|eot_id|>", Match::Is(Word::Noise)),
            ("<|end", Match::Open),
            ("<| >", Match::Never),
            ("<||>", Match::Never),
            ("<｜end▁of▁sentence｜>", Match::Is(Word::Noise)),
            ("[T", Match::Open),
            ("[x", Match::Never),
            ("<a>", Match::Never),
        ];
        for (held, expected) in cases {
            assert_eq!(compare(held), expected, "{held}");
        }
    }
}
