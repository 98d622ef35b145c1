//! The rules that nothing gets around, held against random sequences of commands.
//!
//! The commands go through `decide` and `evolve`; what came of them is then judged from the events
//! alone, by code that knows the rules and not their implementation.

use std::collections::BTreeSet;

use domain::Country;
use domain::authority::{Doubt, OfficerStanding};
use domain::band::{Process, Structure};
use domain::category::{Category, Demand, DemandSet};
use domain::count::{Tally, count};
use domain::event::{Event, NoteKind, RequestEvent, ReviewFinding, SubmissionEvent};
use domain::fact::{Counted, Fact, Ground, Standing, Urgency};
use domain::hold::{Hold, Holds};
use domain::id::{
    Actor, AuthorityId, HoldId, OfficerId, PersonId, Position, RequestId, Sha256Hash, SubmissionId,
    VerificationId,
};
use domain::instrument::{Instrument, RuleId};
use domain::period::Period;
use domain::request::{
    Aspect, ChallengeResult, Circumstances, Command, Company, Confirmed, Correction, Defect,
    DefectSet, Finding, HistoricOutcome, HistoricRequest, InventoryInForce, LegalBasis, Link,
    Motion, MotionKind, Outcome, Reach, Refusal, Registration, Request, Rule, RuleState, StageKind,
    Step, TransferBasis, Verdict, decide, evolve, fold,
};
use domain::submission::{
    NotARequest, Said, Submission, SubmissionRefusal, declare_not_a_request, erase, take_back,
};
use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;
use proptest::sample::select;
use uuid::Uuid;

const START: Date = date(2026, 1, 5);

fn person(n: u8) -> PersonId {
    PersonId(Uuid::from_u128(u128::from(n)))
}

fn rule(code: &str) -> RuleId {
    RuleId::new(code).expect("a code")
}

/// Counsel takes all confirmations back on the last days of each week.
fn is_draft_day(today: Date) -> bool {
    today.weekday().to_monday_one_offset() >= 6
}

/// The officer's verification expires, somebody denies the letter, and somebody verifies them anew:
/// so on most days of a month there is one, and on some there is none.
fn officer(today: Date) -> OfficerStanding {
    let until = |day| today.with().day(day).build().expect("a day of every month");
    let verification = VerificationId(Uuid::from_u128(7));
    match today.day() {
        8 => OfficerStanding::Verified { verification, valid_until: until(7) },
        14 => OfficerStanding::NotVerified(Doubt::DeniesHavingSent),
        21 => OfficerStanding::NeverVerified,
        23 => OfficerStanding::DoesNotServe,
        day => OfficerStanding::Verified { verification, valid_until: until(day) },
    }
}

/// The same, told without the type.
fn officer_is_verified(today: Date) -> bool {
    ![8, 14, 21, 23].contains(&today.day())
}

/// What a finding that stands rests on.
fn elements(aspect: Aspect) -> BTreeSet<RuleId> {
    let mut elements = BTreeSet::from([rule("element")]);
    if aspect == Aspect::Instrument {
        elements.extend(paper());
    }
    elements
}

/// Of which this may follow in an emergency.
fn paper() -> BTreeSet<RuleId> {
    BTreeSet::from([rule("paper")])
}

/// What the instrument reaches.
fn carried() -> DemandSet {
    DemandSet::from_iter([Demand::Registration, Demand::Licence, Demand::Preservation])
}

/// In the first days of a month nothing is declared.
fn inventory_of(today: Date) -> InventoryInForce {
    match today.day() {
        ..5 => InventoryInForce::NoneDeclared,
        5..16 => InventoryInForce::Declared(Position(5)),
        16.. => InventoryInForce::Declared(Position(16)),
    }
}

fn company(today: Date) -> Company {
    let state = if is_draft_day(today) { RuleState::Draft } else { RuleState::Confirmed };
    let of =
        |aspect| Rule { id: rule("rule"), elements: elements(aspect), may_follow: paper(), state };
    // In the second half of a month the company holds less.
    let held = if today.day() > 15 {
        vec![Demand::Licence]
    } else {
        vec![Demand::Registration, Demand::Licence, Demand::Content, Demand::Preservation]
    };
    Company {
        holds: held.into_iter().collect(),
        inventory: inventory_of(today),
        rules: Aspect::ALL.map(|aspect| (aspect, of(aspect))).into(),
        law: Reach { demands: Some(carried()), ..Reach::default() },
        officer: officer(today),
        // For a while nothing says how bands are told.
        bands: (today.day() != 12).then_some(Structure::ByKindOf1000),
        ..Company::default()
    }
}

fn registration(category: Category, demands: DemandSet, urgency: Urgency) -> Registration {
    Registration {
        submission: SubmissionId(Uuid::from_u128(1)),
        ordinal: 1,
        received_on: START,
        country: Country::from_code("US").expect("a country"),
        authority: AuthorityId(Uuid::from_u128(2)),
        officer: OfficerId(Uuid::from_u128(3)),
        category,
        instrument: Instrument::new("production_order").expect("a code"),
        demands,
        urgency,
        accounts_specified: Some(2),
        due_on: Some(START.saturating_add(10.days())),
    }
}

