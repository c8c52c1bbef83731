//! What an answer of GitHub that is no success means, and what to do about it.
//!
//! GitHub tells a repository that may not be seen from one that does not exist by nothing at all, and says what is
//! missing in headers rather than in words; both are put into words here.

use super::links_of;
use domain::envelope::{Failure, FailureKind};
use serde::Deserialize;
use tools_common::http::{HttpClient, Response};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    message: Option<String>,
}

/// The failure that an unsuccessful answer means.
pub(super) fn of(client: &HttpClient, response: &Response, has_token: bool) -> Failure {
    let said = serde_json::from_slice::<Said>(&response.body).ok().and_then(|said| said.message);
    let general = client.failure_of(response);
    let Some((kind, hint)) = meaning(response, said.as_deref().unwrap_or_default(), has_token) else { return general };
    Failure { kind, ..general }.with_hint(hint)
}

fn meaning(response: &Response, said: &str, has_token: bool) -> Option<(FailureKind, String)> {
    let said = said.to_ascii_lowercase();
    let told = |kind, hint: &str| Some((kind, hint.to_owned()));
    match response.status.as_u16() {
        301..=308 => Some((FailureKind::BadAnswer, links_of::elsewhere(response))),
        401 => told(
            FailureKind::Unauthenticated,
            "the token is wrong, expired or revoked: set GITHUB_TOKEN to a good one (or unset it for public repositories)",
        ),
        403 => Some((FailureKind::Forbidden, forbidden(response, &said))),
        404 => Some((FailureKind::NotFound, missing(response, has_token))),
        409 if said.contains("empty") => {
            told(FailureKind::NotFound, "the repository is empty: nothing was ever pushed to it")
        }
        410 => told(FailureKind::NotFound, "it is gone: expired, deleted, or the feature is switched off"),
        422 if said.contains("no commit found") || said.contains("no branch") => {
            told(FailureKind::NotFound, "no such commit, branch or tag in this repository; `commits` lists some")
        }
        422 if said.contains("cannot be searched") || said.contains("do not have permission") => {
            told(FailureKind::NotFound, "the repository does not exist, or the token may not see it")
        }
        451 => told(FailureKind::Forbidden, "GitHub keeps this from being read for legal reasons (a takedown)"),
        _ => None,
    }
}

fn forbidden(response: &Response, said: &str) -> String {
    if let Some(sso) = response.header("x-github-sso") {
        let what = if sso.starts_with("required") { "the token must be authorised" } else { "a session is needed" };
        return format!(
            "the organisation enforces SAML single sign-on: {what} for it (settings of the token, Configure SSO)"
        );
    }
    if let Some(missing) = lacking(response) {
        return missing;
    }
    if said.contains("ip allow list") {
        return "the organisation admits listed IP addresses only, and this one is not among them".to_owned();
    }
    if said.contains("too large") {
        return "this is too large for the API; narrow it, or clone the repository".to_owned();
    }
    "the token may not do this; it must be allowed to read the repository's contents, pull requests, actions and \
     deployments"
        .to_owned()
}

/// The permission or scope that is missing, as the headers tell it.
fn lacking(response: &Response) -> Option<String> {
    if let Some(needed) = response.header("x-accepted-github-permissions").filter(|needed| !needed.trim().is_empty()) {
        return Some(format!("the token lacks a permission; this needs {}", needed.replace(';', " or ")));
    }
    let accepted = response.header("x-accepted-oauth-scopes").filter(|scopes| !scopes.trim().is_empty())?;
    let has: Vec<&str> = scopes(response.header("x-oauth-scopes")?).collect();
    if scopes(accepted).any(|scope| has.contains(&scope)) {
        return None;
    }
    let has = if has.is_empty() { "none".to_owned() } else { has.join(", ") };
    Some(format!("the token lacks a scope; this needs one of: {accepted}; it has: {has}"))
}

fn scopes(header: &str) -> impl Iterator<Item = &str> {
    header.split(',').map(str::trim).filter(|scope| !scope.is_empty())
}

fn missing(response: &Response, has_token: bool) -> String {
    let general = "there is no such thing, or the token may not see it: GitHub answers 404 for private repositories \
                   without permission";
    match (has_token, lacking(response)) {
        (false, _) => "there is no such thing, or it is private: GitHub answers 404 for private repositories without \
                       a token; set GITHUB_TOKEN"
            .to_owned(),
        (true, Some(lacking)) => format!("{general}; {lacking}"),
        (true, None) => general.to_owned(),
    }
}
