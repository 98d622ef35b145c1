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
use domain::deadline::{Counted, RuleOf};
use domain::event::{
    AuthorityEvent, CompanyEvent, Edition, Event, NoteKind, PersonEvent, RequestEvent,
    ReviewFinding, SCHEMA, SigningKeyUse, SubmissionEvent,
};
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
    Aspect, ChallengeResult, Confirmed, Defect, DefectSet, DueAfter, Finding, HistoricOutcome,
    HistoricRequest, InventoryInForce, LegalBasis, Link, Outcome, Registration, TransferBasis,
    Verdict,
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

fn decided(
    outcome: Outcome,
    confirmed: Confirmed,
    inventory: Option<InventoryInForce>,
) -> RequestEvent {
    RequestEvent::Decided { outcome, decided_on: DAY, confirmed, inventory }
}

fn corrected(due: DueAfter) -> RequestEvent {
    RequestEvent::RegistrationCorrected {
        proposed_by: PersonId(id(4)),
        confirmed_by: PersonId(id(5)),
        to: registration().as_read(),
        corrected_on: DAY,
        due,
    }
}

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

fn finding(aspect: Aspect, verdict: Verdict) -> RequestEvent {
    let rule = RuleId::new("eu-epoc.form-1.f").expect("a code");
    let checked = BTreeSet::new();
    let by = PersonId(id(4));
    RequestEvent::FindingRecorded {
        aspect,
        finding: Finding { by, rule, checked, verdict, verification: None },
    }
}