fn demands() -> impl Strategy<Value = DemandSet> {
    use Demand::{
        Connection, Content, DirectAccess, EncryptionKeys, Indicators, Licence, Preservation,
        Registration, Statistics,
    };
    select(vec![
        DemandSet::from_iter([Registration]),
        DemandSet::from_iter([Registration, Licence]),
        DemandSet::from_iter([Registration, Content]),
        DemandSet::from_iter([Connection, Preservation]),
        DemandSet::from_iter([Indicators, Statistics]),
        DemandSet::from_iter([EncryptionKeys]),
        DemandSet::from_iter([DirectAccess, EncryptionKeys]),
        // A letter that should have been split.
        DemandSet::from_iter([Registration, EncryptionKeys]),
        DemandSet::from_iter([Registration, Indicators]),
    ])
}

fn verdict() -> impl Strategy<Value = Verdict> {
    prop_oneof![
        3 => Just(Verdict::Stands),
        3 => Just(Verdict::StandsFor { transfer: TransferBasis::InternationalAgreement }),
        1 => Just(Verdict::DoesNotStand { defects: DefectSet::one(Defect::Overbroad) }),
        1 => (0..20_i64).prop_map(|days| Verdict::Owed {
            until: START.saturating_add(days.days()),
            basis: LegalBasis::VitalInterests,
        }),
    ]
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let ground = select(Ground::ALL.to_vec());
    prop_oneof![
        4 => (demands(), proptest::option::weighted(0.3, ground.clone()))
            .prop_map(|(granted, ground)| Outcome::Approved { granted, ground }),
        2 => ground.prop_map(|ground| Outcome::Rejected { ground }),
    ]
}

/// What is registered otherwise than it was, in one way or another.
fn correction() -> impl Strategy<Value = Correction> {
    let registered = (select(Category::ALL.to_vec()), demands(), proptest::bool::ANY);
    let parties = (select(vec!["US", "FR"]), 2..4_u128, 3..5_u128);
    let rest = (select(vec!["production_order", "other_order"]), proptest::option::of(0..4_u32));
    (registered, parties, rest).prop_map(
        |(
            (category, demands, is_urgent),
            (country, authority, officer),
            (instrument, accounts),
        )| {
            let urgency = if is_urgent { Urgency::Emergency } else { Urgency::Ordinary };
            Correction {
                country: Country::from_code(country).expect("a country"),
                authority: AuthorityId(Uuid::from_u128(authority)),
                officer: OfficerId(Uuid::from_u128(officer)),
                instrument: Instrument::new(instrument).expect("a code"),
                accounts_specified: accounts,
                ..registration(category, demands, urgency).as_read()
            }
        },
    )
}

/// Of these a few change one thing alone of what most journeys begin with.
fn small_correction() -> impl Strategy<Value = Correction> {
    let one = registration(
        Category::UserData,
        DemandSet::from_iter([Demand::Registration]),
        Urgency::Ordinary,
    )
    .as_read();
    select(vec![
        Correction { officer: OfficerId(Uuid::from_u128(4)), ..one.clone() },
        Correction { accounts_specified: Some(3), ..one.clone() },
        Correction { country: Country::from_code("FR").expect("a country"), ..one },
    ])
}

fn motion() -> impl Strategy<Value = Motion> {
    let correct = |to| Motion::Correct { to, received_at: Timestamp::UNIX_EPOCH };
    prop_oneof![
        3 => demands().prop_map(|demands| Motion::Reclassify { demands }),
        2 => correction().prop_map(correct),
        2 => small_correction().prop_map(correct),
        2 => proptest::option::of(0..40_i64).prop_map(|days| Motion::Withhold {
            until: days.map(|days| START.saturating_add(days.days())),
        }),
        2 => (select(Process::ALL.to_vec()), 0..3_u32)
            .prop_map(|(process, selectors)| Motion::Band { process, selectors }),
    ]
}

fn kind() -> impl Strategy<Value = MotionKind> {
    select(vec![
        MotionKind::Reclassify,
        MotionKind::Correct,
        MotionKind::Correct,
        MotionKind::Withhold,
        MotionKind::Band,
    ])
}

