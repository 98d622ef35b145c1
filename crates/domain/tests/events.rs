//! The encoding of events: what was ever written can be read, and holds no free text.

use std::collections::{BTreeMap, BTreeSet};
use std::num::{NonZeroU16, NonZeroU32};

use domain::access::{Role, RoleSet, Scope, ScopeSet};
use domain::authority::{
    ContactKind, ContactSource, Doubt, MailCheck, Means, VerificationResult, WithdrawalReason,
};
use domain::band::Process;
use domain::category::{Category, Demand, DemandSet};
use domain::country::Country;
use domain::deadline::Counted;
use domain::event::{Edition, Event, NoteKind, SCHEMA, SigningKeyUse};
use domain::fact::{Ground, Urgency};
use domain::figure::{Measure, PublishedFigure, Value};
use domain::id::{
    AuthorityId, ContactId, HoldId, OfficerId, PasskeyId, PersonId, Position, RequestId,
    Sha256Hash, SubmissionId, TokenId, VerificationId,
};
use domain::instrument::{Instrument, RuleId};
use domain::padding::Padding;
use domain::period::Period;
use domain::request::{
    Aspect, ChallengeResult, Confirmed, Defect, Finding, HistoricOutcome, HistoricRequest,
    LegalBasis, Link, Outcome, Registration, TransferBasis, Verdict,
};
use domain::retention::{Months, RetentionClass, RetentionRules};
use domain::submission::{Channel, NotARequest};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use uuid::Uuid;

/// One event a line, each with the schema that it was written with. Lines are added and never
/// changed.
const CORPUS: &str = include_str!("events.jsonl");

const DAY: Date = date(2026, 3, 1);

fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

fn registration() -> Registration {
    Registration {
        submission: SubmissionId(id(1)),
        ordinal: 1,
        received_on: DAY,
        country: Country::from_code("FR").expect("a country"),
        authority: AuthorityId(id(2)),
        officer: OfficerId(id(3)),
        category: Category::UserData,
        instrument: Instrument::new("production_order").expect("a code"),
        demands: DemandSet::from_iter([Demand::Registration, Demand::Content]),
        urgency: Urgency::Emergency,
        accounts_specified: Some(2),
        due_on: Some(DAY),
    }
}

fn finding(aspect: Aspect, verdict: Verdict) -> Event {
    let rule = RuleId::new("eu-epoc.form-1.f").expect("a code");
    let checked = BTreeSet::new();
    let by = PersonId(id(4));
    Event::FindingRecorded {
        aspect,
        finding: Finding { by, rule, checked, verdict, verification: None },
    }
}

fn imported(outcome: HistoricOutcome) -> Event {
    Event::HistoricRequestImported {
        submission: SubmissionId(id(1)),
        source_sha256: Sha256Hash([7; 32]),
        line: 2,
        request: HistoricRequest {
            received_on: DAY,
            country: Country::from_code("XK").expect("a country"),
            category: Category::TechnicalExpertise,
            instrument: Instrument::new("none").expect("a code"),
            demands: DemandSet::from_iter([Demand::Indicators]),
            urgency: Urgency::Ordinary,
            accounts_specified: None,
            accounts_disclosed: None,
            outcome,
        },
    }
}

fn figure(country: Option<&str>, value: Value) -> Event {
    let country = country.and_then(Country::from_code);
    let period = Period::half(2019, 2);
    let figure = PublishedFigure { period, country, measure: Measure::UserRequests, value };
    Event::PublishedFigureImported { source_sha256: Sha256Hash([7; 32]), line: 3, figure }
}

fn replaced(signs: SigningKeyUse) -> Event {
    Event::SigningKeyReplaced { signs, fingerprint: Sha256Hash([7; 32]) }
}

