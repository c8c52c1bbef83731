//! Who has which role, and what a role may.

use super::*;
use proptest::prelude::*;

const RIGHTS: [Right; 7] = [
    Right::Ask,
    Right::SeeIncidents,
    Right::Freeze,
    Right::HandleIncidents,
    Right::Approve,
    Right::LiftFreeze,
    Right::Configure,
];
const ROLES: [Role; 4] = [Role::Viewer, Role::Responder, Role::Approver, Role::Admin];
const STANDINGS: [Standing; 5] =
    [Standing::Member, Standing::Guest, Standing::External, Standing::Bot, Standing::Unknown];

fn set(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn house() -> Roles {
    Roles {
        viewers: set(&["slack:UGUEST", "slack:UOUTSIDE"]),
        responders: set(&["slack:S_ONCALL"]),
        approvers: set(&["slack:UANNA", "slack:S_LEADS"]),
        admins: set(&["slack:UROOT", "slack:UBOT"]),
    }
}

/// Who, with which groups and standing, where guests may or not, and the role that they have.
type Case = (&'static str, &'static [&'static str], Standing, bool, Option<Role>);

#[test]
fn a_role_is_the_highest_that_is_named_for_the_person_or_a_group() {
    let cases: &[Case] = &[
        ("slack:UANNA", &[], Standing::Member, false, Some(Role::Approver)),
        ("slack:UROOT", &["slack:S_ONCALL"], Standing::Member, false, Some(Role::Admin)),
        ("slack:UBEN", &["slack:S_ONCALL"], Standing::Member, false, Some(Role::Responder)),
        ("slack:UBEN", &["slack:S_ONCALL", "slack:S_LEADS"], Standing::Member, false, Some(Role::Approver)),
        ("slack:UBEN", &["slack:S_OTHER"], Standing::Member, false, Some(Role::Viewer)),
        ("slack:UBEN", &[], Standing::Member, false, Some(Role::Viewer)),
        ("slack:UNEW", &[], Standing::Guest, false, None),
        ("slack:UNEW", &[], Standing::Guest, true, Some(Role::Viewer)),
        ("slack:UGUEST", &[], Standing::Guest, false, Some(Role::Viewer)),
        ("slack:UNEW", &["slack:S_ONCALL"], Standing::Guest, false, Some(Role::Responder)),
        ("slack:UNEW", &[], Standing::External, false, None),
        ("slack:UNEW", &[], Standing::External, true, None),
        ("slack:UOUTSIDE", &[], Standing::External, false, Some(Role::Viewer)),
        ("slack:UBOT", &["slack:S_LEADS"], Standing::Bot, true, None),
        ("slack:UANNA", &["slack:S_LEADS"], Standing::Unknown, true, None),
        ("", &[], Standing::Member, true, None),
        // Ids are compared to the letter.
        ("slack:uanna", &[], Standing::Member, false, Some(Role::Viewer)),
    ];
    for (id, groups, standing, guests_may, expected) in cases {
        let found = house().role_of(id, &set(groups), *standing, *guests_may);
        assert_eq!(found, *expected, "{id} {groups:?} {standing:?} guests_may={guests_may}");
    }
}

#[test]
fn rights_of_each_role() {
    let table: Vec<Vec<bool>> =
        ROLES.iter().map(|role| RIGHTS.iter().map(|right| role.may(*right)).collect()).collect();
    let (yes, no) = (true, false);
    assert_eq!(
        table,
        [
            [yes, yes, yes, no, no, no, no],
            [yes, yes, yes, yes, no, no, no],
            [yes, yes, yes, yes, yes, yes, no],
            [yes, yes, yes, yes, yes, yes, yes],
        ]
    );
}

#[test]
fn a_program_has_no_right_even_where_a_role_was_written_into_it() {
    for standing in [Standing::Bot, Standing::Unknown] {
        let person = Person {
            id: "slack:UBOT".to_owned(),
            name: "bot".to_owned(),
            standing,
            role: Some(Role::Admin),
            groups: BTreeSet::new(),
            zone: None,
        };
        assert!(RIGHTS.iter().all(|right| !person.may(*right)), "{standing:?}");
    }
}

fn somebody(role: Role) -> Person {
    Person {
        id: "slack:U1".to_owned(),
        name: "anna".to_owned(),
        standing: Standing::Member,
        role: Some(role),
        groups: BTreeSet::new(),
        zone: None,
    }
}

#[test]
fn an_environment_is_seen_by_the_role_that_it_names_and_those_above_it() {
    let sight = Sight::of([("prod".to_owned(), Role::Responder), ("vault".to_owned(), Role::Admin)]);
    for (environment, sees) in [
        ("dev", [true, true, true, true]),
        ("prod", [false, true, true, true]),
        ("PROD", [false, true, true, true]),
        ("vault", [false, false, false, true]),
    ] {
        for (role, expected) in ROLES.into_iter().zip(sees) {
            assert_eq!(sight.shows(&somebody(role), environment), expected, "{role:?} {environment}");
            assert_eq!(role >= sight.least_role(environment), expected, "{role:?} {environment}");
        }
    }
    assert_eq!(ROLES.map(|role| sight.hides_from(&somebody(role))), [true, true, true, false]);
    assert!(!Sight::of([("dev".to_owned(), Role::Viewer)]).hides_from(&somebody(Role::Viewer)));
}

#[test]
fn who_may_see_no_incident_sees_none_in_an_environment_that_names_no_role() {
    let program = Person { standing: Standing::Bot, ..somebody(Role::Admin) };
    let nobody = Person { role: None, ..somebody(Role::Viewer) };
    for person in [program, nobody] {
        assert!(!Sight::default().shows(&person, "dev"), "{person:?}");
    }
}

#[test]
fn of_two_names_that_differ_in_capitals_the_stricter_holds() {
    for names in [["Prod", "prod"], ["prod", "Prod"]] {
        let sight = Sight::of(names.map(str::to_owned).into_iter().zip([Role::Approver, Role::Viewer]));
        assert_eq!((sight.least_role("prod"), sight.least_role("Prod")), (Role::Approver, Role::Approver));
    }
}

fn any_ids() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set("[a-d]", 0..4)
}

fn any_roles() -> impl Strategy<Value = Roles> {
    (any_ids(), any_ids(), any_ids(), any_ids()).prop_map(|(viewers, responders, approvers, admins)| Roles {
        viewers,
        responders,
        approvers,
        admins,
    })
}

proptest! {
    #[test]
    fn a_higher_role_may_all_that_a_lower_one_may(low in 0..4_usize, high in 0..4_usize, right in 0..7_usize) {
        let (low, high) = (low.min(high), low.max(high));
        prop_assert!(!ROLES[low].may(RIGHTS[right]) || ROLES[high].may(RIGHTS[right]));
    }

    #[test]
    fn naming_more_never_takes_a_role_away(
        roles in any_roles(),
        more in any_roles(),
        id in "[a-d]",
        groups in any_ids(),
        more_groups in any_ids(),
        standing in prop::sample::select(&STANDINGS[..]),
        guests_may in any::<bool>(),
    ) {
        let before = roles.role_of(&id, &groups, standing, guests_may);
        let wider = Roles {
            viewers: &roles.viewers | &more.viewers,
            responders: &roles.responders | &more.responders,
            approvers: &roles.approvers | &more.approvers,
            admins: &roles.admins | &more.admins,
        };
        prop_assert!(wider.role_of(&id, &(&groups | &more_groups), standing, guests_may) >= before);
        prop_assert!(roles.role_of(&id, &groups, standing, true) >= before);
    }

    #[test]
    fn nobody_has_more_than_is_named_for_them(
        roles in any_roles(),
        id in "[a-d]",
        groups in any_ids(),
        standing in prop::sample::select(&STANDINGS[..]),
        guests_may in any::<bool>(),
    ) {
        let named = |ids: &BTreeSet<String>| ids.contains(&id) || groups.iter().any(|group| ids.contains(group));
        match roles.role_of(&id, &groups, standing, guests_may) {
            Some(Role::Admin) => prop_assert!(named(&roles.admins)),
            Some(Role::Approver) => prop_assert!(named(&roles.approvers)),
            Some(Role::Responder) => prop_assert!(named(&roles.responders)),
            Some(Role::Viewer) => prop_assert!(
                named(&roles.viewers)
                    || standing == Standing::Member
                    || (standing == Standing::Guest && guests_may)
            ),
            None => prop_assert!(standing != Standing::Member),
        }
    }
}