fn command() -> impl Strategy<Value = Command> {
    let day = (0..30_i64).prop_map(|days| START.saturating_add(days.days()));
    prop_oneof![
        4 => Just(Command::BeginVerification),
        14 => (
            select(Aspect::ALL.to_vec()),
            select(vec![
                vec!["element"],
                vec!["element", "paper"],
                vec![],
                vec!["element", "foreign"],
            ]),
            verdict(),
        )
            .prop_map(|(aspect, checked, verdict)| Command::RecordFinding {
                aspect,
                checked: checked.into_iter().filter_map(|code| RuleId::new(code).ok()).collect(),
                verdict,
            }),
        2 => day.clone().prop_map(|answer_due_on| Command::AskClarification { answer_due_on }),
        1 => Just(Command::AnswerClarification),
        3 => Just(Command::LapseClarification),
        1 => Just(Command::ReportInstrumentOverdue),
        1 => day.clone().prop_map(|due_on| Command::ExtendDeadline { due_on }),
        2 => proptest::option::of(day.clone())
            .prop_map(|until| Command::PlacePreservation { until }),
        1 => day.prop_map(|until| Command::ExtendPreservation { until }),
        1 => Just(Command::ReleasePreservation),
        1 => Just(Command::LapsePreservation),
        1 => Just(Command::FollowPreservation { by: RequestId(Uuid::from_u128(77)) }),
        8 => outcome().prop_map(|outcome| Command::Propose { outcome }),
        1 => Just(Command::ReturnProposal),
        8 => Just(Command::Confirm),
        12 => motion().prop_map(|motion| Command::ProposeMotion { motion }),
        10 => kind().prop_map(|kind| Command::ConfirmMotion { kind }),
        4 => kind().prop_map(|kind| Command::ReturnMotion { kind }),
        1 => Just(Command::Disclose),
        1 => Just(Command::DiscloseOnDate),
        4 => Just(Command::PrepareResponse),
        4 => Just(Command::ScreenResponse),
        6 => proptest::option::of(0..4_u32)
            .prop_map(|accounts_disclosed| Command::ReleaseResponse { accounts_disclosed }),
        1 => Just(Command::FileChallenge),
        1 => Just(Command::Reopen),
        1 => select(vec![
            ChallengeResult::Confirmed,
            ChallengeResult::Quashed,
            ChallengeResult::Narrowed,
            ChallengeResult::WithdrawnByAuthority,
        ]).prop_map(|result| Command::ResolveChallenge { result }),
        1 => Just(Command::Appeal),
        1 => Just(Command::Withdraw),
        3 => Just(Command::Close),
        1 => Just(Command::SealPending),
        1 => proptest::option::of(0..5_u8)
            .prop_map(|who| Command::Assign { to: who.map(person) }),
        1 => select(vec![NoteKind::Internal, NoteKind::Privileged])
            .prop_map(|kind| Command::WriteNote { kind }),
        1 => select(ReviewFinding::ALL.to_vec())
            .prop_map(|finding| Command::WriteReview { finding }),
        1 => select(vec![Link::Renews, Link::FollowsPreservation])
            .prop_map(|link| Command::Link { to: RequestId(Uuid::from_u128(9)), link }),
        2 => Just(Command::Unlink),
        2 => (0..3_u8).prop_map(|n| Command::SignDeclination { commitment: Sha256Hash([n; 32]) }),
    ]
}

/// Who acts and how many days pass before.
fn step() -> impl Strategy<Value = (Command, u8, i64)> {
    (command(), 0..5_u8, prop_oneof![6 => Just(0_i64), 1 => 1..6_i64])
}

fn first() -> impl Strategy<Value = Command> {
    (select(Category::ALL.to_vec()), demands(), select(vec![Urgency::Ordinary, Urgency::Emergency]))
        .prop_map(|(category, demands, urgency)| Command::Register {
            registration: registration(category, demands, urgency),
        })
}

/// The steps that lead from the letter to the closed case, by the people who may take them.
fn way(registration: &Registration) -> Vec<(Command, u8, i64)> {
    let demands = registration.demands;
    let granted = DemandSet::from_iter([Demand::Registration]).intersection(demands);
    let outcome = if granted.is_empty() || granted == demands {
        Outcome::Approved { granted: demands, ground: None }
    } else {
        Outcome::Approved { granted, ground: Some(Ground::NoData) }
    };
    let finding = |aspect, verdict| {
        let mut checked = elements(aspect);
        if matches!(verdict, Verdict::Owed { .. }) {
            checked.remove(&rule("paper"));
        }
        Command::RecordFinding { aspect, checked, verdict }
    };
    let transfer = TransferBasis::InternationalAgreement;
    let instrument = match registration.urgency {
        Urgency::Ordinary => Verdict::Stands,
        Urgency::Emergency => Verdict::Owed {
            until: START.saturating_add(3.days()),
            basis: LegalBasis::VitalInterests,
        },
    };
    vec![
        (Command::BeginVerification, 0, 0),
        (finding(Aspect::Officer, Verdict::Stands), 0, 0),
        (finding(Aspect::Instrument, instrument), 1, 1),
        (finding(Aspect::Scope, Verdict::StandsFor { transfer }), 0, 0),
        (Command::Propose { outcome }, 2, 0),
        (Command::Confirm, 3, 1),
        (Command::PrepareResponse, 4, 0),
        (Command::ScreenResponse, 2, 0),
        (Command::ReleaseResponse { accounts_disclosed: Some(1) }, 3, 0),
        (Command::Close, 0, 2),
        (Command::Appeal, 0, 30),
    ]
}

/// A case and what is done with it: the way above, some steps of it left out, others put between.
fn journey() -> impl Strategy<Value = (Command, Vec<(Command, u8, i64)>)> {
    let between = proptest::collection::vec(step(), 0..3);
    let detours = proptest::collection::vec((between, proptest::bool::weighted(0.93)), 11);
    (first(), detours, proptest::collection::vec(step(), 0..20)).prop_map(
        |(first, detours, rest)| {
            let Command::Register { registration } = &first else {
                unreachable!("first registers")
            };
            let mut steps = Vec::new();
            for (on_the_way, (between, taken)) in way(registration).into_iter().zip(detours) {
                // Half of the journeys are straight for a while.
                steps.extend(between.into_iter().filter(|(_, who, _)| who % 2 == 0));
                steps.extend(taken.then_some(on_the_way));
            }
            steps.extend(rest);
            (first, steps)
        },
    )
}

