//! Files and directories, and results of the code search.

use serde::Deserialize;

/// `GET /repos/{owner}/{repo}/contents/{path}` with the media type `object`: a directory has `entries`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Content {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub sha: String,
    #[serde(default)]
    pub size: u64,
    /// Base64 with line breaks; empty over 1 MB, where `encoding` is `none`.
    #[serde(default)]
    pub content: String,
    #[serde(default)]
    pub encoding: String,
    #[serde(default)]
    pub target: Option<String>,
    #[serde(default)]
    pub submodule_git_url: Option<String>,
    #[serde(default)]
    pub entries: Option<Vec<Content>>,
}

/// `GET /search/code`.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct CodeResults {
    #[serde(default)]
    pub total_count: u64,
    #[serde(default)]
    pub incomplete_results: bool,
    pub items: Vec<CodeItem>,
}

/// A file that matches.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct CodeItem {
    pub path: String,
    pub repository: Named,
    pub text_matches: Vec<TextMatch>,
}

/// The repository of a result.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Named {
    pub full_name: String,
}

/// Text around a match.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TextMatch {
    pub fragment: String,
}
