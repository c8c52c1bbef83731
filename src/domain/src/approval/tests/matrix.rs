//! Who says what when, and what comes of it: one row a case.

use super::*;

/// Who says it.
#[derive(Debug, Clone, Copy)]
enum Who {
    /// Named by id; the first who says yes where somebody has.
    Ann,
    /// Named by id; the second who says yes where two have.
    Ben,
    /// A viewer in a named group.
    InGroup,
    /// Has the role that is named.
    Approver,
    /// Has a role above it.
    Admin,
    /// Has a role below it.
    Responder,
    /// Is in the house, and no more.
    Viewer,
    /// Is in the house, without any role.
    NoRole,
    /// A guest without a role.
    Guest,
    /// The same, named by id.
    GuestNamed,
    /// The same, in a named group.
    GuestInGroup,
    /// A guest to whom the settings give the role.
    GuestApprover,
    /// Somebody of another organisation.
    External,
    /// The same, named by id.
    ExternalNamed,
    /// The same, in a named group.
    ExternalInGroup,
    /// A program.
    Bot,
    /// A program that is named by id and has the role.
    BotNamed,
    /// Deactivated, or not to be found out.
    Unknown,
    /// The same, named by id.
    UnknownNamed,
    /// Named by id, and the one who proposed the plan.
    Proposer,
    /// Has no id at all.
    Nameless,
}

/// What they say.
#[derive(Debug, Clone, Copy)]
enum What {
    Approve,
    Reject,
    /// Takes a yes back.
    TakeBack,
    /// Takes a no back.
    TakeBackNo,
    /// A yes to a digest of which one digit is another.
    ApproveOtherDigest,
    /// A yes under the message of the plan that this one replaced.
    ApproveOnOldMessage,
    /// A no under that message.
    RejectOnOldMessage,
    /// A yes that is taken back under that message.
    TakeBackOnOldMessage,
}

/// How the approval stands, and what the clock says. The number is how many people it takes.
#[derive(Debug, Clone, Copy)]
enum When {
    /// Nobody has said anything.
    Pending(u32),
    /// Ann has said yes, and it takes two.
    AfterAnn,
    /// The proposer has said yes, and it takes two.
    AfterProposer,
    /// Granted, five seconds before it may start.
    Countdown(u32),
    /// Granted, at the moment from which it may start.
    CountdownOver,
    /// Granted, a minute after that; no executor has taken it.
    LongGranted,
    /// The executor has it.
    Started,
    /// Ann has said no.
    Rejected,
    /// The plan was replaced.
    Withdrawn,
    /// The last moment in which a yes can lead to a start.
    LastMoment,
    /// One millisecond later: it would start as it expires.
    TooLateToStart,
    /// The last moment in which anything can be said.
    LastInstant,
    /// The moment at which it expires; nobody has written so yet.
    Expiry(u32),
    /// The same, with Ann's yes of two.
    ExpiryAfterAnn,
    /// The same, granted and never started.
    ExpiryGranted,
    /// Written to be expired.
    Expired,
    /// The clock is behind the question by as much as clocks may differ.
    ClockAtMargin,
    /// The clock is behind the question by a millisecond more.
    ClockBehind,
    /// Ann has said yes of two; the clock is behind that, but not behind the question.
    ClockBehindAnn,
}

