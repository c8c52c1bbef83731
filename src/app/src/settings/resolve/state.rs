//! Store, bus, retention, memory, embeddings, budgets and the service's door.

use crate::settings::path::KeyPath;
use crate::settings::pick::Pick;
use crate::settings::surroundings::Surroundings;
use crate::settings::types::ModelSettings;
use crate::settings::types::state::{
    BudgetSettings, BusSettings, EmbeddedPlace, EmbeddingSettings, MemorySettings, MongoDbPlace, RetentionSettings,
    StateSettings, StoreKind, StoreSettings, WebSettings,
};
use domain::secret::Secret;
use std::path::PathBuf;

/// Everything that outlives the process. `None` after a problem was told: each part tells its own, whatever the others do.
pub fn state(
    pick: &Pick<'_>,
    surroundings: &dyn Surroundings,
    model: Option<&ModelSettings>,
    notes: &mut Vec<String>,
) -> Option<StateSettings> {
    let (memory, store) = (memory(pick, model), store(pick, surroundings, notes));
    let (bus, retention, web) = (bus(pick), retention(pick), web(pick));
    let budgets = budgets(pick);
    Some(StateSettings { memory: memory?, store: store?, bus: bus?, retention: retention?, budgets, web: web? })
}

fn memory(pick: &Pick<'_>, model: Option<&ModelSettings>) -> Option<MemorySettings> {
    Some(MemorySettings {
        embeddings: embeddings(pick, model),
        runbooks: pick.folders(&KeyPath::of("memory.runbooks")),
        recall: pick.flag(&KeyPath::of("memory.recall"))?,
        built_in_runbooks: pick.flag(&KeyPath::of("memory.built_in_runbooks"))?,
    })
}

fn budgets(pick: &Pick<'_>) -> BudgetSettings {
    let keeps_nothing = pick.text(&KeyPath::of("store.kind")).is_some_and(|kind| kind == "none");
    for name in ["person_tokens_a_day", "channel_tokens_a_day"] {
        if keeps_nothing && bound(pick, name).is_some() {
            let found = "a bound for a day while store.kind is \"none\": nothing would count it";
            pick.complain(&KeyPath::of("budgets").key(name), found, "0, or another store.kind");
        }
    }
    BudgetSettings {
        question_tokens: bound(pick, "question_tokens"),
        question_tool_calls: bound(pick, "question_tool_calls"),
        person_tokens_a_day: bound(pick, "person_tokens_a_day"),
        channel_tokens_a_day: bound(pick, "channel_tokens_a_day"),
    }
}

fn bus(pick: &Pick<'_>) -> Option<BusSettings> {
    let redis_url = url(pick, "bus.redis_url", &["redis://", "rediss://"]);
    Some(BusSettings { redis_url, prefix: pick.text(&KeyPath::of("bus.prefix"))? })
}

fn retention(pick: &Pick<'_>) -> Option<RetentionSettings> {
    Some(RetentionSettings {
        conversations: days(pick, "conversations_days")?,
        evidence: days(pick, "evidence_days")?,
        incidents: days(pick, "incidents_days")?,
        audit: days(pick, "audit_days")?,
    })
}

fn store(pick: &Pick<'_>, surroundings: &dyn Surroundings, notes: &mut Vec<String>) -> Option<StoreSettings> {
    let key = |name: &str| KeyPath::of("store").key(name);
    let uri = url(pick, "store.mongodb_uri", &["mongodb://", "mongodb+srv://"]);
    let mongodb = uri.map(|uri| MongoDbPlace { uri, database: pick.text(&key("database")) });
    let embedded = embedded(pick, surroundings);
    let used = match pick.text(&key("kind"))?.as_str() {
        "none" => None,
        "mongodb" if mongodb.is_none() => {
            pick.complain(
                &key("kind"),
                "\"mongodb\" without store.mongodb_uri",
                "store.mongodb_uri or MONGODB_URI set",
            );
            return None;
        }
        "embedded" if embedded.is_none() => {
            pick.complain(&key("kind"), "\"embedded\" without a place", "store.folder, XDG_STATE_HOME or HOME set");
            return None;
        }
        "mongodb" => Some(StoreKind::MongoDb),
        "auto" if mongodb.is_some() => Some(StoreKind::MongoDb),
        "auto" if embedded.is_none() => {
            notes.push("nothing is kept: neither store.folder nor XDG_STATE_HOME nor HOME says where".to_owned());
            None
        }
        _ => Some(StoreKind::Embedded),
    };
    Some(StoreSettings { used, embedded, mongodb, deadline: pick.seconds(&key("deadline_seconds"))? })
}

fn embedded(pick: &Pick<'_>, surroundings: &dyn Surroundings) -> Option<EmbeddedPlace> {
    let folder = pick.file(&KeyPath::of("store.folder")).or_else(|| usual_folder(surroundings))?;
    let anchors = pick.file(&KeyPath::of("store.anchors_folder")).unwrap_or_else(|| folder.clone());
    Some(EmbeddedPlace { folder, anchors })
}

