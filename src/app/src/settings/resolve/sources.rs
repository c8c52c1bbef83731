//! Clusters, Prometheus servers and foreign MCP servers.

use crate::settings::path::KeyPath;
use crate::settings::pick::Pick;
use crate::settings::surroundings::Surroundings;
use crate::settings::types::{
    ClusterAccess, ClusterSettings, Credentials, McpServerSettings, McpTransport, PrometheusSettings,
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
            proxy: pick.text(&entry.key("proxy")).map(Secret::new),
            instructions: pick.text(&entry.key("instructions")),
        };
        Some((name, settings))
    };
    names.into_iter().filter_map(cluster).collect()
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
    ClusterSettings { access, context: None, namespaces: Vec::new(), proxy: None, instructions: None }
}

/// All Prometheus servers by name.
pub fn prometheus(pick: &Pick<'_>) -> BTreeMap<String, PrometheusSettings> {
    let section = KeyPath::of("prometheus");
    let names = pick.names(&section);
    names.into_iter().filter_map(|name| Some((name.clone(), one_prometheus(pick, &section.key(name))?))).collect()
}

fn one_prometheus(pick: &Pick<'_>, entry: &KeyPath) -> Option<PrometheusSettings> {
    let (url, in_url) = split_userinfo(&pick.text(&entry.key("url"))?);
    let alertmanager = pick.text(&entry.key("alertmanager_url")).map(|url| split_userinfo(&url));
    let in_alertmanager = alertmanager.as_ref().and_then(|(_, userinfo)| userinfo.clone());
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
    Some(PrometheusSettings {
        url,
        alertmanager_url: alertmanager.map(|(url, _)| url),
        credentials: credentials(pick, entry, in_url.or(in_alertmanager)),
        headers,
        ca_file: pick.file(&entry.key("ca_file")),
        client_certificate,
    })
}

/// A key that needs another one.
fn lone<T>(pick: &Pick<'_>, entry: &KeyPath, key: &str, other: &str) -> Option<T> {
    pick.complain(&entry.key(key), &format!("{key} without {other}"), &format!("both {key} and {other}, or neither"));
    None
}

fn credentials(pick: &Pick<'_>, entry: &KeyPath, in_url: Option<(String, Secret)>) -> Credentials {
    let bearer = pick.secret(&entry.key("bearer"));
    let user = pick.text(&entry.key("user"));
    let password = pick.secret(&entry.key("password"));
    let is_set = |key: &str| pick.entry(&entry.key(key)).is_some();
    if is_set("bearer") && (is_set("user") || is_set("password")) {
        pick.complain(&entry.key("bearer"), "bearer beside user or password", "either bearer, or user and password");
    }
    match (is_set("user"), is_set("password")) {
        (true, false) => lone::<()>(pick, entry, "user", "password"),
        (false, true) => lone(pick, entry, "password", "user"),
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
