//! Clusters, Prometheus servers and foreign MCP servers.

use crate::settings::path::KeyPath;
use crate::settings::pick::Pick;
use crate::settings::surroundings::Surroundings;
use crate::settings::types::{
    ActAccess, ActingSettings, ClusterAccess, ClusterSettings, Credentials, GithubSettings, McpServerSettings,
    McpTransport, PrometheusSettings, SourceSettings,
};
use crate::settings::variables::{DEFAULT_NAME, is_in_cluster, usual_kubeconfig};
use domain::secret::Secret;
use std::collections::BTreeMap;

/// All clusters by name; where none is declared, the one that the usual kubeconfig or the pod's account reaches.
pub fn clusters(pick: &Pick<'_>, surroundings: &dyn Surroundings) -> BTreeMap<String, ClusterSettings> {
    let section = KeyPath::of("clusters");
    let names = pick.names(&section);
    if names.is_empty() {
        let usual = usual_access(surroundings).map(|access| (DEFAULT_NAME.to_owned(), bare_cluster(access)));
        return usual.into_iter().collect();
    }
    let cluster = |name: String| {
        let entry = section.key(name.clone());
        let access = match pick.file(&entry.key("kubeconfig")) {
            Some(file) => Some(ClusterAccess::Kubeconfig(vec![file])),
            None => usual_access(surroundings),
        };
        let Some(access) = access else {
            pick.complain(
                &entry,
                "no kubeconfig, and neither KUBECONFIG nor ~/.kube/config nor a pod's service account",
                "kubeconfig = \"/path\"",
            );
            return None;
        };
        let settings = ClusterSettings {
            access,
            context: pick.text(&entry.key("context")),
            namespaces: pick.list(&entry.key("namespaces")),
            act: act_access(pick, &entry),
            proxy: pick.text(&entry.key("proxy")).map(Secret::new),
            instructions: pick.text(&entry.key("instructions")),
        };
        Some((name, settings))
    };
    names.into_iter().filter_map(cluster).collect()
}

fn act_access(pick: &Pick<'_>, entry: &KeyPath) -> Option<ActAccess> {
    let context = pick.text(&entry.key("act_context"));
    match pick.file(&entry.key("act_kubeconfig")) {
        Some(kubeconfig) => Some(ActAccess { kubeconfig, context }),
        None if context.is_some() => lone(pick, entry, "act_context", "act_kubeconfig"),
        None => None,
    }
}

/// What reaches a cluster that names no kubeconfig of its own.
pub fn usual_access(surroundings: &dyn Surroundings) -> Option<ClusterAccess> {
    match usual_kubeconfig(surroundings) {
        Some((files, _)) => Some(ClusterAccess::Kubeconfig(files)),
        None => is_in_cluster(surroundings).then_some(ClusterAccess::InCluster),
    }
}

/// A cluster without restrictions.
pub fn bare_cluster(access: ClusterAccess) -> ClusterSettings {
    ClusterSettings { access, context: None, namespaces: Vec::new(), act: None, proxy: None, instructions: None }
}

/// All Prometheus servers by name.
pub fn prometheus(pick: &Pick<'_>) -> BTreeMap<String, PrometheusSettings> {
    let section = KeyPath::of("prometheus");
    let names = pick.names(&section);
    names.into_iter().filter_map(|name| Some((name.clone(), one_prometheus(pick, &section.key(name))?))).collect()
}

fn one_prometheus(pick: &Pick<'_>, entry: &KeyPath) -> Option<PrometheusSettings> {
    let alertmanager = pick.text(&entry.key("alertmanager_url")).map(|url| split_userinfo(&url));
    let in_alertmanager = alertmanager.as_ref().and_then(|(_, userinfo)| userinfo.clone());
    let act = credentials(pick, entry, ["act_bearer", "act_user", "act_password"], None);
    Some(PrometheusSettings {
        source: source(pick, entry, in_alertmanager)?,
        alertmanager_url: alertmanager.map(|(url, _)| url),
        act_credentials: (act != Credentials::None).then_some(act),
    })
}