/// `$XDG_STATE_HOME/auto-devops`, as the XDG Base Directory Specification places what should outlive a process.
fn usual_folder(surroundings: &dyn Surroundings) -> Option<PathBuf> {
    let of_variable = |name: &str| surroundings.variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = of_variable("XDG_STATE_HOME").or_else(|| Some(of_variable("HOME")?.join(".local/state")))?;
    Some(state.join("auto-devops"))
}

/// A secret that must begin as one of these do. What is found wrong is not shown.
fn url(pick: &Pick<'_>, path: &str, schemes: &[&str]) -> Option<Secret> {
    let path = KeyPath::of(path);
    let secret = pick.secret(&path)?;
    if schemes.iter().any(|scheme| secret.reveal().starts_with(scheme)) {
        return Some(secret);
    }
    pick.complain(
        &path,
        "an address of another form",
        &format!("an address that begins with {}", schemes.join(" or ")),
    );
    None
}

fn embeddings(pick: &Pick<'_>, model: Option<&ModelSettings>) -> Option<EmbeddingSettings> {
    let key = |name: &str| KeyPath::of("embeddings").key(name);
    let own_key = pick.secret(&key("api_key"));
    let own_endpoint = pick.text(&key("endpoint"));
    let Some(name) = pick.text(&key("model")) else {
        if own_endpoint.is_some() {
            pick.complain(&key("endpoint"), "an endpoint without embeddings.model", "embeddings.model set as well");
        }
        return None;
    };
    match (own_endpoint, model) {
        (Some(endpoint), _) => {
            let (kind, disclosure) = (super::model::by_shape(&endpoint), super::model::disclosure(pick, &endpoint));
            Some(EmbeddingSettings { endpoint, kind, model: name, api_key: own_key, disclosure })
        }
        // Without any model endpoint (or with --no-model) there is nobody to ask: words alone.
        (None, model) => model.map(|model| EmbeddingSettings {
            endpoint: model.endpoint.clone(),
            kind: model.kind,
            model: name,
            api_key: own_key.or_else(|| model.api_key.clone()),
            disclosure: model.disclosure.clone(),
        }),
    }
}

fn days(pick: &Pick<'_>, name: &str) -> Option<u32> {
    u32::try_from(pick.whole(&KeyPath::of("retention").key(name))?).ok()
}

fn bound(pick: &Pick<'_>, name: &str) -> Option<u64> {
    pick.whole(&KeyPath::of("budgets").key(name)).filter(|bound| *bound > 0)
}

fn web(pick: &Pick<'_>) -> Option<WebSettings> {
    let path = KeyPath::of("web.listen");
    let written = pick.text(&path)?;
    match written.parse() {
        Ok(listen) => Some(WebSettings { listen }),
        Err(_) => {
            pick.complain(&path, &format!("{written:?}"), "ADDRESS:PORT, such as 127.0.0.1:8080");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::{Imagined, Loaded, Request, load};

    fn loaded(text: &str) -> Result<Loaded, String> {
        let request = Request { config: Some("/etc/ad/x.toml".into()), ..Request::default() };
        let surroundings = Imagined::default().with_variable("HOME", "/home/ann").with_file("/etc/ad/x.toml", text);
        load(&request, &surroundings).map_err(|problems| problems.to_string())
    }

    #[test]
    fn a_days_budget_that_nothing_could_count_is_a_mistake() {
        for name in ["person_tokens_a_day", "channel_tokens_a_day"] {
            let told = loaded(&format!("[store]\nkind = \"none\"\n[budgets]\n{name} = 1000\n")).err().unwrap();
            assert!(told.contains(&format!("budgets.{name}")) && told.contains("nothing would count it"), "{told}");
            assert!(loaded(&format!("[budgets]\n{name} = 1000\n")).is_ok());
        }
        assert!(loaded("[store]\nkind = \"none\"\n[budgets]\nquestion_tokens = 1000\n").is_ok());
    }

    #[test]
    fn the_embeddings_endpoint_is_shown_no_more_than_the_rules_for_its_address_say() {
        let text = "[model]\nendpoint = \"http://gpu:11434\"\ndeny_namespaces = [\"hr\"]\n\
                    [[model.egress]]\nendpoint = \"https://api.example*\"\nallow_sources = [\"kubernetes\"]\n\
                    [embeddings]\nmodel = \"m\"\n";
        let of = |text: &str| loaded(text).unwrap().settings.state.memory.embeddings.unwrap().disclosure;
        let same = of(text);
        assert_eq!((same.sources, same.denied_namespaces), (None, vec!["hr".to_owned()]));
        let own = of(&format!("{text}endpoint = \"https://api.example/v1\"\n"));
        assert_eq!((own.sources, own.denied_namespaces), (Some(vec!["kubernetes".to_owned()]), vec!["hr".to_owned()]));
    }
}
