//! Prompts: Markdown files with a header, embedded at build, replaceable at run time.
//!
//! ```text
//! ---
//! name: jamie
//! version: 1
//! variables: now, sources
//! ---
//! It is {{now}}. …
//! ```

use std::collections::BTreeMap;

/// The prompts of the house.
pub const JAMIE: &str = include_str!("../../../prompts/jamie.md");
/// What a model is asked about an incident.
pub const HYPOTHESES: &str = include_str!("../../../prompts/hypotheses.md");

/// A prompt with its header read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Its name.
    pub name: String,
    /// Raised with every change of meaning.
    pub version: u32,
    /// The variables that its text uses.
    pub variables: Vec<String>,
    text: String,
}

/// Why a prompt file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// No header between two lines of `---`, or a line of it is missing.
    #[error("the prompt's header lacks {0}: it stands between two lines of --- and has name, version and variables")]
    Header(&'static str),
    /// Declared and used variables differ.
    #[error("the prompt declares the variables {declared:?} and uses {used:?}")]
    Variables {
        /// In the header.
        declared: Vec<String>,
        /// In the text.
        used: Vec<String>,
    },
}

impl Prompt {
    /// Reads a prompt file.
    ///
    /// # Errors
    /// When the header is incomplete, or its variables are not those of the text.
    pub fn parse(source: &str) -> Result<Self, PromptError> {
        let rest = source.trim_start().strip_prefix("---").ok_or(PromptError::Header("its first ---"))?;
        let (header, text) = rest.split_once("\n---").ok_or(PromptError::Header("its second ---"))?;
        let fields: BTreeMap<&str, &str> = header
            .lines()
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.trim(), value.trim()))
            .collect();
        let name = fields.get("name").filter(|name| !name.is_empty()).ok_or(PromptError::Header("name"))?;
        let version =
            fields.get("version").and_then(|version| version.parse().ok()).ok_or(PromptError::Header("version"))?;
        let mut declared: Vec<String> = fields
            .get("variables")
            .ok_or(PromptError::Header("variables"))?
            .split(',')
            .map(|name| name.trim().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        declared.sort();
        let text = text.trim().to_owned();
        let used = used_variables(&text);
        if declared != used {
            return Err(PromptError::Variables { declared, used });
        }
        Ok(Self { name: (*name).to_owned(), version, variables: declared, text })
    }

    /// The text with its variables filled in. A value is never read as a template again.
    pub fn render(&self, values: &BTreeMap<&str, String>) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            match after.split_once("}}") {
                Some((name, behind)) => {
                    out.push_str(values.get(name.trim()).map_or("", String::as_str));
                    rest = behind;
                }
                None => rest = after,
            }
        }
        out.push_str(rest);
        out
    }
}

fn used_variables(text: &str) -> Vec<String> {
    let mut used: Vec<String> = text
        .split("{{")
        .skip(1)
        .filter_map(|part| part.split_once("}}"))
        .map(|(name, _)| name.trim().to_owned())
        .collect();
    used.sort();
    used.dedup();
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_prompt_is_whole() {
        assert_eq!(Prompt::parse(JAMIE).map(|prompt| prompt.name), Ok("jamie".to_owned()));
    }

    #[test]
    fn a_value_is_not_a_template() {
        let prompt = Prompt::parse("---\nname: a\nversion: 1\nvariables: x\n---\nsay {{x}}.").unwrap();
        assert_eq!(prompt.render(&BTreeMap::from([("x", "{{x}}".to_owned())])), "say {{x}}.");
    }

    #[test]
    fn undeclared_variables_are_refused() {
        assert!(matches!(
            Prompt::parse("---\nname: a\nversion: 1\nvariables: y\n---\nsay {{x}}."),
            Err(PromptError::Variables { .. })
        ));
        assert!(matches!(Prompt::parse("say"), Err(PromptError::Header(_))));
    }
}
