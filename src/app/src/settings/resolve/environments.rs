//! The environments with their services.

use super::scarlet;
use crate::settings::path::KeyPath;
use crate::settings::pick::Pick;
use crate::settings::types::{EnvironmentSettings, ServiceSettings};
use domain::incident::Impact;
use domain::person::Role;
use domain::policy::Autonomy;
use std::collections::BTreeMap;

/// All environments by name.
pub fn environments(pick: &Pick<'_>) -> BTreeMap<String, EnvironmentSettings> {
    let section = KeyPath::of("environments");
    let names = pick.names(&section);
    names.into_iter().filter_map(|name| Some((name.clone(), environment(pick, &section.key(name))?))).collect()
}

fn environment(pick: &Pick<'_>, section: &KeyPath) -> Option<EnvironmentSettings> {
    let autonomy = Autonomy::parse(&pick.text(&section.key("autonomy"))?).unwrap_or_default();
    let visible_to = match pick.text(&section.key("visible_to"))?.as_str() {
        "responder" => Role::Responder,
        "approver" => Role::Approver,
        "admin" => Role::Admin,
        _ => Role::Viewer,
    };
    Some(EnvironmentSettings {
        clusters: pick.list(&section.key("clusters")),
        prometheus: pick.list(&section.key("prometheus")),
        loki: pick.list(&section.key("loki")),
        tempo: pick.list(&section.key("tempo")),
        mcp_servers: pick.list(&section.key("mcp_servers")),
        namespaces: pick.list(&section.key("namespaces")),
        autonomy,
        shadow: scarlet::shadow(pick, section, autonomy),
        instructions: pick.text(&section.key("instructions")),
        people: pick.list(&section.key("people")),
        visible_to,
        maintenance: scarlet::windows(pick, &section.key("maintenance")),
        business_hours: scarlet::windows(pick, &section.key("business_hours")),
        approvers: pick.list(&section.key("approvers")),
        senses: pick.file(&section.key("senses")),
        services: services(pick, &section.key("services")),
    })
}

fn services(pick: &Pick<'_>, section: &KeyPath) -> BTreeMap<String, ServiceSettings> {
    let service = |name: String| {
        let entry = section.key(name.clone());
        let impact = match pick.text(&entry.key("impact"))?.as_str() {
            "low" => Impact::Low,
            "high" => Impact::High,
            _ => Impact::Medium,
        };
        Some((name, ServiceSettings { impact, namespace: pick.text(&entry.key("namespace")) }))
    };
    pick.names(section).into_iter().filter_map(service).collect()
}
