//! Random commands, and the ways on which they are put between.

use super::*;

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
pub fn step() -> impl Strategy<Value = (Command, u8, i64)> {
    (command(), 0..5_u8, prop_oneof![6 => Just(0_i64), 1 => 1..6_i64])
}

pub fn first() -> impl Strategy<Value = Command> {
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
pub fn journey() -> impl Strategy<Value = (Command, Vec<(Command, u8, i64)>)> {
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
