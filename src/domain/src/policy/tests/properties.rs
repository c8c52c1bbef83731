//! What holds in any situation: the strictest wins, gates only tighten, worse is never milder, and what is told is true.

use super::super::decision::judge;
use super::super::gates::GATES;
use super::super::table::{IMPACTS, SEVERITIES};
use super::*;
use proptest::prelude::*;

/// The parts of a situation that are drawn, each as a number.
#[derive(Debug, Clone)]
struct Drawn {
    autonomy: usize,
    scores: (u16, u16, u16, u16),
    severity: usize,
    impact: usize,
    class: usize,
    flags: u32,
    counts: (u32, u32, u32, u32),
    radius: (Option<u32>, Option<u32>, Option<u32>, usize, Option<u16>),
}

fn any_drawn() -> impl Strategy<Value = Drawn> {
    // Mostly what lets pass, so that no single gate decides everything.
    let radius = (
        prop::option::weighted(0.9, 0_u32..5),
        prop::option::weighted(0.9, 0_u32..5),
        prop::option::weighted(0.3, 0_u32..3),
        0_usize..8,
        prop::option::weighted(0.3, 0_u16..400),
    );
    let part = || 400_u16..=1_001;
    (
        (0_usize..8, (part(), part(), part(), part()), 0_usize..4, 0_usize..3),
        (
            0_usize..10,
            prop::bits::u32::masked(0x3ff)
                .prop_flat_map(|flags| prop_oneof![Just(0), Just(1 << (flags % 10)), Just(flags)]),
        ),
        (
            prop_oneof![3 => Just(0_u32), 1 => 0_u32..8],
            prop_oneof![3 => Just(0_u32), 1 => 0_u32..5],
            0_u32..4,
            0_u32..4,
        ),
        radius,
    )
        .prop_map(|((autonomy, scores, severity, impact), (class, flags), counts, radius)| Drawn {
            autonomy,
            scores,
            severity,
            impact,
            class,
            flags,
            counts,
            radius,
        })
}

impl Drawn {
    fn flag(&self, place: u32) -> bool {
        self.flags & (1 << place) != 0
    }

    fn scene(&self) -> Scene {
        let (ready, left, allowed, dependants, share) = self.radius;
        Scene {
            radius: BlastRadius {
                ready_replicas: ready,
                replicas_left: left,
                disruptions_allowed: allowed,
                dependants: vec!["web".to_owned(); dependants],
                traffic_share: share,
            },
            tainted: self.flag(0).then_some(Field::Reason).into_iter().collect(),
            elsewhere: if self.flag(1) {
                vec![staging(), Elsewhere { autonomy: Autonomy::Safe, environment: "dev".to_owned(), ..staging() }]
            } else {
                Vec::new()
            },
            ..Scene::default()
        }
    }

    fn situation<'a>(&self, scene: &'a Scene) -> Situation<'a> {
        let (diagnosis, history, simplicity, harmlessness) = self.scores;
        let (automatic, failed, hours, windows) = self.counts;
        let words = |place| self.flag(place).then(|| "words".to_owned());
        let classes = [
            EffectClass::W1,
            EffectClass::W1,
            EffectClass::W1,
            EffectClass::W2,
            EffectClass::W2,
            EffectClass::W2,
            EffectClass::W3,
            EffectClass::R0,
        ];
        Situation {
            plan: "digest",
            autonomy: *Autonomy::ALL.get(self.autonomy).unwrap_or(&Autonomy::Full),
            score: Score { diagnosis, history, simplicity, harmlessness },
            severity: SEVERITIES[self.severity],
            impact: IMPACTS[self.impact],
            class: *classes.get(self.class).unwrap_or(&EffectClass::W1),
            is_critical_service: self.flag(2),
            is_protected: words(3),
            is_leader: !self.flag(4),
            frozen: words(5),
            earned: self.flag(6),
            automatic_in_last_hour: automatic,
            resting_until: self.flag(7).then(|| noon() + TimeDelta::minutes(9)),
            failed_in_a_row: failed,
            chain_busy: words(8),
            business_hours: [None, Some(vec![daily(9, 17)]), Some(vec![daily(17, 9)])]
                .get(hours as usize)
                .cloned()
                .flatten(),
            maintenance: [vec![], vec![daily(2, 4)], vec![daily(11, 13)]]
                .get(windows as usize)
                .cloned()
                .unwrap_or_default(),
            missing_evidence: u32::from(self.flag(9)),
            ..scene.situation()
        }
    }
}

static TAINTED: LazyLock<BTreeSet<Field>> = LazyLock::new(|| [Field::Object].into());
static NOBODY_LEFT: LazyLock<BlastRadius> = LazyLock::new(|| BlastRadius {
    ready_replicas: Some(2),
    replicas_left: Some(0),
    disruptions_allowed: Some(0),
    dependants: vec!["web".to_owned(); 9],
    traffic_share: Some(1_000),
});