/// What the events told so far, as far as the rules ask.
#[derive(Default)]
struct Judge {
    registration: Option<Registration>,
    verdicts: Vec<(Aspect, Verdict)>,
    verifiers: BTreeSet<PersonId>,
    proposer: Option<PersonId>,
    confirmer: Option<PersonId>,
    preparer: Option<PersonId>,
    screener: Option<PersonId>,
    approved: bool,
    granted: DemandSet,
    /// By which the paperwork is owed, as it was said first.
    owed: Option<Date>,
    disclosed: Option<u32>,
    /// Who proposed to correct it, and to what.
    correcting: Option<(PersonId, Correction)>,
    /// The response went out, or the request was closed or withdrawn, and no appeal came since.
    is_over: bool,
    /// With a court.
    is_challenged: bool,
    /// Whether it is counted with another, in that one's cell.
    is_linked: bool,
    /// Who proposed that it is withheld, until which day.
    withholding: Option<(Actor, Option<Date>)>,
    withheld: Option<Option<Date>>,
    /// Who proposed to tell it in a band, as what and with how many selectors.
    banding: Option<(Actor, (Process, u32))>,
    banded: Option<(Process, u32)>,
}

impl Judge {
    fn verdict(&self, aspect: Aspect) -> Option<Verdict> {
        self.verdicts.iter().rev().find(|(a, _)| *a == aspect).map(|(_, verdict)| *verdict)
    }

    /// Rule 1, told from the verdicts alone.
    fn verified_on(&self, today: Date, emergency: bool) -> bool {
        let stands = |verdict| matches!(verdict, Some(Verdict::Stands | Verdict::StandsFor { .. }));
        let owed = matches!(
            self.verdict(Aspect::Instrument),
            Some(Verdict::Owed { until, .. }) if emergency && until >= today
        );
        stands(self.verdict(Aspect::Officer))
            && stands(self.verdict(Aspect::Scope))
            && (stands(self.verdict(Aspect::Instrument)) || owed)
    }

