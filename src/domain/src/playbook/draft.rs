//! The draft of an answer: statements with what they rest on, in the order in which a tired person wants them.

use crate::answer::Hypothesis;
use crate::diagnosis::Statement;
use crate::object::ObjectRef;
use std::fmt::Write as _;

/// An answer before its statements are bound to the evidence.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// The answer in one sentence.
    pub verdict: Option<Statement>,
    /// How the question was understood, where that is not plain ("I read chekcout as checkout").
    pub notes: Vec<String>,
    /// The evidence told, by heading.
    pub sections: Vec<Section>,
    /// Possible causes, most likely first.
    pub hypotheses: Vec<Hypothesis>,
    /// What a person could do, the gentlest first.
    pub advice: Vec<String>,
    /// What the conversation is about now.
    pub subject: Option<ObjectRef>,
}

/// Statements under a heading.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Section {
    /// Empty for the first, which needs none.
    pub title: String,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// Text shown as it is (log lines, tables), below the statements.
    pub verbatim: Vec<String>,
}

impl Draft {
    /// A draft with a verdict.
    pub fn saying(verdict: Statement) -> Self {
        Self { verdict: Some(verdict), ..Self::default() }
    }

    /// Adds a section unless it is empty.
    pub fn section(&mut self, title: &str, statements: Vec<Statement>) {
        if !statements.is_empty() {
            self.sections.push(Section { title: title.to_owned(), statements, verbatim: Vec::new() });
        }
    }

    /// All statements: the verdict, then the sections'.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.verdict.iter().chain(self.sections.iter().flat_map(|section| &section.statements))
    }

    /// The draft as Markdown. `unconfirmed` tells whether a statement could not be bound to its evidence.
    pub fn markdown(
        &self,
        unconfirmed: impl Fn(&Statement) -> bool,
        could_not_look: &[String],
        read_in_part: &[String],
    ) -> String {
        let mut out = String::new();
        if let Some(verdict) = &self.verdict {
            let _ = writeln!(out, "**{}**{}", verdict.text.trim_end_matches('.'), marks(verdict, unconfirmed(verdict)));
        }
        for note in &self.notes {
            let _ = writeln!(out, "\n_{note}_");
        }
        // The reason, then what to do about it, then what else there is: who reads on a phone stops early.
        let (reason, rest) = self.sections.split_at(self.sections.len().min(1));
        reason.iter().for_each(|section| tell(&mut out, section, &unconfirmed));
        list(&mut out, "What you could do", &self.advice);
        rest.iter().for_each(|section| tell(&mut out, section, &unconfirmed));
        list(&mut out, "I could not look", could_not_look);
        list(&mut out, "Read in part", read_in_part);
        out.trim_end().to_owned()
    }
}

fn tell(out: &mut String, section: &Section, unconfirmed: &impl Fn(&Statement) -> bool) {
    out.push('\n');
    if !section.title.is_empty() {
        let _ = writeln!(out, "{}:", section.title);
    }
    for statement in &section.statements {
        let _ = writeln!(out, "- {}{}", statement.text, marks(statement, unconfirmed(statement)));
    }
    if !section.verbatim.is_empty() {
        let _ = writeln!(out, "```\n{}\n```", section.verbatim.join("\n").replace("```", "'''"));
    }
}

fn list(out: &mut String, title: &str, lines: &[String]) {
    if !lines.is_empty() {
        let _ = writeln!(out, "\n{title}:");
        for line in lines {
            let _ = writeln!(out, "- {line}");
        }
    }
}

fn marks(statement: &Statement, unconfirmed: bool) -> String {
    let ids: Vec<String> = statement.evidence.iter().map(ToString::to_string).collect();
    let ids = if ids.is_empty() { String::new() } else { format!(" [{}]", ids.join(", ")) };
    if unconfirmed { format!(" (unconfirmed){ids}") } else { ids }
}
