//! What must go, what must stay, and that twice is once.

use super::*;
use proptest::prelude::*;
use serde_json::json;

fn redacted(mut value: Value) -> Value {
    redact_value(&mut value);
    value
}

#[test]
fn secrets_in_text_go_and_their_surroundings_stay() {
    let cases = [
        ("pushed with ghp_0123456789abcdefghijABCDEFGHIJ012345", "pushed with [redacted]"),
        ("glpat-abcDEF1234567890_xyz!", "[redacted]!"),
        ("xoxb-1234-5678-abcdef and xapp-1-A0-12-ab", "[redacted] and [redacted]"),
        ("key AKIAIOSFODNN7EXAMPLE used", "key [redacted] used"),
        ("sk-proj-abcdefghijkl_mnop-1234", "[redacted]"),
        ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl.", "jwt [redacted]"),
        (
            "postgres://app:s3cr3t@orders-db.data:5432/orders?x=1",
            "postgres://app:[redacted]@orders-db.data:5432/orders?x=1",
        ),
        ("redis://:hunter2@cache:6379", "redis://:[redacted]@cache:6379"),
        ("clone https://s3cr3t-t0ken@git.example/shop.git now", "clone https://[redacted]@git.example/shop.git now"),
        ("mysql://app:pa/ss@w/rd@db:3306/x, next", "mysql://app:[redacted]@db:3306/x, next"),
        ("postgres://app:123/x@db", "postgres://app:[redacted]@db"),
        ("http://a:9090,http://u:pw@b/x", "http://a:9090,http://u:[redacted]@b/x"),
        ("posts to hooks.slack.com/services/T0/B0/xyz fail", "posts to hooks.slack.com/services/[redacted] fail"),
        ("password=hunter2 user=bob", "password=[redacted] user=bob"),
        ("DB_PASSWORD=\"hunter2\", HOST=db", "DB_PASSWORD=\"[redacted]\", HOST=db"),
        ("token: abc123def", "token: [redacted]"),
        ("{\"api_key\":\"abc\",\"n\":1}", "{\"api_key\":\"[redacted]\",\"n\":1}"),
        (r#"body {\"password\":\"abc\"}"#, r#"body {\"password\":\"[redacted]\"}"#),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [redacted]"),
        ("authorization=Basic YWxhZGRpbjpvcGVu", "authorization=Basic [redacted]"),
        ("curl -H 'Authorization: token deadbeef' x", "curl -H 'Authorization: token [redacted]' x"),
        ("mysql --password hunter2 -h db", "mysql --password [redacted] -h db"),
        ("Cookie: session=abc; theme=dark\nGET /", "Cookie: [redacted]\nGET /"),
        ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/[redacted]"),
        ("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nb", "a\n[redacted]\nb"),
        ("-----BEGIN PRIVATE KEY-----\ncut off", "[redacted]"),
        ("AccountKey=abcd==;EndpointSuffix=core", "AccountKey=[redacted];EndpointSuffix=core"),
        ("clientSecret: 'abc'", "clientSecret: '[redacted]'"),
        ("sent bearer abcdef1234567890 on", "sent bearer [redacted] on"),
        (r#"cut off here {"client_secret":"abc def"#, r#"cut off here {"client_secret":"[redacted]"#),
        ("cut off here password='abc", "cut off here password='[redacted]"),
        ("ALTER USER shop IDENTIFIED BY 'x y' x", "ALTER USER shop IDENTIFIED BY [redacted] x"),
        ("create user 'a' identified with native by \"x\"", "create user 'a' identified with native by [redacted]"),
    ];
    for (text, wanted) in cases {
        assert_eq!(redact_text(text), wanted, "{text}");
    }
}

/// A text that is cut within a secret and redacted afterwards shows its first half.
#[test]
fn a_text_is_redacted_before_it_is_cut() {
    let token = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let long = format!("{} {token}", "word ".repeat(3_000));
    for (text, chars, wanted) in [
        ("short", 10, "short"),
        ("exactly", 7, "exactly"),
        ("cut äöü here", 6, "cut äö…"),
        (&format!("pushed with {token}"), 22, "pushed with [redacted]"),
        (&format!("pushed with {token}"), 18, "pushed with [redac…"),
        ("GET https://u:p4ssw0rd@host/x", 18, "GET https://u:[red…"),
    ] {
        assert_eq!(redacted_head(text, chars), wanted);
    }
    for chars in [0, 1, 1_700, 14_990, 15_010, 20_000] {
        let head = redacted_head(&long, chars);
        assert!(!head.contains("ghp_") && head.chars().count() <= chars + 1, "{chars}");
    }
    let many = format!("{token} ").repeat(2_000);
    for chars in [10, 100, 1_000, 30_000] {
        assert!(!redacted_head(&many, chars).contains("ghp_"), "{chars}");
    }
}

#[test]
fn every_known_shape_of_token_is_known() {
    let body = "a1B2c3D4e5F6a7B8c9D0".repeat(3);
    let hexadecimal = "0123456789abcdef".repeat(4);
    let capitals = "ABCDEFGHIJ012345".repeat(4);
    let shapes = [
        "ghp_B",
        "gho_B",
        "ghu_B",
        "ghs_B",
        "ghr_B",
        "github_pat_B",
        "glpat-B",
        "gldt-B",
        "glrt-B",
        "glptt-B",
        "xoxb-B",
        "xoxp-B",
        "xoxe.xoxp-B",
        "xapp-1-B",
        "sk-B",
        "sk-ant-api03-B",
        "sk_live_B",
        "rk_test_B",
        "whsec_B",
        "hf_B",
        "AIzaB",
        "ya29.B",
        "npm_B",
        "dckr_pat_B",
        "pypi-B",
        "SG.B.B",
        "hvs.B",
        "dop_v1_H",
        "shpat_H",
        "glsa_B_abcdef01",
        "lin_api_B",
        "tskey-auth-B",
        "AGE-SECRET-KEY-1C",
    ];
    for shape in shapes {
        let token = shape.replace('B', &body).replace('H', &hexadecimal);
        let token = match token.strip_suffix('C') {
            Some(start) => format!("{start}{capitals}"),
            None => token,
        };
        assert_eq!(redact_text(&format!("got {token}, went on")), "got [redacted], went on", "{shape}");
    }
}

#[test]
fn what_an_investigation_needs_lives() {
    let cases = [
        "shop/checkout@sha256:4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a",
        "trace 4bf92f3577b34da6a3ce929d0e0e4736 span 00f067aa0ba902b7",
        "commit dbcf72c3f0a1b2c3d4e5f60718293a4b5c6d7e8f",
        "uid 7d9f8c6b-1b2c-4d3e-8f90-0123456789ab",
        "couldn't find key STRIPE_KEY in Secret shop/checkout-stripe",
        "MountVolume.SetUp failed for volume \"tls\" : secret \"checkout-tls\" not found",
        "secrets \"checkout-stripe\" is forbidden: User \"x\" cannot get resource",
        "token: expired",
        "invalid bearer authentication",
        "pod disk-checkout-7d9f8c6b5-abcde restarted, task-123456789012345678901234 too",
        "secretName: checkout-tls",
        "secretKeyRef: {name: checkout-stripe, key: STRIPE_KEY}",
        "max_tokens=500, prompt_tokens: 12",
        "next_token=abc",
        "http://prometheus:9090/api/v1/query?query=up",
        "ssh://git@github.com/shop/checkout.git",
        "mail bob@example.com, or https://status.example.com and bob@example.com",
        "https://status.example.com,bob@example.com",
        "http://grafana:3000/d/x?user=bob@example.com",
        "http://[::1]:9090/x@y https://medium.com/@user",
        "docker-pullable://registry.local:5000/shop/checkout@sha256:4bf5122f344554c53bde2ebb8cd2b7e3",
        "postgres://app@orders-db/orders",
        "key=checkout value=3",
        "--password-file /run/secret",
        "password: $(DB_PASSWORD)",
        "rate(http_requests_total{job=\"token-service\"}[5m])",
        "keyspace: orders, monkey: banana",
    ];
    for text in cases {
        assert_eq!(redact_text(text), text);
    }
}

#[test]
fn names_are_judged_by_their_last_words() {
    let secret = [
        "password",
        "DB_PASSWORD",
        "clientSecret",
        "api-key",
        "apiKey",
        "X-API-Key",
        "AWS_SECRET_ACCESS_KEY",
        "authToken",
        "access_token",
        "GITHUB_TOKEN",
        "privateKey",
        "connectionString",
        "tls.private.key",
        "password_base64",
        "redis_password_1",
        "Authorization",
        "stripeAPIKey",
    ];
    let harmless = [
        "secretName",
        "tokenReviews",
        "secretKeyRef",
        "automountServiceAccountTokenPath",
        "imagePullSecret",
        "maxTokens",
        "next_token",
        "pageToken",
        "key",
        "keys",
        "name",
        "passwordFile",
        "token_count",
        "accessKeyId",
        "secretRef",
        "tokenExpirationSeconds",
        "monkey",
        "partition_key",
        "bypass",
        "compass",
        "tokens",
    ];
    for name in secret {
        assert_ne!(judge_name(name), NameVerdict::Harmless, "{name}");
    }
    for name in harmless {
        assert_eq!(judge_name(name), NameVerdict::Harmless, "{name}");
    }
}

#[test]
fn values_under_telling_names_go_whatever_they_look_like() {
    let given = json!({
        "password": "x", "pin_password": 1234, "token": "plain", "automountServiceAccountToken": true,
        "secretName": "checkout-tls", "volumes": [{"secret": {"secretName": "a"}}],
        "env": [{"name": "DB_PASSWORD", "value": "x"}, {"name": "HOST", "value": "db"},
                {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "stripe", "key": "API_KEY"}}}],
        "labels": {"secret": "checkout-stripe", "app": "checkout"},
        "columns": ["name", "value", "api_key"], "rows": [["TOKEN", "x", null], ["HOST", "db", "k"]],
        "passwords": ["a", "b"],
    });
    let wanted = json!({
        "password": "[redacted]", "pin_password": "[redacted]", "token": "[redacted]", "automountServiceAccountToken": true,
        "secretName": "checkout-tls", "volumes": [{"secret": {"secretName": "a"}}],
        "env": [{"name": "DB_PASSWORD", "value": "[redacted]"}, {"name": "HOST", "value": "db"},
                {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "stripe", "key": "API_KEY"}}}],
        "labels": {"secret": "checkout-stripe", "app": "checkout"},
        "columns": ["name", "value", "api_key"], "rows": [["TOKEN", "[redacted]", null], ["HOST", "db", "[redacted]"]],
        "passwords": ["[redacted]", "[redacted]"],
    });
    assert_eq!(redacted(given), wanted);
}

