//! From a merged kubeconfig to the configuration of one context.

use super::{Problem, proxy};
use kube::config::{AuthInfo, Cluster, Context, ExecAuthCluster, ExecInteractiveMode, Kubeconfig};
use rustls::pki_types::{CertificateDer, pem::PemObject as _};

/// The configuration, and whether its credentials can be made anew by connecting again (a plugin, a token file).
pub(super) fn config(merged: &Kubeconfig, context: Option<&str>) -> Result<(kube::Config, bool), Problem> {
    let context = find_context(merged, context)?;
    let named = merged.clusters.iter().find(|named| named.name == context.cluster);
    let Some(cluster) = named.and_then(|named| named.cluster.as_ref()) else {
        return Err(wrong("contexts.cluster", &format!("{:?}", context.cluster), "the name of a cluster"));
    };
    let user = context.user.as_ref().and_then(|user| merged.auth_infos.iter().find(|named| &named.name == user));
    let user = user.and_then(|named| named.auth_info.clone()).unwrap_or_default();

    let key = |field: &str| format!("clusters[{}].cluster.{field}", context.cluster);
    let server = cluster.server.as_deref().unwrap_or_default();
    let url = server.parse().map_err(|error| wrong(&key("server"), &format!("{server:?} ({error})"), "a URL"))?;
    let mut config = kube::Config::new(url);
    config.default_namespace = context.namespace.clone().unwrap_or_else(|| "default".to_owned());
    config.root_cert =
        authorities(cluster).map_err(|found| wrong(&key("certificate-authority"), &found, "PEM (CERTIFICATE)"))?;
    config.accept_invalid_certs = cluster.insecure_skip_tls_verify.unwrap_or(false);
    config.tls_server_name = cluster.tls_server_name.clone();
    config.disable_compression = cluster.disable_compression.unwrap_or(false);
    if let Some(text) = cluster.proxy_url.as_deref().filter(|text| !text.is_empty()) {
        let uri = proxy::parse("it", text).map_err(|error| wrong(&key("proxy-url"), &error, "http://host:port"))?;
        config.proxy_url = Some(uri);
    }
    let renewable = user.exec.is_some() || user.token_file.is_some();
    config.auth_info = without_terminal(user, cluster)?;
    Ok((config, renewable))
}

fn find_context(merged: &Kubeconfig, context: Option<&str>) -> Result<Context, Problem> {
    let name = context.or(merged.current_context.as_deref()).unwrap_or_default();
    let named = merged.contexts.iter().find(|named| named.name == name);
    named.and_then(|named| named.context.clone()).ok_or_else(|| {
        let known: Vec<&str> = merged.contexts.iter().map(|named| named.name.as_str()).collect();
        wrong("current-context", &format!("{name:?}"), &known.join(", "))
    })
}

/// A plugin gets no terminal: in a stdio server ours is the protocol. `provideClusterInfo` is honoured.
fn without_terminal(mut user: AuthInfo, cluster: &Cluster) -> Result<AuthInfo, Problem> {
    if let Some(exec) = &mut user.exec {
        exec.interactive_mode = Some(ExecInteractiveMode::Never);
        if exec.provide_cluster_info {
            let told = ExecAuthCluster::try_from(cluster);
            exec.cluster =
                Some(told.map_err(|error| wrong("users.user.exec", &error.to_string(), "a readable cluster"))?);
        }
    }
    Ok(user)
}

fn authorities(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, String> {
    let pem = match (&cluster.certificate_authority_data, &cluster.certificate_authority) {
        (Some(data), _) if !data.is_empty() => base64(data).ok_or("no base64")?,
        (_, Some(path)) if !path.is_empty() => std::fs::read(path).map_err(|error| format!("{path}: {error}"))?,
        _ => return Ok(None),
    };
    let certificates: Result<Vec<Vec<u8>>, _> =
        CertificateDer::pem_slice_iter(&pem).map(|found| found.map(|certificate| certificate.to_vec())).collect();
    let certificates = certificates.map_err(|error| format!("broken PEM ({error})"))?;
    if certificates.is_empty() { Err("no certificate".to_owned()) } else { Ok(Some(certificates)) }
}

/// Standard base64; line breaks, as YAML blocks have them, are passed over.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let plain: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    let bytes: k8s_openapi::ByteString = serde_json::from_value(serde_json::Value::String(plain)).ok()?;
    Some(bytes.0)
}

fn wrong(key: &str, found: &str, accepted: &str) -> Problem {
    Problem::new("kubeconfig", key, found, accepted)
}
