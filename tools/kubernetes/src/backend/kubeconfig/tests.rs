//! Kubeconfigs as people have them, and the mistakes that they make.

use super::*;
use expect_test::expect;

fn told(text: &str) -> String {
    validate_kubeconfig(text).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

const GOOD: &str = r#"
apiVersion: v1
kind: Config
current-context: prod
contexts:
- name: prod
  context: {cluster: prod, user: me, namespace: shop}
- name: old
  context: {cluster: gone, user: me}
clusters:
- name: prod
  cluster: {server: "https://10.0.0.1:6443", proxy-url: "http://proxy:3128", tls-server-name: api.internal}
users:
- name: me
  user: {token: canary-token}
"#;

#[test]
fn two_mistakes_are_told_together() {
    let text = r#"
apiVersion: v1
kind: Config
current-context: prd
contexts:
- name: prod
  context: {cluster: prod, user: me}
clusters:
- name: prod
  cluster: {server: "https://10.0.0.1:6443", certificate-authority: /nowhere/ca.crt}
users:
- name: me
  user: {token: canary-token}
"#;
    expect![[r#"
        kubeconfig: current-context: found "prd", which is no context; accepted: prod
        kubeconfig: clusters[prod].cluster.certificate-authority: found /nowhere/ca.crt, which cannot be read: No such file or directory (os error 2); accepted: a readable file"#]]
    .assert_eq(&told(text));
    let failure = Loaded::from_text(text).config("demo", None).unwrap_err();
    assert_eq!(failure.kind, FailureKind::BadRequest);
    assert!(
        failure.message.contains("2 mistakes") && failure.message.contains("/nowhere/ca.crt"),
        "{}",
        failure.message
    );
    assert!(!failure.message.contains("canary"));
}

#[test]
fn every_sort_of_mistake_has_its_key() {
    let text = r#"
current-context: a
contexts:
- name: a
  context: {cluster: nowhere, user: nobody}
- context: {cluster: c}
clusters:
- name: c
  cluster: {server: "10.0.0.1", proxy-url: "socks5://p:1", certificate-authority-data: "%%%"}
- name: d
users:
- name: u
  user: {client-certificate-data: aGVsbG8=, tokenFile: /nowhere/token, exec: {apiVersion: v0, command: /nowhere/aws, interactiveMode: Always}}
"#;
    expect![[r#"
        kubeconfig: contexts[1].name: found nothing; accepted: a name
        kubeconfig: clusters[d].cluster: found nothing; accepted: a mapping
        kubeconfig: contexts[a].context.cluster: found "nowhere", which is not in clusters; accepted: c
        kubeconfig: contexts[a].context.user: found "nobody", which is not in users; accepted: u
        kubeconfig: clusters[c].cluster.server: found "10.0.0.1"; accepted: an http or https URL
        kubeconfig: clusters[c].cluster.certificate-authority-data: found no base64; accepted: base64 of PEM (CERTIFICATE)
        kubeconfig: clusters[c].cluster.proxy-url: found an address of which it has the scheme "socks5"; http and https proxies are spoken here; accepted: http://host:port
        kubeconfig: users[u].user.client-certificate-data: found base64 of something else; accepted: base64 of PEM (CERTIFICATE)
        kubeconfig: users[u].user.client-key: found nothing; accepted: the client-key that belongs to client-certificate
        kubeconfig: users[u].user.tokenFile: found /nowhere/token, which cannot be read: No such file or directory (os error 2); accepted: a readable file
        kubeconfig: users[u].user.exec.command: found /nowhere/aws, which cannot be read: No such file or directory (os error 2); accepted: a readable file
        kubeconfig: users[u].user.exec.apiVersion: found "v0"; accepted: client.authentication.k8s.io/v1 or v1beta1
        kubeconfig: users[u].user.exec.interactiveMode: found Always: the plugin wants a terminal, and there is none here; accepted: IfAvailable or Never"#]]
    .assert_eq(&told(text));
}

#[test]
fn broken_yaml_is_a_problem_and_no_panic() {
    for text in ["a: [", "- 1\n- 2", "", "kind: Config\nclusters: 7"] {
        assert!(!validate_kubeconfig(text).is_empty(), "{text:?}");
    }
}

#[test]
fn mistakes_of_other_contexts_do_not_hinder() {
    assert_eq!(validate_kubeconfig(GOOD).len(), 1, "the context old has no cluster");
    let (config, renewable) = Loaded::from_text(GOOD).config("demo", None).unwrap();
    assert_eq!(config.cluster_url, "https://10.0.0.1:6443/");
    assert_eq!(config.proxy_url.unwrap(), "http://proxy:3128/");
    assert_eq!((config.default_namespace.as_str(), config.tls_server_name.as_deref()), ("shop", Some("api.internal")));
    assert!(!renewable);
    let failure = Loaded::from_text(GOOD).config("demo", Some("old")).unwrap_err();
    assert!(failure.message.contains("contexts[old].context.cluster"), "{}", failure.message);
}

#[test]
fn files_are_merged_and_the_first_wins() {
    let folder = std::env::temp_dir().join(format!("tools-kubernetes-kubeconfig-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (first, second) = (folder.join("a"), folder.join("b"));
    std::fs::write(&first, "apiVersion: v1\nkind: Config\ncurrent-context: two\ncontexts: []\n").unwrap();
    std::fs::write(folder.join("token"), "canary").unwrap();
    let text = "apiVersion: v1\nkind: Config\ncurrent-context: one\n\
        contexts:\n- name: two\n  context: {cluster: c, user: u}\n\
        clusters:\n- name: c\n  cluster: {server: 'http://127.0.0.1:1'}\n\
        users:\n- name: u\n  user: {tokenFile: token}\n";
    std::fs::write(&second, text).unwrap();
    let loaded = Loaded::from_files(&[first, second]);
    assert_eq!(loaded.all_problems(), []);
    let (config, renewable) = loaded.config("demo", None).unwrap();
    assert!(renewable);
    assert_eq!(config.auth_info.token_file, Some(folder.join("token").display().to_string()));
    std::fs::remove_dir_all(&folder).unwrap();
    let missing = validate_kubeconfig_files(&[folder.join("gone")]);
    assert!(missing.first().is_some_and(|problem| problem.found.contains("cannot be read")), "{missing:?}");
}

#[test]
fn a_plugin_gets_no_terminal_and_the_cluster_where_it_asks() {
    let text = GOOD.replace(
        "{token: canary-token}",
        "{exec: {apiVersion: client.authentication.k8s.io/v1, command: aws, provideClusterInfo: true, interactiveMode: IfAvailable}}",
    );
    let (config, renewable) = Loaded::from_text(&text).config("demo", None).unwrap();
    let exec = config.auth_info.exec.unwrap();
    assert_eq!(exec.interactive_mode, Some(kube::config::ExecInteractiveMode::Never));
    assert!(renewable && exec.cluster.is_some());
}