type Worsen = fn(&mut Situation<'_>);

/// One condition more for every gate.
const WORSE: &[(&str, Worsen)] = &[
    ("score", |s| s.score.diagnosis = 1_001),
    ("safety_review", |s| s.safety = Err(Vec::new())),
    ("freeze", |s| s.frozen = Some("words".to_owned())),
    ("leader", |s| s.is_leader = false),
    ("autonomy", |s| s.autonomy = Autonomy::Observe),
    ("autonomy", |s| s.autonomy = s.autonomy.min(Autonomy::Suggest)),
    ("autonomy", |s| s.autonomy = s.autonomy.min(Autonomy::Safe)),
    ("protected", |s| s.is_protected = Some("words".to_owned())),
    ("failed_heals", |s| s.failed_in_a_row += 1),
    ("critical_service", |s| s.is_critical_service = true),
    ("effect_class", |s| s.earned = false),
    ("effect_class", |s| s.class = if s.class.is_read() { s.class } else { s.class.max(EffectClass::W2) }),
    ("effect_class", |s| s.class = if s.class.is_read() { s.class } else { EffectClass::W3 }),
    ("taint", |s| s.tainted = &TAINTED),
    ("missing_evidence", |s| s.missing_evidence += 1),
    ("blast_radius", |s| s.blast_radius = &NOBODY_LEFT),
    ("rate", |s| s.automatic_in_last_hour += 1),
    ("rate", |s| s.cap = 0),
    ("business_hours", |s| s.business_hours.get_or_insert_default().push(daily(9, 17))),
    ("maintenance", |s| s.maintenance.clear()),
    ("cool_down", |s| s.resting_until = Some(noon() + TimeDelta::minutes(30))),
    ("chain", |s| s.chain_busy = Some("words".to_owned())),
];

#[test]
fn every_gate_is_among_the_conditions() {
    assert!(GATES.iter().all(|(name, _)| WORSE.iter().any(|(gate, _)| *gate == name.name())));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn one_condition_more_never_loosens(drawn in any_drawn()) {
        let scene = drawn.scene();
        let situation = drawn.situation(&scene);
        let before = judge(&TABLE, &situation);
        for (gate, worsen) in WORSE {
            let mut worse = situation.clone();
            worsen(&mut worse);
            let after = judge(&TABLE, &worse);
            prop_assert!(after.verdict >= before.verdict, "{gate}: {:?} from {:?}", after.verdict, before.verdict);
            prop_assert!(after.people_needed() >= before.people_needed(), "{gate}");
        }
    }

    #[test]
    fn a_gate_alone_can_only_raise_the_verdict(drawn in any_drawn()) {
        let scene = drawn.scene();
        let situation = drawn.situation(&scene);
        let judged = judge(&TABLE, &situation);
        let tabled = judged.ruled.verdict;
        let alone = if tabled == Verdict::Schedule { Verdict::Allow } else { tabled };
        for (name, look) in GATES {
            let finding = look(&situation, tabled);
            let with = finding.iter().map(|finding| finding.verdict).fold(alone, Verdict::max);
            prop_assert!(alone <= with && with <= judged.verdict, "{name}");
            prop_assert!(finding.iter().all(|finding| finding.verdict > Verdict::Allow && finding.gate == *name));
        }
        // The table's own word is loosened by one thing only: a window that is open for what it scheduled.
        let is_in_window = crate::calendar::is_open(&situation.maintenance, situation.now);
        prop_assert!(judged.verdict >= tabled || tabled == Verdict::Schedule && is_in_window);
    }

    #[test]
    fn worse_is_never_milder(drawn in any_drawn(), confidence in 0_u16..=1_000, less in 0_u16..=1_000) {
        let scene = drawn.scene();
        let mut situation = drawn.situation(&scene);
        situation.score = Score::even(confidence);
        let before = judge(&TABLE, &situation);
        let mut worse = vec![];
        worse.extend(SEVERITIES.into_iter().filter(|s| *s > situation.severity).map(|severity| Situation { severity, ..situation.clone() }));
        worse.extend(IMPACTS.into_iter().filter(|i| *i > situation.impact).map(|impact| Situation { impact, ..situation.clone() }));
        worse.push(Situation { score: Score::even(confidence.min(less)), ..situation.clone() });
        for worse in worse {
            let after = judge(&TABLE, &worse);
            prop_assert!(after.verdict >= before.verdict);
            prop_assert!(after.ruled.verdict >= before.ruled.verdict);
            prop_assert!(after.people_needed() >= before.people_needed());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn what_would_have_acted_does_and_takes_all_that_is_named(drawn in any_drawn()) {
        let scene = drawn.scene();
        let situation = drawn.situation(&scene);
        let decision = decide(&TABLE, &situation);
        let changes = &decision.would_have_acted;
        if decision.verdict == Verdict::Allow {
            prop_assert!(changes.is_empty());
            return Ok(());
        }
        // The place comes first: other changes are made there.
        let with = |left_out: Option<usize>| {
            let all = changes.iter().enumerate().filter(|(place, _)| Some(*place) != left_out).map(|(_, change)| change);
            let (places, others): (Vec<_>, Vec<_>) = all.partition(|change| matches!(change, Change::Environment(_)));
            let changed = places.into_iter().chain(others).fold(situation.clone(), |s, change| change.applied(&s));
            judge(&TABLE, &changed).verdict
        };
        if changes.is_empty() {
            prop_assert!(decision.told.contains("no change of confidence"));
        } else {
            prop_assert_eq!(with(None), Verdict::Allow);
            for place in 0..changes.len() {
                prop_assert!(with(Some(place)) > Verdict::Allow, "{:?} without {:?}", changes, changes[place]);
            }
        }
    }

    #[test]
    fn a_decision_tells_what_it_is(drawn in any_drawn()) {
        let scene = drawn.scene();
        let decision = decide(&TABLE, &drawn.situation(&scene));
        prop_assert_eq!(decision.opens_at.is_some(), decision.verdict == Verdict::Schedule);
        prop_assert!(decision.opens_at.is_none_or(|at| at > noon()));
        prop_assert!((1..=2).contains(&decision.people_needed));
        prop_assert!(!decision.told.contains("because ;") && !decision.told.contains("because ,"));
    }
}