    fn hear(&mut self, event: &RequestEvent, today: Date) {
        if let RequestEvent::RequestRegistered { registration } = event {
            assert_eq!(registration.demands.fault_in(registration.category), None);
            self.registration = Some(registration.clone());
            return;
        }
        let asked = self.registration.clone().expect("registered first");
        let (emergency, user_data) =
            (asked.urgency == Urgency::Emergency, asked.category == Category::UserData);
        let prohibited = asked.demands.has_prohibited();
        self.hear_of_correction(event, &asked);
        match event {
            RequestEvent::FindingRecorded { aspect, finding } => {
                assert!(!is_draft_day(today), "rule 8: a draft supports no finding");
                assert_eq!(finding.rule, rule("rule"));
                self.hear_of_paperwork(*aspect, finding, today);
                let elements = elements(*aspect);
                assert!(finding.checked.is_subset(&elements), "an element of another rule");
                if matches!(finding.verdict, Verdict::Stands | Verdict::StandsFor { .. }) {
                    assert_eq!(finding.checked, elements, "stands without an element");
                    if *aspect == Aspect::Officer {
                        assert!(officer_is_verified(today), "rule 1: nobody verified the officer");
                        assert!(finding.verification.is_some(), "by which record is not said");
                    }
                }
                self.verdicts.push((*aspect, finding.verdict));
                self.verifiers.insert(finding.by);
            }
            RequestEvent::InstrumentArrived { finding } => {
                assert!(!is_draft_day(today), "rule 8: a draft supports no finding");
                assert!(emergency, "only an emergency owes");
                assert!(!matches!(finding.verdict, Verdict::Owed { .. }), "owed again");
                assert_ne!(Some(finding.by), self.proposer, "rule 2");
                assert_ne!(Some(finding.by), self.confirmer, "rule 2");
                self.verdicts.push((Aspect::Instrument, finding.verdict));
                self.verifiers.insert(finding.by);
            }
            RequestEvent::InstrumentOverdue { .. } => {
                let defect = Defect::NoInstrument;
                self.verdicts.push((
                    Aspect::Instrument,
                    Verdict::DoesNotStand { defects: DefectSet::one(defect) },
                ));
            }
            RequestEvent::Verified {} => assert!(self.verified_on(today, emergency)),
            RequestEvent::DecisionProposed { by, .. } => self.proposer = Some(*by),
            RequestEvent::Decided { outcome, confirmed, inventory, .. } => {
                let ground = match outcome {
                    Outcome::Approved { ground, .. } => *ground,
                    Outcome::Rejected { ground } => Some(*ground),
                };
                let is_told = user_data && ground == Some(Ground::NoData);
                assert_eq!(*inventory, is_told.then_some(inventory_of(today)));
                let needs_findings = match outcome {
                    Outcome::Approved { granted, .. } => {
                        assert!(!prohibited, "a prohibited demand was approved");
                        assert!(granted.is_subset_of(asked.demands));
                        let held = granted.is_subset_of(company(today).holds);
                        assert!(!user_data || held, "rule 4: approved what is not held");
                        let is_carried = granted.is_subset_of(carried());
                        assert!(!user_data || is_carried, "wider than the instrument");
                        true
                    }
                    Outcome::Rejected { ground } => *ground == Ground::NoData,
                };
                if needs_findings {
                    assert!(self.verified_on(today, emergency), "rule 1");
                    assert!(officer_is_verified(today), "rule 1: decided on what has expired");
                }
                match confirmed {
                    Confirmed::By { proposed_by, confirmed_by } => {
                        assert_eq!(Some(*proposed_by), self.proposer);
                        assert_ne!(proposed_by, confirmed_by, "rule 2");
                        assert!(!self.verifiers.contains(proposed_by), "rule 2");
                        let verified = self.verifiers.contains(confirmed_by);
                        assert!(!verified || !(user_data || emergency), "rule 2");
                        self.confirmer = Some(*confirmed_by);
                    }
                    Confirmed::ByRule => {
                        let rejected = matches!(
                            outcome,
                            Outcome::Rejected {
                                ground: Ground::Prohibited | Ground::LegalRequirements
                            }
                        );
                        assert!(rejected, "a rule approves nothing");
                        self.confirmer = None;
                    }
                }
                self.approved = matches!(outcome, Outcome::Approved { .. });
                if let Outcome::Approved { granted, .. } = outcome {
                    self.granted = *granted;
                }
            }
            RequestEvent::ResponsePrepared { by } => {
                self.preparer = Some(*by);
                self.screener = None;
            }
            RequestEvent::ResponseScreened { by } => self.screener = Some(*by),
            RequestEvent::ResponseReleased { by, accounts_disclosed } => {
                self.disclosed = self.disclosed.max(*accounts_disclosed);
                assert!(self.approved && !prohibited, "released what was not approved");
                assert!(self.verified_on(today, emergency), "rule 1: released without a finding");
                assert!(officer_is_verified(today), "rule 1: released on what has expired");
                let held = self.granted.is_subset_of(company(today).holds);
                assert!(!user_data || held, "rule 4: released what is not held");
                assert_eq!(Some(*by), self.confirmer, "rule 2: the confirmer releases");
                if !user_data {
                    assert!(self.screener.is_some(), "rule 3: not screened");
                    assert_ne!(self.screener, self.preparer, "rule 3");
                    assert_ne!(Some(*by), self.preparer, "rule 3");
                }
            }
            RequestEvent::Reclassified { proposed_by, confirmed_by, demands } => {
                assert_ne!(proposed_by, confirmed_by, "two people reclassify");
                self.registration = Some(Registration { demands: *demands, ..asked });
                self.begin_again();
            }
            RequestEvent::DeclinationSigned { .. } => assert!(prohibited, "declined what is not"),
            RequestEvent::ProposalReturned { .. } => self.proposer = None,
            RequestEvent::Appealed { .. } => self.begin_again(),
            RequestEvent::ChallengeResolved {
                result: ChallengeResult::Quashed | ChallengeResult::WithdrawnByAuthority,
            } => {
                let defect = Defect::InstrumentInvalid;
                self.verdicts.push((
                    Aspect::Instrument,
                    Verdict::DoesNotStand { defects: DefectSet::one(defect) },
                ));
            }
            RequestEvent::ChallengeResolved { result: ChallengeResult::Narrowed } => {
                self.verdicts.retain(|(aspect, _)| *aspect != Aspect::Scope);
            }
            RequestEvent::ChallengeFiled { .. } | RequestEvent::DecisionReopened { .. } => {
                self.approved = false;
                (self.proposer, self.confirmer) = (None, None);
            }
            _ => {}
        }
    }