/// All servers of one kind (`loki`, `tempo`) by name.
pub fn sources(pick: &Pick<'_>, section: &str) -> BTreeMap<String, SourceSettings> {
    let section = KeyPath::of(section);
    let names = pick.names(&section);
    names.into_iter().filter_map(|name| Some((name.clone(), source(pick, &section.key(name), None)?))).collect()
}

/// How one server is reached; `elsewhere` are credentials that stood in another URL of the entry.
fn source(pick: &Pick<'_>, entry: &KeyPath, elsewhere: Option<(String, Secret)>) -> Option<SourceSettings> {
    let (url, in_url) = split_userinfo(&pick.text(&entry.key("url"))?);
    Some(reached(pick, entry, url, in_url.or(elsewhere)))
}

/// How the server at an address is reached; `in_url` are credentials that stood in the address.
pub fn reached(pick: &Pick<'_>, entry: &KeyPath, url: String, in_url: Option<(String, Secret)>) -> SourceSettings {
    let mut headers = pick.secrets(&entry.key("headers"));
    if let Some(tenant) = pick.text(&entry.key("org_id")) {
        headers.insert("X-Scope-OrgID".to_owned(), Secret::new(tenant));
    }
    let certificate = (pick.file(&entry.key("client_cert_file")), pick.file(&entry.key("client_key_file")));
    let client_certificate = match certificate {
        (Some(certificate), Some(key)) => Some((certificate, key)),
        (None, None) => None,
        (Some(_), None) => lone(pick, entry, "client_cert_file", "client_key_file"),
        (None, Some(_)) => lone(pick, entry, "client_key_file", "client_cert_file"),
    };
    SourceSettings {
        url,
        credentials: credentials(pick, entry, ["bearer", "user", "password"], in_url),
        headers,
        ca_file: pick.file(&entry.key("ca_file")),
        client_certificate,
    }
}

/// GitHub, where a token, an address or a repository is named.
pub fn github(pick: &Pick<'_>) -> Option<GithubSettings> {
    const PUBLIC: &str = "https://api.github.com";
    let entry = KeyPath::of("github");
    let (url, token) = (pick.text(&entry.key("url")), pick.secret(&entry.key("token")));
    let repositories = pick.list(&entry.key("repositories"));
    let default_repository = pick.text(&entry.key("default_repository"));
    if url.is_none() && token.is_none() && repositories.is_empty() && default_repository.is_none() {
        return None;
    }
    let (url, in_url) = split_userinfo(url.as_deref().unwrap_or(PUBLIC));
    let source = SourceSettings {
        url,
        credentials: match (token, in_url) {
            (Some(token), _) => Credentials::Bearer(token),
            (None, Some((user, password))) => Credentials::Basic { user, password },
            (None, None) => Credentials::None,
        },
        headers: BTreeMap::new(),
        ca_file: pick.file(&entry.key("ca_file")),
        client_certificate: None,
    };
    Some(GithubSettings { source, repositories, default_repository })
}

/// What act servers need beside credentials.
pub fn acting(pick: &Pick<'_>) -> ActingSettings {
    let key = KeyPath::of("acting").key("grant_public_key");
    let grant_public_key = pick.text(&key).and_then(|text| {
        let bytes = hexadecimal(text.trim()).filter(|bytes| bytes.len() == 32);
        if bytes.is_none() {
            pick.complain(&key, "a text that is no such key", "32 bytes in hexadecimal: 64 digits");
        }
        bytes
    });
    let audience = pick.text(&KeyPath::of("acting").key("audience")).filter(|name| !name.trim().is_empty());
    let audience = match (pick.text(&key), audience) {
        (Some(_), None) => lone(pick, &KeyPath::of("acting"), "grant_public_key", "audience"),
        (None, Some(_)) => lone(pick, &KeyPath::of("acting"), "audience", "grant_public_key"),
        (_, audience) => audience,
    };
    ActingSettings { grant_public_key, audience, audit_file: pick.file(&KeyPath::of("acting").key("audit_file")) }
}

