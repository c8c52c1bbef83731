//! What of declared webhooks is read, and what is refused.

use crate::settings::types::scarlet::{WebhookPurpose, WebhookRehearsal};
use crate::settings::{Imagined, Loaded, Request, load, show};
use domain::effect::EffectClass;
use domain::hypothesis::SYMPTOMS;
use domain::secret::Secret;

/// The page on webhooks: its examples must be good settings.
const PAGE: &str = include_str!("../../../../../../docs/webhooks.md");

fn with_file(text: &str) -> (Request, Imagined) {
    let request = Request { config: Some("/etc/ad/x.toml".into()), ..Request::default() };
    let machine = Imagined::default().with_variable("HOME", "/home/ann").with_file("/etc/ad/x.toml", text);
    let machine = machine.with_variable("POOL_URL", "https://pool.example.com/hook/HUNTER2");
    (request, machine.with_variable("POOL_TOKEN", "HUNTER2"))
}

fn loaded(text: &str) -> Loaded {
    let (request, machine) = with_file(text);
    load(&request, &machine).unwrap()
}

fn report(text: &str) -> String {
    let (request, machine) = with_file(text);
    load(&request, &machine).unwrap_err().to_string()
}

fn examples() -> Vec<String> {
    PAGE.split("```toml\n").skip(1).map(|part| part.split("```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_examples_of_the_page_are_good_settings_and_show_no_secret() {
    let [action, notification] = examples().try_into().unwrap();
    let undo = "[webhooks.shrink-pool]\nurl = \"https://pool.example.com/x\"\nenvironments = [\"prod\"]\n";
    let text = format!("[environments.prod]\nautonomy = \"safe\"\n{action}\n{undo}\n{notification}");
    let loaded = loaded(&text);
    let scarlet = &loaded.settings.scarlet;
    assert_eq!(scarlet.escalate_to, ["slack:C0123456789", "webhook:pager"]);
    let grow = &scarlet.webhooks["grow-pool"];
    assert_eq!(grow.url, Secret::new("https://pool.example.com/hook/HUNTER2"));
    let WebhookPurpose::Action(action) = &grow.purpose else { unreachable!("it is an action") };
    assert_eq!((action.class, action.undo.as_deref()), (EffectClass::W2, Some("shrink-pool")));
    assert_eq!(action.success, Some(("pool_waiting{app=\"checkout\"}".to_owned(), Some(5.0))));
    assert!(matches!(action.rehearsal, WebhookRehearsal::ByParameter));
    assert!(matches!(scarlet.webhooks["pager"].purpose, WebhookPurpose::Notification { probe_url: Some(_) }));
    let shown = show::text(&loaded) + &format!("{loaded:?}");
    assert!(!shown.contains("HUNTER2"), "{shown}");
}

#[test]
fn every_mistake_in_a_webhook_is_told() {
    let of = |keys: &str| {
        report(&format!(
            "[environments.prod]\n[webhooks.x]\nurl = \"https://a/b\"\nenvironments = [\"prod\"]\n{keys}\n"
        ))
    };
    for (keys, told) in [
        ("class = \"W1\"", "one of W2, W3"),
        ("class = \"W2\"", "W2 without undo"),
        ("class = \"W2\"\nundo = \"y\"", "no other action in all of its environments"),
        ("class = \"W2\"\nundo = \"x\"", "no other action in all of its environments"),
        ("body = '{'", "it is no JSON"),
        ("body = '{\"a\": \"{{b}}\"}'", "{{b}} without such a parameter"),
        ("body = '{}'\n[webhooks.x.parameters.a]\nvalue = \"1\"", "does not stand in the body"),
        (
            "body = '{\"a\": \"{{a}}\"}'\n[webhooks.x.parameters.a]\ntype = \"whole\"\nvalue = \"51\"\nmax = 50",
            "must be 0 to 50",
        ),
        ("body = '{\"a\": \"{{a}}\"}'\n[webhooks.x.parameters.a]\nfrom = \"text\"", "\"text\""),
        ("body = '{\"a\": \"{{a}}\"}'\n[webhooks.x.parameters.a]", "neither from nor value"),
        ("rehearse = \"parameter\"", "no parameter says that it is a rehearsal"),
        ("rehearse = \"url\"", "url without rehearse_url"),
        ("rehearse_url = \"https://a/c\"", "rehearse_url without"),
        ("success_at_most = \"many\"\nsuccess = \"up\"", "a number such as"),
        ("success_at_most = \"1\"", "success_at_most without success"),
        ("success = \"sum(x)\\n> 1\"", "webhooks.x.success"),
        ("success = \"sum(x)\\n> 1\"", "PromQL on one line"),
        ("success = \"sum(\\u200bx) > 1\"", "PromQL on one line"),
        ("success = '''\nsum(x) > 1\n'''", "PromQL on one line"),
        ("expected_status = [\"302\"]", "is no status"),
        ("probe_url = \"https://a/c\"", "probe_url of an action"),
        ("purpose = \"notification\"\nundo = \"y\"", "undo of a notification"),
    ] {
        let found = of(keys);
        assert!(found.contains(told), "{keys}: {found}");
    }
    let nowhere = report("[environments.prod]\n[webhooks.x]\nurl = \"https://a/b\"\n");
    assert!(nowhere.contains("may be called in no environment"), "{nowhere}");
    let address = report("[webhooks.x]\npurpose = \"notification\"\nurl = \"ftp://HUNTER2\"\n");
    assert!(address.contains("an address of another kind") && !address.contains("HUNTER2"), "{address}");
    let name = report("[webhooks.\"A b\"]\npurpose = \"notification\"\nurl = \"https://a/b\"\n");
    assert!(name.contains("lower case letters"), "{name}");
}

#[test]
fn a_webhook_for_a_rule_that_is_named_wrongly_was_good_settings_and_was_never_called() {
    let of = |symptoms: &[&str]| {
        let keys =
            format!("url = \"https://a/b\"\nenvironments = [\"prod\"]\nclass = \"W3\"\nsymptoms = {symptoms:?}\n");
        let (request, machine) = with_file(&format!("[environments.prod]\n[webhooks.x]\n{keys}"));
        load(&request, &machine).map_err(|problems| problems.to_string())
    };
    let told = of(&["slow-by-itslef", "crash"]).unwrap_err();
    assert!(told.contains("webhooks.x.symptoms") && told.contains("\"slow-by-itslef\""), "{told}");
    assert!(SYMPTOMS.iter().all(|name| told.contains(name)) && !told.contains("\"crash\""), "{told}");
    assert_eq!(of(SYMPTOMS).map(|loaded| loaded.settings.scarlet.webhooks.len()), Ok(1));
}

#[test]
fn people_are_told_only_by_a_webhook_that_tells_people() {
    let to = |more: &str| report(&format!("[scarlet]\nescalate_to = [\"webhook:x\"]\n[environments.prod]\n{more}"));
    assert!(to("").contains("there is no webhook x of the purpose notification"));
    let action = "[webhooks.x]\nurl = \"https://a/b\"\nenvironments = [\"prod\"]\n";
    assert!(to(action).contains("there is no webhook x of the purpose notification"));
    let many = (0..6).map(|number| format!("\"slack:C{number}\"")).collect::<Vec<_>>().join(", ");
    let told = report(&format!("[scarlet]\nescalate_to = [{many}]\n"));
    assert!(told.contains("at most 5"), "{told}");
}
