//! Keys of what is looked at: clusters, Prometheus servers, foreign MCP servers.

use crate::settings::definition::{Definition, key};
use crate::settings::kind::Kind;

/// The keys.
pub const KEYS: &[Definition] = &[
    key(
        "clusters.NAME.kubeconfig",
        Kind::File,
        "The kubeconfig file. Without it `KUBECONFIG`, then `~/.kube/config`, then the service account of the pod.",
    )
    .filled_by(&["KUBECONFIG"]),
    key("clusters.NAME.context", Kind::Text, "The context in the kubeconfig; without it the current one."),
    key("clusters.NAME.namespaces", Kind::TextList, "The only namespaces that are looked at; none named means all.").or("[]"),
    key("clusters.NAME.proxy", Kind::Url, "The HTTP proxy on the way to the API server."),
    key(
        "clusters.NAME.act_kubeconfig",
        Kind::File,
        "The kubeconfig file with the credentials for changes, which only `mcp kubernetes --mode act` and Scarlet's executor use.",
    ),
    key("clusters.NAME.act_context", Kind::Text, "The context in `act_kubeconfig`; without it the current one."),
    key("clusters.NAME.instructions", Kind::Text, "What the assistant must know of this cluster, in plain words."),
    key("prometheus.NAME.url", Kind::Url, "The server's address; a user and password in it are kept as secrets.")
        .required()
        .filled_by(&["PROMETHEUS_URL"]),
    key("prometheus.NAME.alertmanager_url", Kind::Url, "The Alertmanager that belongs to it.")
        .filled_by(&["ALERTMANAGER_URL"]),
    key("prometheus.NAME.bearer", Kind::Secret, "The bearer token."),
    key("prometheus.NAME.user", Kind::Text, "The user of basic authentication."),
    key("prometheus.NAME.password", Kind::Secret, "The password of basic authentication."),
    key("prometheus.NAME.headers", Kind::SecretMap, "Further headers of each request.").or("{}"),
    key("prometheus.NAME.org_id", Kind::Text, "The tenant, sent as `X-Scope-OrgID` (Mimir, Cortex, Thanos)."),
    key(
        "prometheus.NAME.act_bearer",
        Kind::Secret,
        "The bearer token for silences at the Alertmanager, which only `mcp prometheus --mode act` and Scarlet's executor use.",
    ),
    key("prometheus.NAME.act_user", Kind::Text, "As `act_bearer`: the user of basic authentication."),
    key("prometheus.NAME.act_password", Kind::Secret, "As `act_bearer`: the password of basic authentication."),
    key("prometheus.NAME.ca_file", Kind::File, "PEM file with the authorities to trust, beside the built-in ones."),
    key("prometheus.NAME.client_cert_file", Kind::File, "PEM file with the client's certificate."),
    key("prometheus.NAME.client_key_file", Kind::File, "PEM file with the client's key."),
    key("loki.NAME.url", Kind::Url, "The server's address; a user and password in it are kept as secrets.")
        .required()
        .filled_by(&["LOKI_URL"]),
    key("loki.NAME.bearer", Kind::Secret, "The bearer token."),
    key("loki.NAME.user", Kind::Text, "The user of basic authentication."),
    key("loki.NAME.password", Kind::Secret, "The password of basic authentication."),
    key("loki.NAME.headers", Kind::SecretMap, "Further headers of each request.").or("{}"),
    key("loki.NAME.org_id", Kind::Text, "The tenant, sent as `X-Scope-OrgID`; several are joined by `|`."),
    key("loki.NAME.ca_file", Kind::File, "PEM file with the authorities to trust, beside the built-in ones."),
    key("loki.NAME.client_cert_file", Kind::File, "PEM file with the client's certificate."),
    key("loki.NAME.client_key_file", Kind::File, "PEM file with the client's key."),
    key("tempo.NAME.url", Kind::Url, "The server's address; a user and password in it are kept as secrets.")
        .required()
        .filled_by(&["TEMPO_URL"]),
    key("tempo.NAME.bearer", Kind::Secret, "The bearer token."),
    key("tempo.NAME.user", Kind::Text, "The user of basic authentication."),
    key("tempo.NAME.password", Kind::Secret, "The password of basic authentication."),
    key("tempo.NAME.headers", Kind::SecretMap, "Further headers of each request.").or("{}"),
    key("tempo.NAME.org_id", Kind::Text, "The tenant, sent as `X-Scope-OrgID`; several are joined by `|`."),
    key("tempo.NAME.ca_file", Kind::File, "PEM file with the authorities to trust, beside the built-in ones."),
    key("tempo.NAME.client_cert_file", Kind::File, "PEM file with the client's certificate."),
    key("tempo.NAME.client_key_file", Kind::File, "PEM file with the client's key."),
    key("github.url", Kind::Url, "The API; of GitHub Enterprise Server `https://HOST/api/v3`.").filled_by(&["GITHUB_API_URL"]),
    key("github.token", Kind::Secret, "The token; one that only reads suffices.").filled_by(&["GITHUB_TOKEN"]),
    key(
        "github.repositories",
        Kind::TextList,
        "The only repositories that are looked at, as `owner/name` or `owner/*`; none named means all that the token sees.",
    ),
    key("github.default_repository", Kind::Text, "The repository that is meant where none is named."),
    key("github.ca_file", Kind::File, "PEM file with the authorities to trust, beside the built-in ones."),
    key(
        "acting.grant_public_key",
        Kind::Text,
        "The executor's public key, 32 bytes in hexadecimal: an act server serves only calls with a grant signed by it.",
    ),
    key(
        "acting.audience",
        Kind::Text,
        "The name of this act server, such as the environment: only grants that were signed for it are served.",
    ),
    key(
        "acting.audit_file",
        Kind::Path,
        "Where an act server writes every call before it is made, and how it ended.",
    ),
    key("mcp_servers.NAME.command", Kind::Text, "The program to start; it speaks MCP on its standard input and output."),
    key("mcp_servers.NAME.args", Kind::Templates, "Its arguments.").or("[]"),
    key("mcp_servers.NAME.env", Kind::SecretMap, "Its variables, beside a few harmless ones of ours.").or("{}"),
    key("mcp_servers.NAME.url", Kind::Url, "The address of a server that speaks streamable HTTP, instead of `command`."),
    key("mcp_servers.NAME.headers", Kind::SecretMap, "Headers of each request to `url`.").or("{}"),
    key(
        "mcp_servers.NAME.grades",
        Kind::Grades,
        "What each tool may do: R0 read, R1 sensitive read, W1 to W3 change. A tool without a grade is offered to nobody.",
    )
    .or("{}"),
    key(
        "mcp_servers.NAME.enabled_tools",
        Kind::TextList,
        "The only tools that are offered; none named means all that have a grade.",
    )
    .or("[]"),
    key("mcp_servers.NAME.deadline_seconds", Kind::Seconds { min: 1, max: 600 }, "How long one call may take.").or("20"),
];