#[test]
fn a_secret_object_keeps_only_its_keys() {
    let given = json!({"kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "eA==", "b": "eQ=="}});
    let wanted = json!({"kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "[redacted]", "b": "[redacted]"}});
    assert_eq!(redacted(given), wanted);
}

fn any_json() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~]{0,30}",
        Just("password=hunter2 [redacted]".to_owned()),
        Just("Authorization: Bearer x [redacted]".to_owned()),
        Just("token: \"a".to_owned()),
        Just("https://a:b@c/[redacted]".to_owned()),
    ];
    let leaf = prop_oneof![text.prop_map(Value::from), any::<i64>().prop_map(Value::from), Just(Value::Null)];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let key = prop_oneof![
            "[a-z]{1,6}",
            Just("password".to_owned()),
            Just("apiToken".to_owned()),
            Just("data".to_owned())
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key, inner, 0..4).prop_map(|map| Value::from(Map::from_iter(map))),
        ]
    })
}

#[test]
fn a_replacement_uncovered_what_looked_like_a_password_in_a_url() {
    let once = redact_text(r"a://password://\@").into_owned();
    assert_eq!(redact_text(&once), once);
}

proptest! {
    #[test]
    fn twice_is_once(value in any_json()) {
        let once = redacted(value);
        prop_assert_eq!(redacted(once.clone()), once);
    }

    #[test]
    fn twice_is_once_in_text(text in "(password|token|api_key|Authorization|Cookie|secret|://|[:=@ ]|\"|'|\\\\|Bearer |[a-z0-9]{1,6}|\\[redacted\\]){0,12}") {
        let once = redact_text(&text).into_owned();
        let twice = redact_text(&once).into_owned();
        prop_assert_eq!(twice, once);
    }

    #[test]
    fn planted_canaries_do_not_survive(
        before in "[a-z ,.]{0,20}",
        canary in "[A-Za-z0-9]{36}",
        shape in prop::sample::select(vec![
            "ghp_{}", "xoxb-{}", "hf_{}", "npm_{}", "password={}", "API_TOKEN={}", "token: {}", "https://u:{}@host/x", "https://{}@host/x",
            "amqp://u:p/{}@host/x", "hooks.slack.com/services/T0/{}",
            "Authorization: Bearer {}", "{\"client_secret\": \"{}\"}", "eyJhbGciOiJub25lIn0.{}.x",
            "-----BEGIN EC PRIVATE KEY-----\n{}\n-----END EC PRIVATE KEY-----", "--token {}", "AccountKey={}",
        ]),
    ) {
        let planted = format!("{before} {}", shape.replace("{}", &canary));
        prop_assert!(!redact_text(&planted).contains(&canary), "{}", redact_text(&planted));
        let inside = redacted(json!({"rows": [{"message": planted}], "deep": {"password": canary.clone()}}));
        prop_assert!(!inside.to_string().contains(&canary));
    }
}
