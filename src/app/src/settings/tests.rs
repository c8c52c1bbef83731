//! The layers together: who wins, what is told, what is hidden.

use super::*;
use domain::incident::Impact;
use domain::policy::Autonomy;
use domain::secret::Secret;
use expect_test::{expect, expect_file};

fn with_file(text: &str) -> (Request, Imagined) {
    let request = Request { config: Some("/etc/ad/x.toml".into()), ..Request::default() };
    (request, Imagined::default().with_variable("HOME", "/home/ann").with_file("/etc/ad/x.toml", text))
}

fn loaded(text: &str) -> Loaded {
    let (request, surroundings) = with_file(text);
    load(&request, &surroundings).unwrap()
}

fn report(text: &str) -> String {
    let (request, surroundings) = with_file(text);
    load(&request, &surroundings).unwrap_err().to_string()
}

#[test]
fn without_anything_the_built_in_values_hold() {
    let loaded = load(&Request::default(), &Imagined::default()).unwrap();
    assert_eq!(loaded.settings.profile, "dev");
    assert!(loaded.settings.model.is_none());
    assert!(loaded.settings.clusters.is_empty() && loaded.settings.prometheus.is_empty());
    assert_eq!(loaded.settings.turn.max_steps, 20);
    assert!(loaded.settings.state.store.used.is_none(), "there is nowhere to keep anything");
    assert_eq!(loaded.notes, ["nothing is kept: neither store.folder nor XDG_STATE_HOME nor HOME says where"]);
}

#[test]
fn every_fixed_key_that_is_read_has_a_built_in_value() {
    for (name, _, _) in PROFILES {
        let request = Request { profile: Some((*name).to_owned()), ..Request::default() };
        assert!(load(&request, &Imagined::default()).is_ok(), "{name}");
    }
}

#[test]
fn profiles_have_their_deadlines() {
    for (profile, seconds) in [("dev", 30), ("staging", 45), ("prod", 60)] {
        let request = Request { profile: Some(profile.to_owned()), ..Request::default() };
        let settings = load(&request, &Imagined::default()).unwrap().settings;
        assert_eq!(settings.turn.deadline.as_secs(), seconds, "{profile}");
        assert_eq!(settings.telemetry.json, profile == "prod");
    }
}