/// Every kind of event, and every form of what it holds.
fn samples() -> Vec<Event> {
    let by = PersonId(id(4));
    let demands = DemandSet::from_iter([Demand::EncryptionKeys]);
    let granted = DemandSet::from_iter([Demand::Registration]);
    let people = Confirmed::By { proposed_by: by, confirmed_by: PersonId(id(5)) };
    let approved = Outcome::Approved { granted, ground: Some(Ground::NoData) };
    let rejected = Outcome::Rejected { ground: Ground::Prohibited };
    let edition = Edition {
        period: Period::year(2026),
        revision: 1,
        cutoff: Position(9),
        requests: 160,
        manifest_sha256: Sha256Hash([8; 32]),
    };
    vec![
        Event::RequestRegistered { registration: registration() },
        Event::RequestLinked { to: RequestId(id(6)), link: Link::FollowsPreservation },
        Event::LinkRemoved {},
        Event::VerificationBegun {},
        finding(Aspect::Officer, Verdict::Stands),
        finding(Aspect::Scope, Verdict::StandsFor { transfer: TransferBasis::Derogation }),
        finding(Aspect::Instrument, Verdict::DoesNotStand { defect: Defect::Overbroad }),
        finding(
            Aspect::Instrument,
            Verdict::Owed { until: DAY, basis: LegalBasis::EuEmergencyOrder },
        ),
        Event::Verified {},
        Event::ClarificationAsked { asked_on: DAY, answer_due_on: DAY, stopped_at: None },
        Event::ClarificationAnswered { answered_on: DAY },
        Event::ClarificationLapsed { lapsed_on: DAY },
        Event::InstrumentOverdue { was_due_on: DAY },
        Event::DeadlineExtended { due_on: DAY },
        Event::DeadlineCounted {
            deadline: Counted::Preservation,
            from: DAY,
            due_on: DAY,
            due_at: None,
        },
        Event::DeadlineCounted {
            deadline: Counted::Answer,
            from: DAY,
            due_on: DAY,
            due_at: Some(Timestamp::UNIX_EPOCH),
        },
        Event::ClarificationAsked {
            asked_on: DAY,
            answer_due_on: DAY,
            stopped_at: Some(Timestamp::UNIX_EPOCH),
        },
        Event::DecisionProposed { by, outcome: approved },
        Event::ProposalReturned { by },
        Event::Decided { outcome: approved, decided_on: DAY, confirmed: people },
        Event::Decided { outcome: rejected, decided_on: DAY, confirmed: Confirmed::ByRule },
        Event::ReclassificationProposed { by, demands },
        Event::ReclassificationReturned { by },
        Event::Reclassified { proposed_by: by, confirmed_by: PersonId(id(5)), demands },
        Event::ResponsePrepared { by },
        Event::ResponseScreened { by },
        Event::ResponseReleased { by, accounts_disclosed: Some(1) },
        Event::ResponseRevoked {},
        Event::ChallengeFiled { by },
        Event::ChallengeResolved { result: ChallengeResult::WithdrawnByAuthority },
        Event::Appealed { accounts_disclosed: None },
        Event::Appealed { accounts_disclosed: Some(1) },
        Event::Withdrawn { withdrawn_on: DAY, accounts_disclosed: None },
        Event::Withdrawn { withdrawn_on: DAY, accounts_disclosed: Some(1) },
        Event::Closed {},
        imported(HistoricOutcome::Pending),
        imported(HistoricOutcome::Approved { decided_on: DAY }),
        imported(HistoricOutcome::ApprovedInPart { decided_on: DAY, ground: None }),
        imported(HistoricOutcome::Rejected { decided_on: DAY, ground: Ground::NotStated }),
        imported(HistoricOutcome::Withdrawn { withdrawn_on: DAY }),
        figure(None, Value::Exact(503)),
        figure(Some("QM"), Value::Band { low: 0, high: 499 }),
        figure(None, Value::Withheld),
        figure(None, Value::NotApplicable),
        Event::EditionPublished(edition),
        Event::EditionCorrected(edition),
        Event::SubmissionReceived {
            channel: Channel::Portal,
            received_on: DAY,
            files: vec![Sha256Hash([9; 32])],
        },
        Event::DeclaredNotARequest { reason: NotARequest::Correspondence },
        Event::PendingSealed {},
        Event::CompartmentClosed { people: BTreeSet::from([by, PersonId(id(5))]) },
        Event::CompartmentChanged { people: BTreeSet::from([by]) },
        Event::CompartmentOpened {},
        Event::WithholdingProposed { by, until: Some(DAY) },
        Event::WithholdingReturned { by },
        Event::Withheld { proposed_by: by, confirmed_by: PersonId(id(5)), until: Some(DAY) },
        Event::Withheld { proposed_by: by, confirmed_by: PersonId(id(5)), until: None },
        Event::BandingProposed { by, process: Process::NationalSecurityLetter, selectors: 3 },
        Event::BandingReturned { by },
        Event::Banded {
            proposed_by: by,
            confirmed_by: PersonId(id(5)),
            process: Process::OrderForContents,
            selectors: 3,
        },
        Event::Banded {
            proposed_by: by,
            confirmed_by: PersonId(id(5)),
            process: Process::OrderForNoncontents,
            selectors: 0,
        },
        Event::Disclosed {},
        Event::PreservationPlaced { kept_until: Some(DAY) },
        Event::PreservationPlaced { kept_until: None },
        Event::PreservationExtended { kept_until: DAY },
        Event::PreservationFollowed { by: RequestId(id(2)) },
        Event::PreservationReleased {},
        Event::PreservationLapsed {},
        Event::SubmissionErased { rules: None },
        Event::SubmissionErased { rules: Some(Position(9)) },
        Event::LegalHoldPlaced { hold: HoldId(id(12)) },
        Event::LegalHoldLifted { hold: HoldId(id(12)) },
        Event::RetentionRulesDeclared { rules: RetentionRules::default() },
        Event::RetentionRulesDeclared {
            rules: RetentionRules {
                months: RetentionClass::ALL
                    .into_iter()
                    .map(|class| (class, Months::new(36).expect("a period")))
                    .collect(),
                appeal_days: Some(NonZeroU16::MIN),
            },
        },
        Event::LeavesRestored { from: 7, to: 9 },
        Event::LossStated { from: 7, to: 9 },
        Event::LogSucceeded { before: Sha256Hash([1; 32]), size: 7, root: Sha256Hash([2; 32]) },
        Event::PaddingChanged {
            padding: Padding {
                every_seconds: NonZeroU32::new(60).expect("60 is not 0"),
                submissions: NonZeroU16::new(2).expect("2 is not 0"),
                requests: NonZeroU16::new(3).expect("3 is not 0"),
                decisions: NonZeroU16::new(4).expect("4 is not 0"),
                reclassifications: NonZeroU16::MIN,
            },
        },
        Event::PeriodClosed { period: Period::half(2020, 1) },
        Event::PeriodKeyDestroyed { half_year: Period::half(2020, 1) },
        replaced(SigningKeyUse::Checkpoints),
        replaced(SigningKeyUse::Reports),
        replaced(SigningKeyUse::Receipts),
        Event::FindingRecorded {
            aspect: Aspect::Scope,
            finding: Finding {
                by,
                rule: RuleId::new("eu_production_order.scope").expect("a code"),
                checked: BTreeSet::from([RuleId::new("eu_epoc.no_wider").expect("a code")]),
                verdict: Verdict::Stands,
                verification: None,
            },
        },
        Event::InstrumentArrived {
            finding: Finding {
                by,
                rule: RuleId::new("us_emergency_disclosure.instrument").expect("a code"),
                checked: BTreeSet::new(),
                verdict: Verdict::Stands,
                verification: None,
            },
        },
        Event::FindingRecorded {
            aspect: Aspect::Officer,
            finding: Finding {
                by,
                rule: RuleId::new("eu_production_order.officer").expect("a code"),
                checked: BTreeSet::new(),
                verdict: Verdict::Stands,
                verification: Some(VerificationId(id(11))),
            },
        },
        Event::DecisionReopened { by },
        Event::RequestAssigned { to: Some(by) },
        Event::RequestAssigned { to: None },
        Event::NoteWritten { kind: NoteKind::Internal },
        Event::NoteWritten { kind: NoteKind::Privileged },
        Event::RulesConfirmed {
            rules: BTreeMap::from([(
                RuleId::new("eu_epoc.no_wider").expect("a code"),
                Sha256Hash([6; 32]),
            )]),
        },
        Event::DataInventoryDeclared { holds: granted },
        Event::AccessLogSealed { day: DAY, entries: 3, sha256: Sha256Hash([5; 32]) },
        Event::PersonInvited { roles: RoleSet::from_iter(Role::ALL) },
        Event::PersonJoined {},
        Event::RolesChanged { roles: RoleSet::from_iter([Role::Counsel]) },
        Event::PersonLeft {},
        Event::PasskeyAdded { passkey: PasskeyId(id(6)) },
        Event::PasskeyRemoved { passkey: PasskeyId(id(6)) },
        Event::TokenIssued {
            token: TokenId(id(7)),
            scopes: ScopeSet::from_iter(Scope::ALL),
            expires_on: DAY,
        },
        Event::TokenRevoked { token: TokenId(id(7)) },
    ]
    .into_iter()
    .chain(of_registers())
    .collect()
}

