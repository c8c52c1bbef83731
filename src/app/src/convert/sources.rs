//! The settings of our own tool servers.

use super::{files_of, read};
use crate::cli::Stop;
use crate::settings::{
    ClusterAccess, ClusterSettings, Credentials, IgnoreRule, PrometheusSettings, Settings, SourceSettings,
};
use chrono::{DateTime, Days, NaiveTime, Utc};
use chrono_tz::Tz;
use domain::secret::Secret;
use std::path::PathBuf;
use tools_common::http::{self as wire, HttpSettings};
use tools_kubernetes::{ClusterConfig, ClusterSource, KubernetesConfig};
use tools_prometheus::{Endpoint, Instance, Limits, PrometheusConfig, RecipeFile};

/// The clusters and the known noise.
pub fn kubernetes(settings: &Settings) -> KubernetesConfig {
    KubernetesConfig {
        clusters: settings.clusters.iter().map(|(name, cluster)| one_cluster(name, cluster)).collect(),
        ignore: settings.ignore.iter().map(|rule| known_noise(rule, settings.output.time_zone)).collect(),
        limits: tools_kubernetes::Limits {
            call_deadline: settings.turn.tool_deadline,
            ..tools_kubernetes::Limits::default()
        },
    }
}

fn one_cluster(name: &str, settings: &ClusterSettings) -> ClusterConfig {
    let source = match &settings.access {
        ClusterAccess::Kubeconfig(paths) => {
            ClusterSource::Kubeconfig { paths: paths.clone(), context: settings.context.clone() }
        }
        ClusterAccess::InCluster => ClusterSource::InCluster,
    };
    ClusterConfig {
        namespaces: (!settings.namespaces.is_empty()).then(|| settings.namespaces.clone()),
        proxy: settings.proxy.as_ref().map(|proxy| proxy.reveal().to_owned()),
        act: settings
            .act
            .as_ref()
            .map(|act| ClusterSource::Kubeconfig { paths: vec![act.kubeconfig.clone()], context: act.context.clone() }),
        ..ClusterConfig::new(name, source)
    }
}

fn known_noise(rule: &IgnoreRule, zone: Tz) -> tools_kubernetes::IgnoreRule {
    tools_kubernetes::IgnoreRule {
        check: rule.check.clone(),
        object: rule.object.clone(),
        reason: rule.reason.clone(),
        until: Some(end_of_last_day(rule, zone)),
    }
}

/// The rule holds through its whole last day in the zone of the people who wrote it.
fn end_of_last_day(rule: &IgnoreRule, zone: Tz) -> DateTime<Utc> {
    let next = rule.expires.checked_add_days(Days::new(1)).unwrap_or(rule.expires).and_time(NaiveTime::MIN);
    match next.and_local_timezone(zone).earliest() {
        Some(midnight) => midnight.with_timezone(&Utc),
        // A midnight that the clocks skip.
        None => next.and_utc(),
    }
}

/// The Prometheus servers.
///
/// # Errors
/// When a certificate cannot be read.
pub fn prometheus(settings: &Settings) -> Result<PrometheusConfig, Stop> {
    let instances = settings.prometheus.iter().map(|(name, one)| instance(name, one));
    Ok(PrometheusConfig {
        instances: instances.collect::<Result<_, _>>()?,
        recipes: recipes(&settings.recipe_directories)?,
        limits: Limits { call_deadline: settings.turn.tool_deadline },
    })
}

/// The Prometheus servers whose Alertmanager has credentials for changes, with these.
///
/// # Errors
/// When a certificate cannot be read.
pub fn prometheus_for_acting(settings: &Settings) -> Result<PrometheusConfig, Stop> {
    let mut acting = settings.clone();
    acting.prometheus.retain(|_, one| one.act_credentials.is_some() && one.alertmanager_url.is_some());
    for one in acting.prometheus.values_mut() {
        if let Some(credentials) = one.act_credentials.take() {
            one.source.credentials = credentials;
        }
    }
    prometheus(&acting)
}

/// The Loki servers.
///
/// # Errors
/// When a certificate cannot be read.
pub fn loki(settings: &Settings) -> Result<tools_loki::LokiConfig, Stop> {
    let instance = |(name, source): (&String, &SourceSettings)| {
        let usual = tools_loki::Instance::new(name, &source.url);
        Ok(tools_loki::Instance { endpoint: with_source(usual.endpoint, source)?, ..usual })
    };
    let instances = settings.loki.iter().map(instance).collect::<Result<_, Stop>>()?;
    let limits = tools_loki::Limits { call_deadline: settings.turn.tool_deadline, ..tools_loki::Limits::default() };
    Ok(tools_loki::LokiConfig { instances, limits })
}