#[test]
fn an_unknown_profile_is_a_mistake() {
    let request = Request { profile: Some("production".to_owned()), ..Request::default() };
    let problems = load(&request, &Imagined::default()).unwrap_err();
    expect![[r#"
        1 mistake in the settings:

        --profile: profile
          found     "production"
          accepted  one of dev, staging, prod"#]]
    .assert_eq(&problems.to_string());
}

#[test]
fn the_later_layer_wins() {
    let (request, surroundings) = with_file("profile = \"prod\"\n[turn]\nmax_steps = 5\ntools_offered = 6\n");
    let surroundings = surroundings
        .with_variable("AUTO_DEVOPS__TURN__MAX_STEPS", "7")
        .with_variable("XDG_CONFIG_HOME", "/xdg")
        .with_file("/xdg/auto-devops/config.toml", "[turn]\ntools_offered = 4\nresult_tokens = 900\n");
    let loaded = load(&request, &surroundings).unwrap();
    let turn = &loaded.settings.turn;
    assert_eq!((turn.max_steps, turn.tools_offered, turn.result_tokens), (7, 6, 900));
    assert_eq!(turn.deadline.as_secs(), 60);
    assert_eq!(loaded.files, [PathBuf::from("/xdg/auto-devops/config.toml"), PathBuf::from("/etc/ad/x.toml")]);
}

#[test]
fn the_model_is_named_by_settings_then_openai_then_ollama() {
    let all = Imagined::default()
        .with_variable("OPENAI_BASE_URL", "https://api.example/v1")
        .with_variable("OPENAI_API_KEY", "sk-1")
        .with_variable("OLLAMA_HOST", "gpu");
    let model = |surroundings: &Imagined| load(&Request::default(), surroundings).unwrap().settings.model;
    let by_settings = model(&all.clone().with_variable("AUTO_DEVOPS__MODEL__ENDPOINT", "own:1")).unwrap();
    assert_eq!((by_settings.endpoint.as_str(), by_settings.api_key), ("http://own:1", None));
    let by_openai = model(&all).unwrap();
    assert_eq!(by_openai.endpoint, "https://api.example/v1");
    assert_eq!(by_openai.api_key.unwrap().reveal(), "sk-1");
    let by_ollama = model(&Imagined::default().with_variable("OLLAMA_HOST", "gpu")).unwrap();
    assert_eq!((by_ollama.endpoint.as_str(), by_ollama.kind), ("http://gpu:11434", EndpointKind::Ollama));
    let key_alone = Imagined::default().with_variable("HOME", "/home/ann").with_variable("OPENAI_API_KEY", "sk-1");
    let alone = load(&Request::default(), &key_alone).unwrap();
    assert!(alone.settings.model.is_none());
    assert_eq!(alone.notes.len(), 1);
}

#[test]
fn no_model_wins_over_all() {
    let request = Request { narrowing: Narrowing { no_model: true, ..Narrowing::default() }, ..Request::default() };
    let surroundings = Imagined::default().with_variable("OLLAMA_HOST", "gpu");
    assert!(load(&request, &surroundings).unwrap().settings.model.is_none());
}

#[test]
fn the_strictest_egress_wins() {
    let loaded = loaded(
        r#"
        [model]
        endpoint = "https://api.example/v1"
        allow_sources = ["kubernetes", "prometheus"]
        deny_namespaces = ["kube-*"]
        [[model.egress]]
        endpoint = "https://*"
        allow_sources = ["prometheus", "other"]
        deny_namespaces = ["payments"]
        [[model.egress]]
        endpoint = "http://127.0.0.1:*"
        allow_sources = []
        "#,
    );
    let disclosure = loaded.settings.model.unwrap().disclosure;
    assert_eq!(disclosure.sources, Some(vec!["prometheus".to_owned()]));
    assert_eq!(disclosure.denied_namespaces, ["kube-*", "payments"]);
}

#[test]
fn a_declared_prometheus_hides_the_variable_and_userinfo_becomes_credentials() {
    let (request, surroundings) = with_file("[prometheus.main]\nurl = \"http://ann:p%40ss@prom:9090/\"\n");
    let surroundings = surroundings.with_variable("PROMETHEUS_URL", "http://other:9090");
    let loaded = load(&request, &surroundings).unwrap();
    assert_eq!(loaded.settings.prometheus.keys().collect::<Vec<_>>(), ["main"]);
    let main = &loaded.settings.prometheus["main"].source;
    assert_eq!(main.url, "http://prom:9090");
    let Credentials::Basic { user, password } = &main.credentials else { panic!("{:?}", main.credentials) };
    assert_eq!((user.as_str(), password.reveal()), ("ann", "p@ss"));
    let shown = show::text(&loaded) + &show::document(&loaded).to_string() + &format!("{loaded:?}");
    assert!(shown.contains("http://[secret]@prom:9090/"));
}

#[test]
fn ecosystem_variables_declare_the_default_sources() {
    let surroundings = Imagined::default()
        .with_variable("PROMETHEUS_URL", "http://prom:9090")
        .with_variable("ALERTMANAGER_URL", "http://am:9093")
        .with_variable("KUBECONFIG", "/a:/b")
        .with_variable("NO_COLOR", "1")
        .with_variable("TZ", "Europe/Berlin")
        .with_variable("RUST_LOG", "kube=debug");
    let settings = load(&Request::default(), &surroundings).unwrap().settings;
    assert_eq!(settings.prometheus["default"].alertmanager_url.as_deref(), Some("http://am:9093"));
    assert_eq!(settings.clusters["default"].access, ClusterAccess::Kubeconfig(vec!["/a".into(), "/b".into()]));
    assert_eq!(settings.output.colour, Colour::Never);
    assert_eq!(settings.output.time_zone, chrono_tz::Europe::Berlin);
    assert_eq!(settings.telemetry.log, "kube=debug");
}

#[test]
fn logs_traces_and_github_are_declared_by_their_variables() {
    let surroundings = Imagined::default()
        .with_variable("LOKI_URL", "http://loki:3100")
        .with_variable("TEMPO_URL", "http://tempo:3200")
        .with_variable("GITHUB_TOKEN", "ghp_x");
    let settings = load(&Request::default(), &surroundings).unwrap().settings;
    assert_eq!(settings.loki["default"].url, "http://loki:3100");
    assert_eq!(settings.tempo["default"].url, "http://tempo:3200");
    let github = settings.github.unwrap();
    assert_eq!(github.source.url, "https://api.github.com");
    assert_eq!(github.source.credentials, Credentials::Bearer(Secret::new("ghp_x")));
    assert!(load(&Request::default(), &Imagined::default()).unwrap().settings.github.is_none());
}

#[test]
fn a_tenant_travels_as_a_header_and_a_declared_loki_hides_the_variable() {
    let (request, surroundings) = with_file("[loki.main]\nurl = \"http://loki:3100\"\norg_id = \"a|b\"\n");
    let settings = load(&request, &surroundings.with_variable("LOKI_URL", "http://other")).unwrap().settings;
    assert_eq!(settings.loki.keys().collect::<Vec<_>>(), ["main"]);
    assert_eq!(settings.loki["main"].headers["X-Scope-OrgID"].reveal(), "a|b");
}

#[test]
fn what_acting_needs_is_checked_like_anything_else() {
    let key = "0f".repeat(32);
    let file = format!(
        "[clusters.eu]\nkubeconfig = \"/k\"\nact_kubeconfig = \"/a\"\nact_context = \"act\"\n[acting]\ngrant_public_key = \"{key}\"\naudience = \"production\"\n"
    );
    let (request, surroundings) = with_file(&file);
    let settings = load(&request, &surroundings.with_file("/k", "").with_file("/a", "")).unwrap().settings;
    let act = settings.clusters["eu"].act.clone().unwrap();
    assert_eq!((act.kubeconfig.to_str(), act.context.as_deref()), (Some("/a"), Some("act")));
    assert_eq!(settings.acting.grant_public_key, Some(vec![0x0f; 32]));
    assert_eq!(settings.acting.audience.as_deref(), Some("production"));

    let wrong = "[clusters.eu]\nkubeconfig = \"/k\"\nact_context = \"act\"\n[prometheus.main]\nurl = \"http://p\"\nact_user = \"ann\"\n[acting]\ngrant_public_key = \"0f\"\n";
    let (request, surroundings) = with_file(wrong);
    let told = load(&request, &surroundings.with_file("/k", "")).unwrap_err().to_string();
    let half = "grant_public_key without audience";
    for part in ["act_context without act_kubeconfig", "act_user without act_password", "64 digits", half] {
        assert!(told.contains(part), "{part}: {told}");
    }

    let (request, surroundings) = with_file("[acting]\naudience = \"production\"\n");
    let told = load(&request, &surroundings).unwrap_err().to_string();
    assert!(told.contains("audience without grant_public_key"), "{told}");
}

#[test]
fn context_picks_a_declared_cluster_or_a_context_of_the_usual_kubeconfig() {
    let file = "[clusters.eu]\ncontext = \"admin@eu\"\n[clusters.us]\ncontext = \"admin@us\"\n";
    for (flag, name, context) in
        [("eu", "eu", "admin@eu"), ("admin@us", "us", "admin@us"), ("minikube", "minikube", "minikube")]
    {
        let (request, surroundings) = with_file(file);
        let narrowing = Narrowing { context: Some(flag.to_owned()), ..Narrowing::default() };
        let surroundings = surroundings.with_file("/home/ann/.kube/config", "");
        let settings = load(&Request { narrowing, ..request }, &surroundings).unwrap().settings;
        assert_eq!(settings.clusters.keys().collect::<Vec<_>>(), [name]);
        assert_eq!(settings.clusters[name].context.as_deref(), Some(context));
        assert_eq!(settings.focus.cluster.as_deref(), Some(name));
    }
}

#[test]
fn a_variable_reaches_a_name_that_it_cannot_spell() {
    let (request, surroundings) = with_file("[prometheus.Eu-West]\nurl = \"http://a\"\n");
    let surroundings = surroundings.with_variable("AUTO_DEVOPS__PROMETHEUS__EU_WEST__URL", "http://b");
    let settings = load(&request, &surroundings).unwrap().settings;
    assert_eq!(settings.prometheus["Eu-West"].source.url, "http://b");
    assert_eq!(settings.prometheus.len(), 1);
}

#[test]
fn secrets_are_looked_up_and_never_shown() {
    let (request, surroundings) = with_file(
        r#"
        [model]
        endpoint = "gpu:1"
        api_key = "${MODEL_KEY}"
        [prometheus.main]
        url = "http://prom"
        bearer = { file = "token" }
        headers = { Authorization = "Custom ${MODEL_KEY}", X-Plain = "hunter4" }
        "#,
    );
    let surroundings = surroundings.with_variable("MODEL_KEY", "hunter2").with_file("/etc/ad/token", "hunter3\n");
    let loaded = load(&request, &surroundings).unwrap();
    assert_eq!(loaded.settings.model.as_ref().unwrap().api_key.as_ref().unwrap().reveal(), "hunter2");
    let main = &loaded.settings.prometheus["main"].source;
    assert_eq!(main.credentials, Credentials::Bearer(Secret::new("hunter3")));
    assert_eq!(main.headers["Authorization"].reveal(), "Custom hunter2");
    let shown = show::text(&loaded) + &show::document(&loaded).to_string() + &format!("{loaded:?}");
    assert!(!shown.contains("hunter"), "{shown}");
}

#[test]
fn every_mistake_is_told_in_one_run() {
    let file = r#"colour = "never"
[model]
endpiont = "gpu:1"
max_queue = -3
api_key = "${NOT_SET}"
kind = "olama"
[turn]
max_steps = 1000
[clusters.eu]
kubeconfig = "missing.yaml"
[environments.prod]
clusters = ["ue"]
autonomy = "Safe"
[prometheus.main]
ur = "http://x"
[prometheus.second]
url = "http://x"
bearer = "a"
user = "b"
[mcp_servers.files]
grades = { read = "R7" }
[[ignore]]
check = "restarts"
object = "*"
expires = 2027-01-01
[output]
time_zone = "Europe/Berln"
broken
"#;
    let (request, surroundings) = with_file(file);
    let surroundings = surroundings
        .with_variable("AUTO_DEVOPS__TURN__RESULT_TOKENS", "many")
        .with_variable("AUTO_DEVOPS__NOWHERE", "1");
    let narrowing = Narrowing { environment: Some("prd".to_owned()), ..Narrowing::default() };
    let problems = load(&Request { narrowing, ..request }, &surroundings).unwrap_err();
    expect![[r#"
        21 mistakes in the settings:

        /etc/ad/x.toml:28
          found     a line that is no TOML
          accepted  key with no value, expected `=`

        /etc/ad/x.toml:1: colour
          found     a key that does not exist
          accepted  one of profile, output, telemetry, playbooks, golden_signals, ignore, model, turn, environments, clusters, prometheus, loki, tempo, github, acting, mcp_servers, store, bus, retention, memory, embeddings, budgets, web, slack, scarlet, receivers, webhooks
          hint      there is a key of this name at output.colour

        /etc/ad/x.toml:3: model.endpiont
          found     a key that does not exist
          accepted  one of endpoint, model, api_key, headers, kind, context_tokens, reply_tokens, first_token_seconds, idle_seconds, total_seconds, max_concurrent, max_queue, prompt_file, allow_sources, deny_namespaces, egress
          hint      did you mean "model.endpoint"?

        /etc/ad/x.toml:4: model.max_queue
          found     -3
          accepted  a whole number from 0 to 10000

        /etc/ad/x.toml:6: model.kind
          found     "olama"
          accepted  one of auto, openai, ollama
          hint      did you mean "ollama"?

        /etc/ad/x.toml:8: turn.max_steps
          found     1000
          accepted  a whole number from 1 to 100

        /etc/ad/x.toml:13: environments.prod.autonomy
          found     "Safe"
          accepted  one of observe, suggest, safe, full
          hint      did you mean "safe"?

        /etc/ad/x.toml:15: prometheus.main.ur
          found     a key that does not exist
          accepted  one of url, alertmanager_url, bearer, user, password, headers, org_id, act_bearer, act_user, act_password, ca_file, client_cert_file, client_key_file
          hint      did you mean "prometheus.main.url"?

        /etc/ad/x.toml:21: mcp_servers.files.grades
          found     read = "R7"
          accepted  a table of tool = "R0", "R1", "W1", "W2" or "W3"

        /etc/ad/x.toml:27: output.time_zone
          found     "Europe/Berln"
          accepted  a name of the IANA time zone database, such as "Europe/Berlin" or "UTC"
          hint      did you mean "Europe/Berlin"?

        $AUTO_DEVOPS__NOWHERE: nowhere
          found     a key that does not exist
          accepted  one of profile, output, telemetry, playbooks, golden_signals, ignore, model, turn, environments, clusters, prometheus, loki, tempo, github, acting, mcp_servers, store, bus, retention, memory, embeddings, budgets, web, slack, scarlet, receivers, webhooks

        $AUTO_DEVOPS__TURN__RESULT_TOKENS: turn.result_tokens
          found     "many"
          accepted  a whole number from 100 to 100000

        /etc/ad/x.toml:22: ignore[0].reason
          found     nothing
          accepted  a text that is not empty

        /etc/ad/x.toml:14: prometheus.main.url
          found     nothing
          accepted  a URL that begins with http:// or https://

        /etc/ad/x.toml:10: clusters.eu.kubeconfig
          found     /etc/ad/missing.yaml, which does not exist
          accepted  the path of a file that exists

        /etc/ad/x.toml:12: environments.prod.clusters
          found     "ue", which is not declared
          accepted  one of eu
          hint      did you mean "eu"?

        /etc/ad/x.toml:5: model.api_key
          found     ${NOT_SET}, a variable that is not set
          accepted  the name of a variable that is set, as "${VARIABLE}"

        /etc/ad/x.toml:18: prometheus.second.bearer
          found     bearer beside user or password
          accepted  either bearer, or user and password

        /etc/ad/x.toml:19: prometheus.second.user
          found     user without password
          accepted  both user and password, or neither

        /etc/ad/x.toml:20: mcp_servers.files
          found     neither command nor url
          accepted  command = "PROGRAM" or url = "https://..."

        --env
          found     "prd", which is not declared
          accepted  one of prod
          hint      did you mean "prod"?"#]].assert_eq(&problems.to_string());
}

#[test]
fn an_environment_leaves_what_belongs_to_it() {
    let file = r#"
        [clusters.eu]
        context = "eu"
        namespaces = ["shop", "web"]
        [clusters.us]
        context = "us"
        [prometheus.main]
        url = "http://main"
        [mcp_servers.tickets]
        command = "tickets"
        [mcp_servers.us-only]
        command = "other"
        [environments.prod]
        clusters = ["eu"]
        namespaces = ["shop", "pay"]
        services.checkout.impact = "high"
        [environments.us]
        clusters = ["us"]
        mcp_servers = ["us-only"]
        "#;
    let (request, surroundings) = with_file(file);
    let surroundings = surroundings.with_file("/home/ann/.kube/config", "");
    let narrowing = Narrowing { environment: Some("prod".to_owned()), ..Narrowing::default() };
    let settings = load(&Request { narrowing, ..request }, &surroundings).unwrap().settings;
    assert_eq!(settings.clusters.keys().collect::<Vec<_>>(), ["eu"]);
    assert_eq!(settings.clusters["eu"].namespaces, ["shop"]);
    assert_eq!(settings.prometheus.keys().collect::<Vec<_>>(), ["main"]);
    assert_eq!(settings.mcp_servers.keys().collect::<Vec<_>>(), ["tickets"]);
    let prod = &settings.environments["prod"];
    assert_eq!((prod.autonomy, prod.services["checkout"].impact), (Autonomy::Observe, Impact::High));
}

#[test]
fn the_shape_of_an_address_tells_its_kind() {
    for (address, kind) in [
        ("gpu:11434", EndpointKind::Ollama),
        ("https://x/v1", EndpointKind::OpenAi),
        ("http://x/", EndpointKind::Ollama),
    ] {
        let loaded = loaded(&format!("[model]\nendpoint = {address:?}\n"));
        assert_eq!(loaded.settings.model.unwrap().kind, kind, "{address}");
    }
}

#[test]
fn arguments_of_a_server_take_variables_and_hide_what_looks_secret() {
    let (request, surroundings) =
        with_file("[mcp_servers.x]\ncommand = \"npx\"\nargs = [\"-y\", \"--token\", \"hunter2\", \"${EXTRA}\"]\n");
    let loaded = load(&request, &surroundings.with_variable("EXTRA", "hunter3")).unwrap();
    let McpTransport::Command { args, .. } = &loaded.settings.mcp_servers["x"].transport else { panic!("a command") };
    assert_eq!(args.iter().map(Secret::reveal).collect::<Vec<_>>(), ["-y", "--token", "hunter2", "hunter3"]);
    let shown = show::text(&loaded);
    assert!(shown.contains("-y --token") && !shown.contains("hunter"), "{shown}");
    assert!(!format!("{:?}", loaded.settings).contains("hunter"));
}

#[test]
fn a_file_of_config_that_is_missing_is_told() {
    let request = Request { config: Some("/nowhere.toml".into()), ..Request::default() };
    let problems = load(&request, &Imagined::default()).unwrap_err();
    assert_eq!(problems.0[0].found, "a file that cannot be read: no such file");
}

#[test]
fn a_section_that_is_no_table_is_told() {
    let report = report("model = 3\n[turn.max_steps]\nx = 1\n[[prometheus]]\nurl = \"http://x\"\n");
    expect![[r#"
        3 mistakes in the settings:

        /etc/ad/x.toml:1: model
          found     a whole number
          accepted  a table with endpoint, model, api_key, headers, kind, context_tokens, reply_tokens, first_token_seconds, idle_seconds, total_seconds, max_concurrent, max_queue, prompt_file, allow_sources, deny_namespaces, egress

        /etc/ad/x.toml:2: turn.max_steps
          found     a table
          accepted  a whole number from 1 to 100

        /etc/ad/x.toml:4: prometheus
          found     a list
          accepted  a table"#]].assert_eq(&report);
}

#[test]
fn the_reference_page_is_up_to_date() {
    expect_file!["../../../../docs/settings.md"].assert_eq(&reference::page());
}

#[test]
fn every_definition_has_a_readable_default_and_a_sentence() {
    for definition in definition::all() {
        assert!(definition.doc.ends_with('.'), "{}: the text must be a sentence", definition.path);
        if let Some(default) = definition.default {
            let raw = Raw { origin: Origin::Definition, value: RawValue::Untyped(default.to_owned()) };
            let base = check::Base { folder: Path::new("."), home: None };
            assert!(check::check(definition.kind, &raw, &base).is_ok(), "{}", definition.path);
        }
    }
}

#[test]
fn state_is_kept_in_the_embedded_store_unless_a_server_is_named() {
    let store = |surroundings: &Imagined| load(&Request::default(), surroundings).unwrap().settings.state.store;
    let folder = |surroundings: &Imagined| store(surroundings).embedded.unwrap().folder;
    let home = Imagined::default().with_variable("HOME", "/home/ann");
    assert_eq!(folder(&home), PathBuf::from("/home/ann/.local/state/auto-devops"));
    assert_eq!(store(&home).used, Some(types::state::StoreKind::Embedded));
    let xdg = home.clone().with_variable("XDG_STATE_HOME", "/var/state");
    assert_eq!(folder(&xdg), PathBuf::from("/var/state/auto-devops"));
    let relative = home.clone().with_variable("XDG_STATE_HOME", "state");
    assert_eq!(folder(&relative), PathBuf::from("/home/ann/.local/state/auto-devops"), "the specification ignores it");
    let server = home.clone().with_variable("MONGODB_URI", "mongodb://db/jamie");
    assert_eq!(store(&server).used, Some(types::state::StoreKind::MongoDb));
    let both = server.clone().with_variable("AUTO_DEVOPS__STORE__KIND", "embedded");
    assert_eq!(store(&both).used, Some(types::state::StoreKind::Embedded));
    let none = home.clone().with_variable("AUTO_DEVOPS__STORE__KIND", "none");
    assert_eq!(store(&none).used, None);
    let own = home.with_variable("AUTO_DEVOPS__STORE__FOLDER", "/srv/jamie");
    assert_eq!(
        store(&own).embedded.unwrap().anchors,
        PathBuf::from("/srv/jamie"),
        "beside, unless they are put elsewhere"
    );
}

#[test]
fn mistakes_in_the_state_are_told_and_no_address_is_shown() {
    let report = report(
        r#"
        [store]
        kind = "mongodb"
        [bus]
        redis_url = "http://:hunter2@cache"
        [embeddings]
        endpoint = "http://gpu:1"
        [retention]
        audit_days = 0
        [web]
        listen = "everywhere"
        "#,
    );
    for told in [
        "store.mongodb_uri or MONGODB_URI set",
        "an address that begins with redis:// or rediss://",
        "embeddings.model set as well",
        "retention.audit_days",
        "ADDRESS:PORT",
    ] {
        assert!(report.contains(told), "{told}: {report}");
    }
    assert!(!report.contains("hunter2"), "{report}");
}

#[test]
fn the_passwords_of_the_state_are_never_shown() {
    let loaded = loaded(
        "[store]\nmongodb_uri = \"mongodb://ann:hunter2@db/x\"\n[bus]\nredis_url = \"redis://:hunter2@cache\"\n\
         [model]\nendpoint = \"http://gpu:1\"\n[embeddings]\nmodel = \"words\"\napi_key = \"hunter2\"\n",
    );
    let shown = show::text(&loaded) + &show::document(&loaded).to_string() + &format!("{loaded:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert_eq!(loaded.settings.state.memory.embeddings.unwrap().endpoint, "http://gpu:1", "the model's");
}

#[test]
fn acting_takes_somebody_who_is_told_and_full_takes_two_settings() {
    let environment = |autonomy: &str| format!("[environments.prod]\nautonomy = \"{autonomy}\"\n");
    let told = report(&environment("safe"));
    assert!(told.contains("without scarlet.escalate_to"), "{told}");
    let told_to = "[scarlet]\nescalate_to = [\"slack:C0123456789\"]\n";
    let settings = loaded(&format!("{}{told_to}", environment("safe"))).settings;
    assert_eq!(settings.environments["prod"].autonomy, Autonomy::Safe);
    let told = report(&format!("{}{told_to}", environment("full")));
    assert!(told.contains("without scarlet.allow_full"), "{told}");
    let full = loaded(&format!("{}{told_to}allow_full = true\n", environment("full")));
    assert_eq!(full.settings.environments["prod"].autonomy, Autonomy::Full);
    let told = report("[scarlet]\nescalate_to = [\"#ops\", \"slack:ops\"]\n");
    assert!(told.contains("\"#ops\"") && told.contains("\"slack:ops\""), "{told}");
}

#[test]
fn whoever_sends_webhooks_must_show_who_they_are() {
    let receiver = |more: &str| format!("[environments.prod]\n[receivers.alerts]\nenvironment = \"prod\"\n{more}");
    let told = report(&receiver(""));
    assert!(told.contains("anybody could tell of incidents"), "{told}");
    let told = report(&receiver("user = \"am\"\n"));
    assert!(told.contains("half of them"), "{told}");
    assert_eq!(loaded(&receiver("bearer = \"t0\"\n")).settings.scarlet.receivers.len(), 1);
    let told = report("[receivers.alerts]\nenvironment = \"prdo\"\nbearer = \"t0\"\n");
    assert!(told.contains("\"prdo\""), "{told}");
    let told = report(&receiver("bearer = \"t0\"\nkind = \"generic\"\n"));
    assert!(told.contains("generic without mapping"), "{told}");
}

#[test]
fn windows_of_an_environment_are_read_or_told() {
    let told = report("[environments.prod]\nmaintenance = [\"sometimes\"]\n");
    assert!(told.contains("sometimes") && told.contains("DAYS FROM-TO ZONE"), "{told}");
    let settings = loaded("[environments.prod]\nmaintenance = [\"Sat 02:00-05:00 UTC\"]\n").settings;
    assert_eq!(settings.environments["prod"].maintenance.len(), 1);
}