    /// Two people put right what was registered, while nothing went out, and what was found of what
    /// changed is found anew.
    fn hear_of_correction(&mut self, event: &RequestEvent, asked: &Registration) {
        match event {
            RequestEvent::CorrectionProposed { by, to, .. } => {
                assert!(!self.is_over && !self.is_challenged, "too late to be put right");
                self.correcting = Some((*by, to.clone()));
            }
            RequestEvent::ReclassificationProposed { .. } => {
                assert_eq!(self.correcting, None, "two proposals at once");
            }
            RequestEvent::CorrectionReturned { .. } => self.correcting = None,
            RequestEvent::RegistrationCorrected { proposed_by, confirmed_by, to, .. } => {
                assert_ne!(proposed_by, confirmed_by, "one person alone corrected it");
                let proposed = self.correcting.take().expect("was proposed");
                assert_eq!(proposed, (*proposed_by, to.clone()), "another correction");
                assert!(!self.is_over && !self.is_challenged, "too late to be put right");
                assert_eq!(to.demands.fault_in(to.category), None);
                assert_eq!(to.demands.has_prohibited(), asked.demands.has_prohibited());
                let moves_cell = (to.country, to.category) != (asked.country, asked.category);
                assert!(!moves_cell || !self.is_linked, "linked into another cell");
                assert!(self.banded.is_none() || to.country.code() == "US", "no bands there");
                let (new, old) = (asked.corrected(to), asked);
                assert_eq!(
                    (new.submission, new.ordinal, new.received_on),
                    (old.submission, old.ordinal, old.received_on),
                    "what the letter's leaf seals"
                );
                let is_another_case = moves_cell
                    || (new.authority, &new.instrument, new.urgency)
                        != (old.authority, &old.instrument, old.urgency);
                let is_more =
                    (new.demands, new.accounts_specified) != (old.demands, old.accounts_specified);
                let is_another_officer = new.officer != old.officer;
                self.verdicts.retain(|(aspect, _)| match aspect {
                    Aspect::Officer => !is_another_case && !is_another_officer,
                    Aspect::Instrument => !is_another_case,
                    Aspect::Scope => !is_another_case && !is_more,
                });
                // Who found something stays a verifier, and what is owed is owed by the day named
                // first.
                (self.proposer, self.confirmer) = (None, None);
                self.approved = false;
                self.registration = Some(new);
            }
            RequestEvent::RequestLinked { link, .. } => {
                self.is_linked = *link != Link::FollowsPreservation;
            }
            RequestEvent::LinkRemoved {} => self.is_linked = false,
            RequestEvent::ResponseReleased { .. }
            | RequestEvent::Closed {}
            | RequestEvent::Withdrawn { .. } => self.is_over = true,
            RequestEvent::Appealed { .. } | RequestEvent::Reclassified { .. } => {
                self.is_over = false;
            }
            RequestEvent::ChallengeFiled { .. } => self.is_challenged = true,
            RequestEvent::ChallengeResolved { .. } => self.is_challenged = false,
            _ => {}
        }
    }

    /// Rule 1: what may be owed, and until when.
    fn hear_of_paperwork(&mut self, aspect: Aspect, finding: &Finding, today: Date) {
        if let Verdict::Owed { until, .. } = finding.verdict {
            assert_eq!(aspect, Aspect::Instrument, "only paperwork is owed");
            assert!(finding.checked.contains(&rule("element")), "owed what may not follow");
            assert!(
                until >= today && self.owed.is_none_or(|first| until <= first),
                "owed for ever"
            );
            self.owed.get_or_insert(until);
        }
    }

    /// Who takes it out of the published sum, and who puts it back.
    fn hear_of_publication(&mut self, event: &RequestEvent, by: Actor, today: Date) {
        match event {
            RequestEvent::WithholdingProposed { until, .. } => {
                assert!(until.is_none_or(|until| until >= today));
                assert_eq!(self.banding, None, "two proposals at once");
                self.withholding = Some((by, *until));
            }
            RequestEvent::WithholdingReturned { .. } => self.withholding = None,
            RequestEvent::Withheld { proposed_by, confirmed_by, until } => {
                let (proposer, proposed) = self.withholding.take().expect("was proposed");
                assert_ne!(proposer, by, "one person alone withheld it");
                assert_eq!(
                    (proposer, by),
                    (Actor::Person(*proposed_by), Actor::Person(*confirmed_by))
                );
                assert_eq!(proposed, *until, "confirmed what was not proposed");
                assert!(until.is_none_or(|until| until >= today));
                self.withheld = Some(*until);
                self.banded = None;
            }
            RequestEvent::BandingProposed { process, selectors, .. } => {
                assert_ne!(today.day(), 12, "nothing says how bands are told");
                assert_eq!(self.withholding, None, "two proposals at once");
                self.banding = Some((by, (*process, *selectors)));
            }
            RequestEvent::BandingReturned { .. } => self.banding = None,
            RequestEvent::Banded { proposed_by, confirmed_by, process, selectors } => {
                assert_ne!(today.day(), 12, "nothing says how bands are told");
                let (proposer, proposed) = self.banding.take().expect("was proposed");
                assert_ne!(proposer, by, "one person alone took it out of the sum");
                assert_eq!(
                    (proposer, by),
                    (Actor::Person(*proposed_by), Actor::Person(*confirmed_by))
                );
                assert_eq!(proposed, (*process, *selectors), "confirmed what was not proposed");
                self.banded = Some(proposed);
                self.withheld = None;
            }
            RequestEvent::Disclosed {} => {
                let banded = self.banded.take();
                let until = self.withheld.take();
                assert!(until.is_some() || banded.is_some(), "it was counted");
                if by == Actor::Rule {
                    let until = until.flatten();
                    assert!(until.is_some_and(|until| until < today), "disclosed before its day");
                }
                (self.withholding, self.banding) = (None, None);
            }
            _ => {}
        }
    }

    fn begin_again(&mut self) {
        self.verdicts.clear();
        self.verifiers.clear();
        (self.proposer, self.confirmer, self.owed) = (None, None, None);
        self.approved = false;
    }
}

/// What says something about a request and changes nothing of it.
fn says_alone(event: &RequestEvent) -> bool {
    matches!(
        event,
        RequestEvent::DeclinationSigned { .. }
            | RequestEvent::NoteWritten { .. }
            | RequestEvent::ReviewWritten { .. }
    )
}