/// The Tempo servers.
///
/// # Errors
/// When a certificate cannot be read.
pub fn tempo(settings: &Settings) -> Result<tools_tempo::TempoConfig, Stop> {
    let instance = |(name, source): (&String, &SourceSettings)| {
        let usual = tools_tempo::Instance::new(name, &source.url);
        Ok(tools_tempo::Instance { endpoint: with_source(usual.endpoint, source)?, ..usual })
    };
    let instances = settings.tempo.iter().map(instance).collect::<Result<_, Stop>>()?;
    let limits = tools_tempo::Limits { call_deadline: settings.turn.tool_deadline };
    Ok(tools_tempo::TempoConfig { instances, limits })
}

/// GitHub, where it is configured.
///
/// # Errors
/// When a certificate cannot be read.
pub fn github(settings: &Settings) -> Result<Option<tools_github::GithubConfig>, Stop> {
    let Some(github) = &settings.github else { return Ok(None) };
    let usual = tools_github::GithubConfig::new(&github.source.url, None);
    let limits = tools_github::Limits { call_deadline: settings.turn.tool_deadline, ..usual.limits };
    Ok(Some(tools_github::GithubConfig {
        endpoint: with_source(usual.endpoint, &github.source)?,
        repositories: github.repositories.clone(),
        default_repository: github.default_repository.clone(),
        limits,
    }))
}

/// An endpoint as its server usually wants it, reached as the settings say.
fn with_source(usual: Endpoint, source: &SourceSettings) -> Result<Endpoint, Stop> {
    let reached = http(source, usual.settings.backend, &source.url)?;
    let settings = HttpSettings { max_body_bytes: usual.settings.max_body_bytes, ..reached };
    Ok(Endpoint { settings, in_process: None })
}

/// The recipes of the user, in the order of the folders and of the files' names.
fn recipes(folders: &[PathBuf]) -> Result<Vec<RecipeFile>, Stop> {
    let files = files_of(folders, "toml")?;
    let file = |path: PathBuf| {
        let text = String::from_utf8_lossy(&read(&path)?).into_owned();
        Ok(RecipeFile { name: path.display().to_string(), text })
    };
    files.into_iter().map(file).collect()
}

fn instance(name: &str, settings: &PrometheusSettings) -> Result<Instance, Stop> {
    let source = &settings.source;
    let alertmanager = settings.alertmanager_url.as_deref().map(|url| endpoint(source, "Alertmanager", url));
    Ok(Instance {
        name: name.to_owned(),
        prometheus: endpoint(source, "Prometheus", &source.url)?,
        alertmanager: alertmanager.transpose()?,
    })
}

fn endpoint(source: &SourceSettings, backend: &'static str, url: &str) -> Result<Endpoint, Stop> {
    Ok(Endpoint { settings: http(source, backend, url)?, in_process: None })
}

/// The way to one address of a source, with its credentials.
///
/// # Errors
/// When a certificate cannot be read.
pub fn http(settings: &SourceSettings, backend: &'static str, url: &str) -> Result<HttpSettings, Stop> {
    let identity_pem = match &settings.client_certificate {
        Some((certificate, key)) => {
            let mut pem = String::from_utf8_lossy(&read(certificate)?).into_owned();
            pem.push('\n');
            pem.push_str(&String::from_utf8_lossy(&read(key)?));
            Some(Secret::new(pem))
        }
        None => None,
    };
    Ok(HttpSettings {
        credentials: match &settings.credentials {
            Credentials::None => wire::Credentials::None,
            Credentials::Bearer(token) => wire::Credentials::Bearer(token.clone()),
            Credentials::Basic { user, password } => {
                wire::Credentials::Basic { username: user.clone(), password: password.clone() }
            }
        },
        headers: settings.headers.clone(),
        ca_pem: settings.ca_file.as_deref().map(read).transpose()?,
        identity_pem,
        ..HttpSettings::new(backend, url)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_noise_holds_through_its_last_day() {
        let rule = IgnoreRule {
            check: "*".to_owned(),
            object: "*".to_owned(),
            reason: "known".to_owned(),
            expires: "2027-03-31".parse().unwrap(),
        };
        let end = end_of_last_day(&rule, chrono_tz::Europe::Berlin);
        assert_eq!(end.to_rfc3339(), "2027-03-31T22:00:00+00:00");
    }
}
