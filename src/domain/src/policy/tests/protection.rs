//! Which names are meant by the lists.

use super::*;

#[test]
fn critical_services_are_known_by_any_part_of_their_name() {
    let protection = Protection::default();
    for (service, is_critical) in [
        ("payment", true),
        ("payments", true),
        ("Payment-Gateway", true),
        ("eu-payment", true),
        ("auth", true),
        ("auth_proxy", true),
        ("core-api", true),
        ("core-api-v2", true),
        ("core", false),
        ("author", false),
        ("prepayment", false),
        ("cart", false),
        ("", false),
    ] {
        assert_eq!(protection.is_critical(service), is_critical, "{service}");
    }
}

#[test]
fn an_empty_name_in_the_list_makes_nothing_critical() {
    let protection = Protection { critical_services: [" ".to_owned()].into(), ..Protection::default() };
    assert!(!protection.is_critical("cart") && !protection.is_critical(""));
}

#[test]
fn namespaces_and_kinds_protect_what_is_theirs() {
    let protection = Protection::default();
    for (object, rule) in [
        (ObjectRef::namespaced("Deployment", "kube-system", "coredns"), Some("the namespace kube-system is protected")),
        (ObjectRef::namespaced("Secret", "shop", "token"), Some("objects of the kind Secret are protected")),
        (ObjectRef::cluster("Namespace", "shop"), Some("objects of the kind Namespace are protected")),
        (ObjectRef::cluster("Node", "worker-1"), None),
        (ObjectRef::namespaced("Deployment", "shop", "cart"), None),
    ] {
        assert_eq!(protection.protects(&object).as_deref(), rule, "{object}");
    }
}
