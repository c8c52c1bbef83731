//! What an answer found, as the words by which the page for it is looked for.

use domain::answer::{Answer, ClaimKind};

/// Characters that are looked through; the causes stand first.
const CHARACTERS: usize = 1_200;

/// The likely causes, then the facts; empty where nothing was found.
pub fn found(answer: &Answer) -> String {
    let causes = answer.hypotheses.iter().map(|hypothesis| hypothesis.summary.as_str());
    let facts = answer.claims.iter().filter(|claim| claim.kind == ClaimKind::Fact).map(|claim| claim.text.as_str());
    let text = causes.chain(facts).collect::<Vec<_>>().join("\n");
    text.chars().take(CHARACTERS).collect()
}