/// What happens to the registers of authorities.
fn of_registers() -> Vec<Event> {
    let (contact, kind) = (ContactId(id(12)), ContactKind::Telephone);
    let recorded = |means, result| Event::OfficerVerificationRecorded {
        verification: VerificationId(id(11)),
        officer: OfficerId(id(3)),
        submission: SubmissionId(id(1)),
        means,
        result,
        recorded_on: DAY,
    };
    let mail = |passed: &[MailCheck]| Means::MailAuthentication {
        domain: ContactId(id(13)),
        passed: passed.iter().copied().collect(),
    };
    let registered = ContactSource::ALL.map(|source| Event::ContactRegistered {
        contact,
        kind,
        source,
        registered_on: DAY,
    });
    let withdrawn = WithdrawalReason::ALL.map(|reason| Event::ContactWithdrawn {
        contact,
        reason,
        withdrawn_on: DAY,
    });
    let doubted = Doubt::ALL
        .map(|reason| recorded(vec![mail(&[])], VerificationResult::NotVerified { reason }));
    let kind = ContactKind::MailDomain;
    let all = vec![
        Means::CallBack { number: contact },
        Means::IdentityDocument {},
        Means::InPerson {},
        mail(&MailCheck::ALL),
    ];
    [
        Event::ContactReportedBad { contact, kind, reported_on: DAY },
        recorded(all, VerificationResult::Verified { valid_until: DAY }),
    ]
    .into_iter()
    .chain(registered)
    .chain(withdrawn)
    .chain(doubted)
    .collect()
}