fn hexadecimal(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let pair = |pair: &[u8]| match pair {
        [high, low] => u8::try_from(digit(high)? * 16 + digit(low)?).ok(),
        _ => None,
    };
    text.as_bytes().chunks(2).map(pair).collect()
}

/// A key that needs another one.
fn lone<T>(pick: &Pick<'_>, entry: &KeyPath, key: &str, other: &str) -> Option<T> {
    pick.complain(&entry.key(key), &format!("{key} without {other}"), &format!("both {key} and {other}, or neither"));
    None
}

/// Credentials by the keys of the bearer token, the user and the password.
fn credentials(
    pick: &Pick<'_>,
    entry: &KeyPath,
    [bearer_key, user_key, password_key]: [&str; 3],
    in_url: Option<(String, Secret)>,
) -> Credentials {
    let bearer = pick.secret(&entry.key(bearer_key));
    let user = pick.text(&entry.key(user_key));
    let password = pick.secret(&entry.key(password_key));
    let is_set = |key: &str| pick.entry(&entry.key(key)).is_some();
    if is_set(bearer_key) && (is_set(user_key) || is_set(password_key)) {
        let found = format!("{bearer_key} beside user or password");
        pick.complain(&entry.key(bearer_key), &found, &format!("either {bearer_key}, or user and password"));
    }
    match (is_set(user_key), is_set(password_key)) {
        (true, false) => lone::<()>(pick, entry, user_key, password_key),
        (false, true) => lone(pick, entry, password_key, user_key),
        _ => None,
    };
    match (bearer, user, password, in_url) {
        (Some(bearer), ..) => Credentials::Bearer(bearer),
        (None, Some(user), Some(password), _) => Credentials::Basic { user, password },
        (None, _, _, Some((user, password))) => Credentials::Basic { user, password },
        _ => Credentials::None,
    }
}

/// A URL without what stands before `@` in its authority, and that as user and password.
pub fn split_userinfo(url: &str) -> (String, Option<(String, Secret)>) {
    let start = url.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = url.split_at(start);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let Some((userinfo, host)) = authority.rsplit_once('@') else {
        return (url.trim_end_matches('/').to_owned(), None);
    };
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let bare = format!("{scheme}{host}{tail}");
    (bare.trim_end_matches('/').to_owned(), Some((percent_decoded(user), Secret::new(percent_decoded(password)))))
}

/// `%40` as `@`; what is no valid escape stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// All foreign MCP servers by name.
pub fn mcp_servers(pick: &Pick<'_>) -> BTreeMap<String, McpServerSettings> {
    let section = KeyPath::of("mcp_servers");
    let names = pick.names(&section);
    names.into_iter().filter_map(|name| Some((name.clone(), mcp_server(pick, &section.key(name))?))).collect()
}

fn mcp_server(pick: &Pick<'_>, entry: &KeyPath) -> Option<McpServerSettings> {
    let (env, headers) = (pick.secrets(&entry.key("env")), pick.secrets(&entry.key("headers")));
    let transport = match (pick.text(&entry.key("command")), pick.text(&entry.key("url"))) {
        (Some(command), None) => McpTransport::Command { command, args: pick.templates(&entry.key("args")), env },
        (None, Some(url)) => {
            if split_userinfo(&url).1.is_some() {
                let accepted = "a URL without them; use headers = { Authorization = \"...\" }";
                pick.complain(&entry.key("url"), "a URL with a user or password", accepted);
            }
            McpTransport::Http { url: Secret::new(url), headers }
        }
        (Some(_), Some(_)) => {
            pick.complain(&entry.key("url"), "both command and url", "either command or url");
            return None;
        }
        (None, None) => {
            pick.complain(entry, "neither command nor url", "command = \"PROGRAM\" or url = \"https://...\"");
            return None;
        }
    };
    Some(McpServerSettings {
        transport,
        grades: pick.grades(&entry.key("grades")),
        enabled_tools: pick.list(&entry.key("enabled_tools")),
        deadline: pick.seconds(&entry.key("deadline_seconds"))?,
    })
}