fn imported(outcome: HistoricOutcome) -> RequestEvent {
    RequestEvent::HistoricRequestImported {
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

fn figure(country: Option<&str>, value: Value) -> CompanyEvent {
    let country = country.and_then(Country::from_code);
    let period = Period::half(2019, 2);
    let figure = PublishedFigure { period, country, measure: Measure::UserRequests, value };
    CompanyEvent::PublishedFigureImported { source_sha256: Sha256Hash([7; 32]), line: 3, figure }
}

fn replaced(signs: SigningKeyUse) -> CompanyEvent {
    CompanyEvent::SigningKeyReplaced { signs, fingerprint: Sha256Hash([7; 32]) }
}

/// Every kind of event, and every form of what it holds.
fn samples() -> Vec<Event> {
    of_requests()
        .into_iter()
        .map(Event::Request)
        .chain(of_submissions().into_iter().map(Event::Submission))
        .chain(of_people().into_iter().map(Event::Person))
        .chain(of_registers().into_iter().map(Event::Authority))
        .chain(of_the_company().into_iter().map(Event::Company))
        .collect()
}

fn of_requests() -> Vec<RequestEvent> {
    let by = PersonId(id(4));
    let demands = DemandSet::from_iter([Demand::EncryptionKeys]);
    let granted = DemandSet::from_iter([Demand::Registration]);
    let people = Confirmed::By { proposed_by: by, confirmed_by: PersonId(id(5)) };
    let approved = Outcome::Approved { granted, ground: Some(Ground::NoData) };
    let rejected = Outcome::Rejected { ground: Ground::Prohibited };
    vec![
        RequestEvent::RequestRegistered { registration: registration() },
        RequestEvent::RequestLinked { to: RequestId(id(6)), link: Link::FollowsPreservation },
        RequestEvent::LinkRemoved {},
        RequestEvent::VerificationBegun {},
        finding(Aspect::Officer, Verdict::Stands),
        finding(Aspect::Scope, Verdict::StandsFor { transfer: TransferBasis::Derogation }),
        finding(
            Aspect::Instrument,
            Verdict::DoesNotStand { defects: DefectSet::one(Defect::Overbroad) },
        ),
        finding(
            Aspect::Scope,
            Verdict::DoesNotStand {
                defects: [Defect::OffenceNotCovered, Defect::ConflictOfLaws].into_iter().collect(),
            },
        ),
        finding(
            Aspect::Scope,
            Verdict::StandsFor { transfer: TransferBasis::AppropriateSafeguards },
        ),
        finding(
            Aspect::Instrument,
            Verdict::Owed { until: DAY, basis: LegalBasis::EuEmergencyOrder },
        ),
        RequestEvent::Verified {},
        RequestEvent::ClarificationAsked { asked_on: DAY, answer_due_on: DAY, stopped_at: None },
        RequestEvent::ClarificationAnswered { answered_on: DAY },
        RequestEvent::ClarificationLapsed { lapsed_on: DAY },
        RequestEvent::InstrumentOverdue { was_due_on: DAY },
        RequestEvent::DeadlineExtended { due_on: DAY },
        RequestEvent::DeadlineCounted {
            deadline: Counted::Preservation,
            from: DAY,
            due_on: DAY,
            due_at: None,
            rule: RuleOf::Law,
        },
        RequestEvent::DeadlineCounted {
            deadline: Counted::Answer,
            from: DAY,
            due_on: DAY,
            due_at: Some(Timestamp::UNIX_EPOCH),
            rule: RuleOf::Law,
        },
        RequestEvent::DeadlineCounted {
            deadline: Counted::Answer,
            from: DAY,
            due_on: DAY,
            due_at: None,
            rule: RuleOf::Company,
        },
        RequestEvent::ClarificationAsked {
            asked_on: DAY,
            answer_due_on: DAY,
            stopped_at: Some(Timestamp::UNIX_EPOCH),
        },
        RequestEvent::DecisionProposed { by, outcome: approved },
        RequestEvent::ProposalReturned { by },
        decided(approved, people, None),
        decided(rejected, Confirmed::ByRule, None),
        decided(approved, people, Some(InventoryInForce::Declared(Position(7)))),
        decided(rejected, people, Some(InventoryInForce::NoneDeclared)),
        RequestEvent::ReclassificationProposed { by, demands },
        RequestEvent::ReclassificationReturned { by },
        RequestEvent::Reclassified { proposed_by: by, confirmed_by: PersonId(id(5)), demands },
        RequestEvent::CorrectionProposed {
            by,
            to: registration().as_read(),
            received_at: Timestamp::UNIX_EPOCH,
        },
        RequestEvent::CorrectionReturned { by },
        corrected(DueAfter {
            from: DAY,
            on: Some(DAY),
            at: Some(Timestamp::UNIX_EPOCH),
            rule: RuleOf::Law,
        }),
        corrected(DueAfter { from: DAY, on: None, at: None, rule: RuleOf::Law }),
        RequestEvent::ResponsePrepared { by },
        RequestEvent::ResponseScreened { by },
        RequestEvent::ResponseReleased { by, accounts_disclosed: Some(1) },
        RequestEvent::ResponseRevoked {},
        RequestEvent::ChallengeFiled { by },
        RequestEvent::ChallengeResolved { result: ChallengeResult::WithdrawnByAuthority },
        RequestEvent::Appealed { accounts_disclosed: None },
        RequestEvent::Appealed { accounts_disclosed: Some(1) },
        RequestEvent::Withdrawn { withdrawn_on: DAY, accounts_disclosed: None },
        RequestEvent::Withdrawn { withdrawn_on: DAY, accounts_disclosed: Some(1) },
        RequestEvent::Closed {},
        imported(HistoricOutcome::Pending),
        imported(HistoricOutcome::Approved { decided_on: DAY }),
        imported(HistoricOutcome::ApprovedInPart { decided_on: DAY, ground: None }),
        imported(HistoricOutcome::Rejected { decided_on: DAY, ground: Ground::NotStated }),
        imported(HistoricOutcome::Withdrawn { withdrawn_on: DAY }),
        RequestEvent::PendingSealed {},
        RequestEvent::WithholdingProposed { by, until: Some(DAY) },
        RequestEvent::WithholdingReturned { by },
        RequestEvent::Withheld { proposed_by: by, confirmed_by: PersonId(id(5)), until: Some(DAY) },
        RequestEvent::Withheld { proposed_by: by, confirmed_by: PersonId(id(5)), until: None },
        RequestEvent::BandingProposed {
            by,
            process: Process::NationalSecurityLetter,
            selectors: 3,
        },
        RequestEvent::BandingReturned { by },
        RequestEvent::Banded {
            proposed_by: by,
            confirmed_by: PersonId(id(5)),
            process: Process::OrderForContents,
            selectors: 3,
        },
        RequestEvent::Banded {
            proposed_by: by,
            confirmed_by: PersonId(id(5)),
            process: Process::OrderForNoncontents,
            selectors: 0,
        },
        RequestEvent::Disclosed {},
        RequestEvent::PreservationPlaced { kept_until: Some(DAY) },
        RequestEvent::PreservationPlaced { kept_until: None },
        RequestEvent::PreservationExtended { kept_until: DAY },
        RequestEvent::PreservationFollowed { by: RequestId(id(2)) },
        RequestEvent::PreservationReleased {},
        RequestEvent::PreservationLapsed {},
        RequestEvent::FindingRecorded {
            aspect: Aspect::Scope,
            finding: Finding {
                by,
                rule: RuleId::new("eu_production_order.scope").expect("a code"),
                checked: BTreeSet::from([RuleId::new("eu_epoc.no_wider").expect("a code")]),
                verdict: Verdict::Stands,
                verification: None,
            },
        },
        RequestEvent::InstrumentArrived {
            finding: Finding {
                by,
                rule: RuleId::new("us_emergency_disclosure.instrument").expect("a code"),
                checked: BTreeSet::new(),
                verdict: Verdict::Stands,
                verification: None,
            },
        },
        RequestEvent::FindingRecorded {
            aspect: Aspect::Officer,
            finding: Finding {
                by,
                rule: RuleId::new("eu_production_order.officer").expect("a code"),
                checked: BTreeSet::new(),
                verdict: Verdict::Stands,
                verification: Some(VerificationId(id(11))),
            },
        },
        RequestEvent::DecisionReopened { by },
        RequestEvent::RequestAssigned { to: Some(by) },
        RequestEvent::RequestAssigned { to: None },
        RequestEvent::DeclinationSigned { by, commitment: Sha256Hash([9; 32]) },
        RequestEvent::NoteWritten { kind: NoteKind::Internal },
        RequestEvent::NoteWritten { kind: NoteKind::Privileged },
        RequestEvent::ReviewWritten { finding: ReviewFinding::Sound },
        RequestEvent::ReviewWritten { finding: ReviewFinding::Objection },
    ]
}

fn of_submissions() -> Vec<SubmissionEvent> {
    let by = PersonId(id(4));
    vec![
        SubmissionEvent::SubmissionReceived {
            channel: Channel::Portal,
            received_on: DAY,
            files: vec![Sha256Hash([9; 32])],
        },
        SubmissionEvent::DocumentsAdded { received_on: DAY, files: vec![Sha256Hash([9; 32])] },
        SubmissionEvent::DeclaredNotARequest { reason: NotARequest::Correspondence },
        SubmissionEvent::NotARequestTakenBack {},
        SubmissionEvent::CompartmentClosed { people: BTreeSet::from([by, PersonId(id(5))]) },
        SubmissionEvent::CompartmentChanged { people: BTreeSet::from([by]) },
        SubmissionEvent::CompartmentOpened {},
        SubmissionEvent::SubmissionErased { rules: None },
        SubmissionEvent::SubmissionErased { rules: Some(Position(9)) },
        SubmissionEvent::LegalHoldPlaced { hold: HoldId(id(12)) },
        SubmissionEvent::LegalHoldLifted { hold: HoldId(id(12)) },
    ]
}

fn of_people() -> Vec<PersonEvent> {
    vec![
        PersonEvent::PersonInvited { roles: RoleSet::from_iter(Role::ALL) },
        PersonEvent::PersonJoined {},
        PersonEvent::RolesChanged { roles: RoleSet::from_iter([Role::Counsel]) },
        PersonEvent::PersonLeft {},
        PersonEvent::AccessReset {},
        PersonEvent::SessionsEnded {},
        PersonEvent::PasskeyAdded { passkey: PasskeyId(id(6)) },
        PersonEvent::PasskeyRemoved { passkey: PasskeyId(id(6)) },
        PersonEvent::TokenIssued {
            token: TokenId(id(7)),
            scopes: ScopeSet::from_iter(Scope::ALL),
            expires_on: DAY,
        },
        PersonEvent::TokenRevoked { token: TokenId(id(7)) },
    ]
}

fn of_the_company() -> Vec<CompanyEvent> {
    let granted = DemandSet::from_iter([Demand::Registration]);
    let edition = Edition {
        period: Period::year(2026),
        revision: 1,
        cutoff: Position(9),
        requests: 160,
        manifest_sha256: Sha256Hash([8; 32]),
    };
    vec![
        figure(None, Value::Exact(503)),
        figure(Some("QM"), Value::Band { low: 0, high: 499 }),
        figure(None, Value::Withheld),
        figure(None, Value::NotApplicable),
        CompanyEvent::EditionPublished(edition),
        CompanyEvent::EditionCorrected(edition),
        CompanyEvent::RetentionRulesDeclared { rules: RetentionRules::default() },
        CompanyEvent::RetentionRulesDeclared {
            rules: RetentionRules {
                months: RetentionClass::ALL
                    .into_iter()
                    .map(|class| (class, Months::new(36).expect("a period")))
                    .collect(),
                appeal_days: Some(NonZeroU16::MIN),
            },
        },
        CompanyEvent::LeavesRestored { from: 7, to: 9 },
        CompanyEvent::LossStated { from: 7, to: 9 },
        CompanyEvent::LogSucceeded {
            before: Sha256Hash([1; 32]),
            size: 7,
            root: Sha256Hash([2; 32]),
        },
        CompanyEvent::PaddingChanged {
            padding: Padding {
                every_seconds: NonZeroU32::new(60).expect("60 is not 0"),
                submissions: NonZeroU16::new(2).expect("2 is not 0"),
                requests: NonZeroU16::new(3).expect("3 is not 0"),
                decisions: NonZeroU16::new(4).expect("4 is not 0"),
                reclassifications: NonZeroU16::MIN,
            },
        },
        CompanyEvent::PeriodClosed { period: Period::half(2020, 1) },
        CompanyEvent::PeriodKeyDestroyed { half_year: Period::half(2020, 1) },
        replaced(SigningKeyUse::Checkpoints),
        replaced(SigningKeyUse::Reports),
        replaced(SigningKeyUse::Receipts),
        CompanyEvent::RulesConfirmed {
            rules: BTreeMap::from([(
                RuleId::new("eu_epoc.no_wider").expect("a code"),
                Sha256Hash([6; 32]),
            )]),
        },
        CompanyEvent::DataInventoryDeclared { holds: granted },
        CompanyEvent::AccessLogSealed { day: DAY, entries: 3, sha256: Sha256Hash([5; 32]) },
    ]
}

fn of_registers() -> Vec<AuthorityEvent> {
    let (contact, kind) = (ContactId(id(12)), ContactKind::Telephone);
    let recorded = |means, result| AuthorityEvent::OfficerVerificationRecorded {
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
    let registered = ContactSource::ALL.map(|source| AuthorityEvent::ContactRegistered {
        contact,
        kind,
        source,
        registered_on: DAY,
    });
    let withdrawn = WithdrawalReason::ALL.map(|reason| AuthorityEvent::ContactWithdrawn {
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
        AuthorityEvent::ContactReportedBad { contact, kind, reported_on: DAY },
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
            let event = Event::from_json(text).expect(text);
            assert_eq!(serde_json::to_string(&event).expect("JSON"), text);
            event.kind()
        })
        .collect();
    let known: BTreeSet<&str> = samples().iter().map(Event::kind).collect();
    assert_eq!(kinds, known);
}

#[test]
fn what_is_no_event_is_told_so() {
    let check = |text: &str, expected: &str| {
        let error = Event::from_json(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}: {error}");
    };
    check(r#"{"type":"request_forgotten"}"#, "no event is called `request_forgotten`");
    check(r#"{"type":"closed","by":1}"#, "unknown field `by`");
    check(r#"{"type":"appealed","accounts_disclosed":"two"}"#, "invalid type: string \"two\"");
    check(r#"{"kind":"closed"}"#, "missing field `type`");
    check("closed", "expected value");
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