/// Where a request stands and how it is counted.
fn stands(request: &Request) -> Option<(Fact, StageKind)> {
    let Request::Handled(handled) = request else { return None };
    Some((handled.fact(), handled.stage.kind()))
}

/// The request after the commands that were not refused, and their events.
fn run(first: Command, steps: &[(Command, u8, i64)]) -> (Request, Vec<RequestEvent>) {
    let mut today = START;
    let mut request = Request::Absent;
    let mut events = Vec::new();
    let mut judge = Judge::default();
    for (command, who, days) in std::iter::once(&(first, 0, 0)).chain(steps) {
        today = today.saturating_add(days.days());
        let by = match command {
            Command::DiscloseOnDate => Actor::Rule,
            _ => Actor::Person(person(*who)),
        };
        let company = company(today);
        let circumstances = Circumstances { by, today, company: &company };
        for event in decide(&request, command, circumstances).unwrap_or_default() {
            judge.hear(&event, today);
            judge.hear_of_publication(&event, by, today);
            let before = says_alone(&event).then(|| stands(&request));
            request = evolve(request, &event).expect("decide makes what evolve takes");
            assert!(before.is_none_or(|before| before == stands(&request)), "{event:?} moved it");
            events.push(event);
            // Nobody alone takes a request out of the published numbers, and nothing else does.
            let fact = request.fact().expect("a request has one");
            assert_eq!(fact.counted == Counted::Withheld, judge.withheld.is_some());
            let banded = judge.banded.map(|(process, selectors)| {
                assert_eq!(fact.accounts_specified, Some(selectors));
                Counted::Banded(process)
            });
            assert_eq!(matches!(fact.counted, Counted::Banded(_)).then_some(fact.counted), banded);
            assert_eq!(fact.accounts_disclosed, judge.disclosed, "what went out stays told");
        }
    }
    (request, events)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_commands_breaks_a_rule(
        (first, steps) in prop_oneof![
            journey(),
            (first(), proptest::collection::vec(step(), 0..60)),
        ],
    ) {
        let (request, events) = run(first, &steps);
        prop_assert_eq!(fold(&events), Ok(request.clone()));

        // Rule 5: every event can be written down and read again.
        for event in &events {
            let text = serde_json::to_string(event).expect("an event is JSON");
            prop_assert_eq!(Event::from_json(&text).expect("reads back"), Event::Request(event.clone()));
        }

        // Rule 6: whatever became of it, it is one request in the count.
        if let Some(fact) = request.fact() {
            let mut tally = Tally::new(Period::year(2026));
            tally.add(&fact);
            let dataset = count(tally).expect("one request adds up");
            let outside = dataset.outside.preservation + dataset.outside.linked;
            let withheld = dataset.outside.withheld.unwrap_or_default();
            let banded = u64::from(matches!(fact.counted, Counted::Banded(_)));
            prop_assert_eq!(dataset.total.requests() + outside + withheld + banded, 1);
            if banded == 1 {
                prop_assert_eq!(dataset, count(Tally::new(Period::year(2026))).expect("nothing"));
            }
            if fact.demands.has_prohibited() {
                prop_assert_eq!(fact.standing, Standing::Rejected(Ground::Prohibited));
            }
        }
    }

    /// Who is shown as next may act, and who is shown as barred may not.
    #[test]
    fn who_is_said_to_be_next_is_not_refused_for_who_they_are((first, steps) in journey()) {
        for end in 0..=steps.len() {
            let (request, _) = run(first.clone(), &steps[..end]);
            let Request::Handled(handled) = &request else { continue };
            let Some(next) = handled.next_step() else { continue };
            let command = match next.step {
                Step::Verify | Step::Prepare | Step::Close => continue,
                Step::Propose if handled.findings.have_defect() => Command::Propose {
                    outcome: Outcome::Rejected { ground: Ground::LegalRequirements },
                },
                Step::Propose => {
                    Command::Propose { outcome: Outcome::Rejected { ground: Ground::NoData } }
                }
                Step::Confirm => Command::Confirm,
                Step::Sign => Command::SignDeclination { commitment: Sha256Hash([7; 32]) },
                Step::Screen => Command::ScreenResponse,
                Step::Release => Command::ReleaseResponse { accounts_disclosed: None },
            };
            let company = company(START);
            for who in 0..6 {
                let by = Actor::Person(person(who));
                let circumstances = Circumstances { by, today: START, company: &company };
                let refused_as_person = match decide(&request, &command, circumstances) {
                    Ok(_) => false,
                    Err(
                        Refusal::ProposerVerified
                        | Refusal::ConfirmerProposed
                        | Refusal::ConfirmerVerified
                        | Refusal::PreparerActsTwice
                        | Refusal::NotTheConfirmer,
                    ) => true,
                    // Something else keeps everybody from it.
                    Err(_) => continue,
                };
                prop_assert_eq!(next.barred.bars(person(who)), refused_as_person, "{:?}", next);
            }
        }
    }

    #[test]
    fn the_clock_stands_still_while_an_officer_is_asked(days in 1..40_i64) {
        let asked = START.saturating_add(60.days());
        let (request, _) = run(
            Command::Register {
                registration: registration(
                    Category::UserData,
                    DemandSet::from_iter([Demand::Registration]),
                    Urgency::Ordinary,
                ),
            },
            &[
                (Command::BeginVerification, 0, 0),
                (Command::AskClarification { answer_due_on: asked }, 0, 0),
                (Command::AnswerClarification, 0, days),
            ],
        );
        let Request::Handled(handled) = request else { panic!("registered") };
        prop_assert_eq!(handled.due_on, Some(START.saturating_add((10 + days).days())));
    }
}