#[test]
fn every_event_is_written_as_the_corpus_says() {
    let written: Vec<String> = samples()
        .iter()
        .map(|event| format!("{SCHEMA} {}", serde_json::to_string(event).expect("JSON")))
        .collect();
    let corpus: Vec<&str> = CORPUS.lines().collect();
    let missing: Vec<&String> =
        written.iter().filter(|line| !corpus.contains(&line.as_str())).collect();
    assert!(
        missing.is_empty(),
        "the encoding changed: raise SCHEMA and write an upcaster, or where an event is new add \
         these lines to tests/events.jsonl:\n{}",
        missing.iter().map(|line| format!("{line}\n")).collect::<String>()
    );
}

#[test]
fn every_event_ever_written_is_read() {
    let kinds: BTreeSet<&str> = CORPUS
        .lines()
        .map(|line| {
            let (_, text) = line.split_once(' ').expect("schema and event");
            let event: Event = serde_json::from_str(text).expect(text);
            assert_eq!(serde_json::to_string(&event).expect("JSON"), text);
            event.kind()
        })
        .collect();
    let known: BTreeSet<&str> = samples().iter().map(Event::kind).collect();
    assert_eq!(kinds, known);
}

/// Codes, ids, dates, hashes, periods: nothing that a person could have written.
#[test]
fn no_event_holds_free_text() {
    fn check(value: &serde_json::Value) {
        match value {
            serde_json::Value::String(text) => assert!(
                text.len() <= 64
                    && (text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./".contains(&b))
                        || text.parse::<Timestamp>().is_ok_and(|at| at.to_string() == *text)),
                "`{text}` may be free text"
            ),
            serde_json::Value::Array(values) => values.iter().for_each(check),
            serde_json::Value::Object(fields) => fields.values().for_each(check),
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            }
        }
    }
    for event in samples() {
        check(&serde_json::to_value(&event).expect("JSON"));
    }
    for text in ["Example Police", "a@b.example", "", &"x".repeat(41)] {
        assert!(Instrument::new(text).is_err() && RuleId::new(text).is_err(), "{text}");
    }
}