type Row = (&'static str, Who, What, When, Outcome, State);

/// Name, who, what, when; what is told, and how it stands afterwards.
#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Who may, one person needed.
    ("a person named by id approves", Who::Ann, What::Approve, When::Pending(1), Outcome::Granted, State::Granted),
    ("a viewer in a named group approves", Who::InGroup, What::Approve, When::Pending(1), Outcome::Granted, State::Granted),
    ("an approver approves", Who::Approver, What::Approve, When::Pending(1), Outcome::Granted, State::Granted),
    ("an admin approves, whose role is above", Who::Admin, What::Approve, When::Pending(1), Outcome::Granted, State::Granted),
    ("a responder may not approve", Who::Responder, What::Approve, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("a viewer may not approve", Who::Viewer, What::Approve, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("a member without a role may not approve", Who::NoRole, What::Approve, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("a guest may not approve", Who::Guest, What::Approve, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("a guest named by id approves", Who::GuestNamed, What::Approve, When::Pending(1), Outcome::Granted, State::Granted),
    ("a guest in a named group may not approve", Who::GuestInGroup, What::Approve, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("a guest with the role approves", Who::GuestApprover, What::Approve, When::Pending(1), Outcome::Granted, State::Granted),
    ("somebody of another organisation may not approve", Who::External, What::Approve, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("somebody of another organisation named by id approves", Who::ExternalNamed, What::Approve, When::Pending(1), Outcome::Granted, State::Granted),
    ("somebody of another organisation in a named group may not approve", Who::ExternalInGroup, What::Approve, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("a program may not approve", Who::Bot, What::Approve, When::Pending(1), Outcome::IsProgram, State::Pending),
    ("a program named by id may not approve either", Who::BotNamed, What::Approve, When::Pending(1), Outcome::IsProgram, State::Pending),
    ("whoever cannot be found out may not approve", Who::Unknown, What::Approve, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("whoever cannot be found out may not approve, named by id or not", Who::UnknownNamed, What::Approve, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("whoever has no id may not approve", Who::Nameless, What::Approve, When::Pending(1), Outcome::NotPermitted, State::Pending),
    // The same people say no.
    ("a person named by id rejects", Who::Ann, What::Reject, When::Pending(1), Outcome::Rejected, State::Rejected),
    ("a viewer in a named group rejects", Who::InGroup, What::Reject, When::Pending(1), Outcome::Rejected, State::Rejected),
    ("an approver rejects", Who::Approver, What::Reject, When::Pending(1), Outcome::Rejected, State::Rejected),
    ("one no is enough where two are needed", Who::Admin, What::Reject, When::Pending(2), Outcome::Rejected, State::Rejected),
    ("the proposer rejects", Who::Proposer, What::Reject, When::Pending(2), Outcome::Rejected, State::Rejected),
    ("a responder may not reject", Who::Responder, What::Reject, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("a viewer may not reject", Who::Viewer, What::Reject, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("a guest may not reject", Who::Guest, What::Reject, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("somebody of another organisation may not reject", Who::External, What::Reject, When::Pending(1), Outcome::NotPermitted, State::Pending),
    ("a program may not reject", Who::Bot, What::Reject, When::Pending(1), Outcome::IsProgram, State::Pending),
    ("a program named by id may not reject", Who::BotNamed, What::Reject, When::Pending(1), Outcome::IsProgram, State::Pending),
    ("whoever cannot be found out may not reject", Who::UnknownNamed, What::Reject, When::Pending(1), Outcome::NotPermitted, State::Pending),
    // Two people.
    ("the first of two counts", Who::Ann, What::Approve, When::Pending(2), Outcome::Counted, State::Pending),
    ("the second of two grants", Who::Ben, What::Approve, When::AfterAnn, Outcome::Granted, State::Granted),
    ("the second of two may have come by a group", Who::InGroup, What::Approve, When::AfterAnn, Outcome::Granted, State::Granted),
    ("the same person twice is one person", Who::Ann, What::Approve, When::AfterAnn, Outcome::SaidBefore, State::Pending),
    ("a viewer is no second person", Who::Viewer, What::Approve, When::AfterAnn, Outcome::NotPermitted, State::Pending),
    ("a program is no second person", Who::BotNamed, What::Approve, When::AfterAnn, Outcome::IsProgram, State::Pending),
    ("a no after one of two ends it", Who::Ben, What::Reject, When::AfterAnn, Outcome::Rejected, State::Rejected),
    ("a no after one's own yes stands in its place", Who::Ann, What::Reject, When::AfterAnn, Outcome::Rejected, State::Rejected),
    ("the first of two takes the yes back", Who::Ann, What::TakeBack, When::AfterAnn, Outcome::TakenBack, State::Pending),
    ("nobody takes back the yes of another", Who::Ben, What::TakeBack, When::AfterAnn, Outcome::NothingToTakeBack, State::Pending),
    ("a no that was never said is not taken back", Who::Ann, What::TakeBackNo, When::AfterAnn, Outcome::NothingToTakeBack, State::Pending),
    // The proposer.
    ("the proposer alone grants where one is needed", Who::Proposer, What::Approve, When::Pending(1), Outcome::Granted, State::Granted),
    ("the proposer is one of two", Who::Proposer, What::Approve, When::Pending(2), Outcome::Counted, State::Pending),
    ("the proposer is the second of two", Who::Proposer, What::Approve, When::AfterAnn, Outcome::Granted, State::Granted),
    ("the proposer is never both of two", Who::Proposer, What::Approve, When::AfterProposer, Outcome::IsProposer, State::Pending),
    ("somebody else grants after the proposer", Who::Ann, What::Approve, When::AfterProposer, Outcome::Granted, State::Granted),
    ("the proposer takes the yes back", Who::Proposer, What::TakeBack, When::AfterProposer, Outcome::TakenBack, State::Pending),
    // In the countdown and after it, while no executor has taken it.
    ("a yes is taken back in the countdown", Who::Ann, What::TakeBack, When::Countdown(1), Outcome::TakenBack, State::Pending),
    ("one of two yeses is taken back in the countdown", Who::Ben, What::TakeBack, When::Countdown(2), Outcome::TakenBack, State::Pending),
    ("a yes is taken back as the countdown ends", Who::Ann, What::TakeBack, When::CountdownOver, Outcome::TakenBack, State::Pending),
    ("a yes is taken back while no executor comes", Who::Ann, What::TakeBack, When::LongGranted, Outcome::TakenBack, State::Pending),
    ("a no in the countdown ends it", Who::Ben, What::Reject, When::Countdown(1), Outcome::Rejected, State::Rejected),
    ("whoever approved rejects in the countdown", Who::Ann, What::Reject, When::Countdown(1), Outcome::Rejected, State::Rejected),
    ("a no as the countdown ends wins over the start", Who::Ben, What::Reject, When::CountdownOver, Outcome::Rejected, State::Rejected),
    ("a no while no executor comes ends it", Who::Ben, What::Reject, When::LongGranted, Outcome::Rejected, State::Rejected),
    ("a viewer's no in the countdown does nothing", Who::Viewer, What::Reject, When::Countdown(1), Outcome::NotPermitted, State::Granted),
    ("a third yes in the countdown changes nothing", Who::Approver, What::Approve, When::Countdown(2), Outcome::Decided, State::Granted),
    ("the same yes in the countdown changes nothing", Who::Ann, What::Approve, When::Countdown(1), Outcome::SaidBefore, State::Granted),
    ("nobody takes back another's yes in the countdown", Who::Viewer, What::TakeBack, When::Countdown(1), Outcome::NothingToTakeBack, State::Granted),
    // Begun.
    ("a yes after the start does nothing", Who::Ben, What::Approve, When::Started, Outcome::Decided, State::Started),
    ("a no after the start comes too late", Who::Ben, What::Reject, When::Started, Outcome::Decided, State::Started),
    ("a yes is not taken back after the start", Who::Ann, What::TakeBack, When::Started, Outcome::Decided, State::Started),
    ("a viewer is told of the role, not of the start", Who::Viewer, What::Reject, When::Started, Outcome::NotPermitted, State::Started),
    // Rejected.
    ("a yes after a no does nothing", Who::Ben, What::Approve, When::Rejected, Outcome::Decided, State::Rejected),
    ("whoever rejected cannot approve any more", Who::Ann, What::Approve, When::Rejected, Outcome::Decided, State::Rejected),
    ("a second no does nothing", Who::Ben, What::Reject, When::Rejected, Outcome::Decided, State::Rejected),
    ("a no is not taken back", Who::Ann, What::TakeBackNo, When::Rejected, Outcome::Decided, State::Rejected),
    ("a no is no yes that could be taken back", Who::Ann, What::TakeBack, When::Rejected, Outcome::NothingToTakeBack, State::Rejected),
    // Replaced.
    ("a yes to a plan that was withdrawn does nothing", Who::Ann, What::Approve, When::Withdrawn, Outcome::Decided, State::Withdrawn),
    ("a no to a plan that was withdrawn does nothing", Who::Ann, What::Reject, When::Withdrawn, Outcome::Decided, State::Withdrawn),
    // Other plans and messages.
    ("a yes to another digest does nothing", Who::Ann, What::ApproveOtherDigest, When::Pending(1), Outcome::OtherPlan, State::Pending),
    ("a yes under the message of the plan before does nothing", Who::Ann, What::ApproveOnOldMessage, When::Pending(1), Outcome::OtherPlan, State::Pending),
    ("a no under the message of the plan before does nothing", Who::Ann, What::RejectOnOldMessage, When::Pending(1), Outcome::OtherPlan, State::Pending),
    ("a yes under an old message is no second one", Who::Ben, What::ApproveOnOldMessage, When::AfterAnn, Outcome::OtherPlan, State::Pending),
    ("a yes is not taken back under another message", Who::Ann, What::TakeBackOnOldMessage, When::Countdown(1), Outcome::OtherPlan, State::Granted),
    ("a program under another message is told that it is one", Who::Bot, What::ApproveOnOldMessage, When::Pending(1), Outcome::IsProgram, State::Pending),
    ("a viewer under another message is told of the role", Who::Viewer, What::ApproveOnOldMessage, When::Pending(1), Outcome::NotPermitted, State::Pending),
    // Time runs out.
    ("a yes in the last moment grants", Who::Ann, What::Approve, When::LastMoment, Outcome::Granted, State::Granted),
    ("a yes that would start at the expiry is too late", Who::Ann, What::Approve, When::TooLateToStart, Outcome::Expired, State::Pending),
    ("a no is not too late then", Who::Ann, What::Reject, When::TooLateToStart, Outcome::Rejected, State::Rejected),
    ("a no in the last instant ends it", Who::Ann, What::Reject, When::LastInstant, Outcome::Rejected, State::Rejected),
    ("a yes at the expiry does nothing", Who::Ann, What::Approve, When::Expiry(1), Outcome::Expired, State::Expired),
    ("a no at the expiry does nothing, and it stays undone", Who::Ann, What::Reject, When::Expiry(1), Outcome::Expired, State::Expired),
    ("a second yes at the expiry does nothing", Who::Ben, What::Approve, When::ExpiryAfterAnn, Outcome::Expired, State::Expired),
    ("a yes that is taken back at the expiry ends it", Who::Ann, What::TakeBack, When::ExpiryAfterAnn, Outcome::Expired, State::Expired),
    ("a no at the expiry of what was granted ends it", Who::Ben, What::Reject, When::ExpiryGranted, Outcome::Expired, State::Expired),
    ("a viewer at the expiry changes nothing at all", Who::Viewer, What::Approve, When::Expiry(1), Outcome::NotPermitted, State::Pending),
    ("a yes after the expiry does nothing", Who::Ann, What::Approve, When::Expired, Outcome::Expired, State::Expired),
    ("a no after the expiry does nothing", Who::Ann, What::Reject, When::Expired, Outcome::Expired, State::Expired),
    // Clocks.
    ("a yes by a clock within the margin counts", Who::Ann, What::Approve, When::ClockAtMargin, Outcome::Granted, State::Granted),
    ("a yes by a clock that is behind does nothing", Who::Ann, What::Approve, When::ClockBehind, Outcome::ClockBehind, State::Pending),
    ("a no by a clock that is behind does nothing", Who::Ann, What::Reject, When::ClockBehind, Outcome::ClockBehind, State::Pending),
    ("a yes by a clock that is behind the first yes does nothing", Who::Ben, What::Approve, When::ClockBehindAnn, Outcome::ClockBehind, State::Pending),
    ("a no by a clock that is behind the first yes ends it", Who::Ben, What::Reject, When::ClockBehindAnn, Outcome::Rejected, State::Rejected),
    ("a yes is taken back whatever the clock says", Who::Ann, What::TakeBack, When::ClockBehindAnn, Outcome::TakenBack, State::Pending),
    ("a program by a clock that is behind is told that it is one", Who::Bot, What::Approve, When::ClockBehind, Outcome::IsProgram, State::Pending),
];

fn of(who: Who) -> Person {
    let with = |id: &str, standing: Standing, role: Option<Role>| Person { standing, role, ..person(id) };
    let in_group = |person: Person| Person { groups: ["on-call".to_owned()].into(), ..person };
    match who {
        Who::Ann => person("ann"),
        Who::Ben => person("ben"),
        Who::InGroup => in_group(person("cat")),
        Who::Approver => with("dan", Standing::Member, Some(Role::Approver)),
        Who::Admin => with("eve", Standing::Member, Some(Role::Admin)),
        Who::Responder => with("fay", Standing::Member, Some(Role::Responder)),
        Who::Viewer => person("gus"),
        Who::NoRole => with("hal", Standing::Member, None),
        Who::Guest => with("guest", Standing::Guest, None),
        Who::GuestNamed => with("guest-named", Standing::Guest, None),
        Who::GuestInGroup => in_group(with("guest", Standing::Guest, None)),
        Who::GuestApprover => with("guest", Standing::Guest, Some(Role::Approver)),
        Who::External => with("external", Standing::External, None),
        Who::ExternalNamed => with("external-named", Standing::External, None),
        Who::ExternalInGroup => in_group(with("external", Standing::External, None)),
        Who::Bot => with("bot", Standing::Bot, None),
        Who::BotNamed => in_group(with("bot-named", Standing::Bot, Some(Role::Admin))),
        Who::Unknown => with("unknown", Standing::Unknown, None),
        Who::UnknownNamed => in_group(with("unknown-named", Standing::Unknown, Some(Role::Admin))),
        Who::Proposer => person("proposer"),
        Who::Nameless => with("", Standing::Member, Some(Role::Admin)),
    }
}

fn scene(when: When) -> (Approval, i64) {
    let granted_at = 60_000;
    let (mut approval, now) = match when {
        When::Pending(needed) => (pending(needed), 60_000),
        When::AfterAnn => (said(&pending(2), "ann", Choice::Approve, 60_000), 70_000),
        When::AfterProposer => (said(&pending(2), "proposer", Choice::Approve, 60_000), 70_000),
        When::Countdown(needed) => (granted(needed, granted_at), granted_at + 5_000),
        When::CountdownOver => (granted(1, granted_at), granted_at + COUNTDOWN),
        When::LongGranted => (granted(1, granted_at), granted_at + COUNTDOWN + 60_000),
        When::Started => {
            (start(&granted(1, granted_at), after(granted_at + COUNTDOWN)).unwrap(), granted_at + COUNTDOWN)
        }
        When::Rejected => (said(&pending(1), "ann", Choice::Reject, 60_000), 70_000),
        When::Withdrawn => (withdraw(&pending(1), "the object has changed", after(60_000)).unwrap(), 70_000),
        When::LastMoment => (pending(1), LASTS - COUNTDOWN - 1),
        When::TooLateToStart => (pending(1), LASTS - COUNTDOWN),
        When::LastInstant => (pending(1), LASTS - 1),
        When::Expiry(needed) => (pending(needed), LASTS),
        When::ExpiryAfterAnn => (said(&pending(2), "ann", Choice::Approve, 60_000), LASTS),
        When::ExpiryGranted => (granted(1, granted_at), LASTS),
        When::Expired => (expire(&pending(1), after(LASTS)).unwrap(), LASTS + 60_000),
        When::ClockAtMargin => (pending(1), -5_000),
        When::ClockBehind => (pending(1), -5_001),
        When::ClockBehindAnn => (said(&pending(2), "ann", Choice::Approve, 60_000), 50_000),
    };
    approval.proposer = Proposer::Person("proposer".to_owned());
    (approval, now)
}

#[test]
fn who_says_what_when() {
    let mut wrong = Vec::new();
    for (name, who, what, when, outcome, state) in ROWS {
        let (approval, now) = scene(*when);
        let (person, now) = (of(*who), after(now));
        let right = approval.plan.clone();
        let one_digit_off = format!("{}{}", if right.starts_with('0') { "1" } else { "0" }, &right[1..]);
        let old = plan("6").digest();
        let (next, told) = match what {
            What::Approve => vote(&approval, &person, &right, Choice::Approve, now),
            What::Reject => vote(&approval, &person, &right, Choice::Reject, now),
            What::TakeBack => take_back(&approval, &person, &right, Choice::Approve, now),
            What::TakeBackNo => take_back(&approval, &person, &right, Choice::Reject, now),
            What::ApproveOtherDigest => vote(&approval, &person, &one_digit_off, Choice::Approve, now),
            What::ApproveOnOldMessage => vote(&approval, &person, &old, Choice::Approve, now),
            What::RejectOnOldMessage => vote(&approval, &person, &old, Choice::Reject, now),
            What::TakeBackOnOldMessage => take_back(&approval, &person, &old, Choice::Approve, now),
        };
        let stands = next.as_ref().unwrap_or(&approval);
        if (told, stands.state) != (*outcome, *state) {
            wrong.push(format!("{name}: {told:?}, {:?} instead of {outcome:?}, {state:?}", stands.state));
        }
        if next.is_some() != (stands.state != approval.state || told.did_something()) {
            wrong.push(format!("{name}: a value is written for nothing, or is not written"));
        }
        if told.told(stands).is_empty() {
            wrong.push(format!("{name}: nothing is told"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_row_has_a_name_of_its_own_and_every_outcome_has_a_row() {
    let names: BTreeSet<&str> = ROWS.iter().map(|row| row.0).collect();
    assert_eq!(names.len(), ROWS.len());
    assert!(ROWS.len() >= 60, "{} rows", ROWS.len());
    let outcomes = [
        Outcome::Counted,
        Outcome::Granted,
        Outcome::Rejected,
        Outcome::TakenBack,
        Outcome::SaidBefore,
        Outcome::NothingToTakeBack,
        Outcome::IsProgram,
        Outcome::NotPermitted,
        Outcome::IsProposer,
        Outcome::OtherPlan,
        Outcome::Expired,
        Outcome::Decided,
        Outcome::ClockBehind,
    ];
    for outcome in outcomes {
        assert!(ROWS.iter().any(|row| row.4 == outcome), "{outcome:?}");
    }
}