/// The sequences above are worth something only if they reach the far ends of a request's life.
#[test]
fn random_commands_reach_approvals_releases_and_appeals() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let strategy = journey();
    let mut seen = BTreeSet::new();
    for _ in 0..1_500 {
        let (first, steps) = strategy.new_tree(&mut runner).expect("a value").current();
        seen.extend(run(first, &steps).1.iter().map(RequestEvent::kind));
    }
    for kind in [
        "verified",
        "decided",
        "response_released",
        "closed",
        "appealed",
        "reclassified",
        "challenge_resolved",
        "clarification_lapsed",
        "instrument_arrived",
        "instrument_overdue",
        "decision_reopened",
        "request_linked",
        "link_removed",
        "reclassification_returned",
        "registration_corrected",
        "correction_returned",
        "preservation_placed",
        "preservation_released",
        "withdrawn",
        "response_revoked",
        "proposal_returned",
        "deadline_extended",
        "withheld",
        "withholding_returned",
        "banded",
        "banding_returned",
        "disclosed",
        "declination_signed",
        "review_written",
    ] {
        assert!(seen.contains(kind), "no sequence reached {kind}; saw {seen:?}");
    }
}

proptest! {
    /// Whatever is said of a submission, it holds requests, or none, or waits; and only what was
    /// said is taken back.
    #[test]
    fn what_is_said_of_a_submission_is_taken_back_or_stands(
        steps in proptest::collection::vec((0..3_u8, select(NotARequest::ALL.to_vec())), 0..12),
    ) {
        let (mut requests, mut said) = (0_u16, None);
        for (step, reason) in steps {
            let submission = Submission { received_on: START, requests };
            let event = match step {
                0 => declare_not_a_request(submission, reason),
                1 => take_back(said),
                // A request is found where nothing says that there is none.
                _ => {
                    requests += u16::from(!matches!(said, Some(Said::NotARequest(_))));
                    continue;
                }
            };
            let is_none = matches!(said, Some(Said::NotARequest(_)));
            match (step, event) {
                (0, Ok(event)) => {
                    prop_assert_eq!(requests, 0, "it holds one, or that was said already");
                    said = Said::by(&event);
                    prop_assert_eq!(said, Some(Said::NotARequest(reason)));
                    requests = 1;
                }
                (0, Err(refusal)) => {
                    prop_assert!(requests > 0);
                    prop_assert_eq!(refusal, SubmissionRefusal::HoldsRequests);
                }
                (_, Ok(event)) => {
                    prop_assert!(is_none, "nothing was said");
                    said = Said::by(&event);
                    prop_assert_eq!(said, Some(Said::TakenBack));
                    requests = 0;
                }
                (_, Err(refusal)) => {
                    prop_assert!(!is_none);
                    prop_assert_eq!(refusal, SubmissionRefusal::NotDeclared);
                }
            }
        }
    }
}

/// Texts are needed until everything is finished, and not any more afterwards.
#[test]
fn only_what_is_resolved_and_finished_is_erased() {
    let received_on = date(2026, 3, 1);
    let of = |requests| Submission { received_on, requests };
    let none = Holds::new();
    let gone = Ok(SubmissionEvent::SubmissionErased { rules: None });
    assert_eq!(erase(of(0), (&[], &none), None), Err(SubmissionRefusal::Unresolved));
    assert_eq!(erase(of(1), (&[], &none), None), gone, "it holds no request");
    let hold = Hold { placed_by: Actor::OperatorCli, placed_at: Timestamp::UNIX_EPOCH };
    let held = Holds::from([(HoldId(Uuid::nil()), hold)]);
    assert_eq!(erase(of(1), (&[], &held), None), Err(SubmissionRefusal::Held));
    let history = |outcome| {
        Request::Historic(HistoricRequest {
            received_on,
            country: Country::from_code("FR").expect("a country"),
            category: Category::UserData,
            instrument: Instrument::new("none").expect("a code"),
            demands: DemandSet::from_iter([Demand::Content]),
            urgency: Urgency::Ordinary,
            accounts_specified: None,
            accounts_disclosed: None,
            outcome,
        })
    };
    let done = history(HistoricOutcome::Withdrawn { withdrawn_on: received_on });
    let open = history(HistoricOutcome::Pending);
    assert_eq!(erase(of(1), (std::slice::from_ref(&done), &none), None), gone);
    assert_eq!(erase(of(2), (&[done, open], &none), None), Err(SubmissionRefusal::Unfinished));
}
