//! What is said about a request beside what is decided: the text that declines a prohibited demand,
//! and a review.

use domain::Country;
use domain::category::{Category, Demand, DemandSet};
use domain::event::{Event, NoteKind, Recorded, RequestEvent, ReviewFinding, Stream};
use domain::fact::{Ground, Standing, Urgency};
use domain::id::{
    Actor, AuthorityId, OfficerId, PersonId, Position, RequestId, Sha256Hash, SubmissionId,
};
use domain::instrument::Instrument;
use domain::request::{
    Circumstances, Command, Company, Declination, Handled, Motion, MotionKind, Refusal,
    Registration, Request, StageKind, Step, decide, evolve, may_review,
};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use uuid::Uuid;

const START: Date = date(2026, 1, 5);

fn person(n: u8) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(n)))
}

fn register(demand: Demand) -> Command {
    Command::Register {
        registration: Registration {
            submission: SubmissionId(Uuid::from_u128(1)),
            ordinal: 1,
            received_on: START,
            country: Country::from_code("US").expect("a country"),
            authority: AuthorityId(Uuid::from_u128(2)),
            officer: OfficerId(Uuid::from_u128(3)),
            category: Category::UserData,
            instrument: Instrument::new("production_order").expect("a code"),
            demands: DemandSet::from_iter([demand]),
            urgency: Urgency::Ordinary,
            accounts_specified: Some(2),
            due_on: None,
        },
    }
}

fn sign(n: u8) -> Command {
    Command::SignDeclination { commitment: Sha256Hash([n; 32]) }
}

/// What a person, told by a number, leads to.
fn does(request: &Request, command: &Command, who: Actor) -> Result<Vec<RequestEvent>, Refusal> {
    let company = Company::default();
    decide(request, command, Circumstances { by: who, today: START, company: &company })
}

/// A request for something, after these commands of these people.
fn lives(demand: Demand, steps: &[(Command, u8)]) -> Request {
    let first = (register(demand), 0);
    let mut request = Request::Absent;
    for (command, who) in std::iter::once(&first).chain(steps) {
        let events = does(&request, command, Actor::Person(person(*who))).expect("is not refused");
        for event in &events {
            request = evolve(request, event).expect("follows");
        }
    }
    request
}

fn handled(request: &Request) -> &Handled {
    match request {
        Request::Handled(handled) => handled,
        Request::Absent | Request::Historic(_) => panic!("registered"),
    }
}

/// A prohibited demand is declined at once, whoever signs what and when; what was signed falls with
/// a move out of its class, and what was closed without a text can still be given one.
#[test]
fn a_text_declines_what_is_declined_already() {
    let next = |request: &Request| handled(request).next_step().map(|next| next.step);
    let stage = |request: &Request| handled(request).stage.kind();
    let keys = Demand::EncryptionKeys;
    let declined = lives(keys, &[]);
    assert_eq!(handled(&declined).fact().standing, Standing::Rejected(Ground::Prohibited));
    assert!(handled(&declined).lacks_declination());
    assert_eq!(next(&declined), Some(Step::Sign));
    let signed = lives(keys, &[(sign(1), 2), (sign(2), 3)]);
    let last = Declination { signed_by: person(3), commitment: Sha256Hash([2; 32]) };
    assert_eq!(handled(&signed).declination, Some(last), "the later one counts");
    assert_eq!(next(&signed), Some(Step::Close));
    let closed = lives(keys, &[(Command::Close, 2)]);
    assert!(handled(&closed).lacks_declination());
    assert_eq!(stage(&closed), StageKind::Closed);
    let late = lives(keys, &[(Command::Close, 2), (sign(1), 2)]);
    assert!(!handled(&late).lacks_declination());
    assert_eq!(stage(&late), StageKind::Closed);
    let demands = DemandSet::from_iter([Demand::Registration]);
    let moved = [
        (sign(1), 2),
        (Command::ProposeMotion { motion: Motion::Reclassify { demands } }, 2),
        (Command::ConfirmMotion { kind: MotionKind::Reclassify }, 3),
    ];
    let moved = lives(keys, &moved);
    assert_eq!((handled(&moved).declination, handled(&moved).lacks_declination()), (None, false));

    let by = Actor::Person(person(2));
    let open = lives(Demand::Registration, &[]);
    assert_eq!(does(&open, &sign(1), by), Err(Refusal::NothingDeclined));
    assert_eq!(does(&declined, &sign(1), Actor::Rule), Err(Refusal::PersonNeeded));
}

/// One person may be counsel and reviewer, and of two cases review the one.
#[test]
fn who_did_something_with_a_request_does_not_review_it() {
    let recorded = |who: u8, event| Recorded {
        position: Position(1),
        at: Timestamp::UNIX_EPOCH,
        actor: Actor::Person(person(who)),
        stream: Stream::Request(RequestId(Uuid::from_u128(9))),
        event: Event::Request(event),
    };
    let events = [
        recorded(1, RequestEvent::VerificationBegun {}),
        recorded(2, RequestEvent::NoteWritten { kind: NoteKind::Internal }),
        recorded(3, RequestEvent::ReviewWritten { finding: ReviewFinding::Objection }),
    ];
    for (who, may) in [(1, false), (2, false), (3, true), (4, true)] {
        let expected = if may { Ok(()) } else { Err(Refusal::ReviewerActed) };
        assert_eq!(may_review(&events, person(who)), expected, "{who}");
    }
}
