//! What holds for every text that may stand in a file or a variable.

use super::*;
use proptest::prelude::*;

const SECRET: &str = "Tr0ub4dor-and-3";

fn outcome(text: &str) -> String {
    let request = Request { config: Some("/x.toml".into()), ..Request::default() };
    match load(&request, &Imagined::default().with_file("/x.toml", text)) {
        Ok(loaded) => show::text(&loaded) + &show::document(&loaded).to_string() + &format!("{loaded:?}"),
        Err(problems) => problems.to_string() + &serde_json::to_string(&problems).unwrap() + &format!("{problems:?}"),
    }
}

/// Text that is nearly TOML of ours.
fn lines() -> impl Strategy<Value = String> {
    let keys: Vec<&'static str> = definition::all().flat_map(|definition| definition.path.split('.')).collect();
    let values = prop::sample::select(vec![
        "\"x\"",
        "1",
        "-1",
        "[\"a\"]",
        "{ file = \"f\" }",
        "true",
        "2027-01-01",
        "\"",
        "[",
        "",
    ]);
    let key = prop::sample::select(keys);
    let line = (key, values, 0..4_u8).prop_map(|(key, value, shape)| match shape {
        0 => format!("[{key}]"),
        1 => format!("[[{key}]]"),
        2 => format!("[model.{key}]"),
        _ => format!("{key} = {value}"),
    });
    prop::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

const WITH_SECRET: &[&str] = &[
    "[model]\napi_key = \"SECRET\"",
    "[model]\napi_key = \"SECRET",
    "[model]\napi_key = SECRET",
    "[model]\napi_key = [\"SECRET\"]",
    "[model]\napi_key = { fle = \"SECRET\" }",
    "[model]\napi_key = \"\"\"\nSECRET==\n",
    "[model]\napi_key = '''\nSECRET\n",
    "[model]\nheaders = { A = \"SECRET\", B = 1 }",
    "[model]\nendpoint = \"http://u:SECRET@h/v1\"",
    "[prometheus.a]\nurl = \"http://u:SECRET@h\"",
    "[prometheus.a]\nurl = \"htp://u:SECRET@h\"",
    "[prometheus.a]\nurl = \"http://h\"\npassword = \"SECRET\"",
    "[mcp_servers.a]\nurl = \"http://h?key=SECRET\"",
    "[mcp_servers.a]\nurl = \"http://u:SECRET@h\"",
    "[mcp_servers.a]\ncommand = \"c\"\nenv = { K = \"SECRET\" }",
    "[slack]\nbot_token = \"xoxb-SECRET\"\napp_token = \"xapp-SECRET\"\nsigning_secret = \"SECRET\"",
    "[slack]\nbot_token = \"SECRET\"\napp_token = \"SECRET\"\nsigning_secret = \"xoxp-SECRET\"",
    "[slack]\nportal_url = \"https://u:SECRET@h\"\npublic_url = \"https://u:SECRET@h\"",
    "[clusters.a]\nproxy = \"http://u:SECRET@h\"",
];

#[test]
fn a_secret_in_correct_settings_is_not_shown() {
    for shape in WITH_SECRET {
        let told = outcome(&shape.replace("SECRET", SECRET));
        assert!(!told.contains(SECRET), "{shape}\n---\n{told}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "\\PC{0,200}") {
        outcome(&text);
    }

    #[test]
    fn nothing_that_is_nearly_toml_makes_it_panic(text in lines()) {
        outcome(&text);
    }

    #[test]
    fn no_variable_makes_it_panic(name in "[A-Z_]{1,30}", value in "\\PC{0,60}") {
        let surroundings = Imagined::default().with_variable(&format!("AUTO_DEVOPS__{name}"), &value);
        let _ = load(&Request::default(), &surroundings);
    }

    #[test]
    fn a_secret_is_told_by_no_outcome(shape in prop::sample::select(WITH_SECRET), tail in lines()) {
        let text = format!("{}\n{tail}", shape.replace("SECRET", SECRET));
        let told = outcome(&text);
        prop_assert!(!told.contains(SECRET), "{text}\n---\n{told}");
    }
}
