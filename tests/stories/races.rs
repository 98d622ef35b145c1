//! Whatever people do at once, none of the rules of a decision is broken: what comes to their mind
//! is done three at a time, on requests of each kind, while the company says anew what it holds.
//! What was recorded is judged by itself.
//!
//! `CANDOR_RACE_SEED` is another course; `CANDOR_RACE_ROUNDS` makes it longer.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use databases::on_each;
use domain::Category;
use domain::category::DemandSet;
use domain::event::{CompanyEvent, Event, RequestEvent, Stream};
use domain::fact::{Ground, Urgency};
use domain::id::{PersonId, Position};
use domain::profile::aspect_code;
use domain::request::{
    Aspect, ChallengeResult, Confirmed, Outcome, Registration, Request, StageKind, Verdict, fold,
};
use futures_util::future::{join, join_all};
use store::Sight;

use crate::office::{
    CONFIRMER, CONFIRMS, EXPERT, INTAKE, Office, PRIVACY, PROPOSER, VERIFIER, told,
};

/// Pseudo-random numbers that are the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        // Knuth, The Art of Computer Programming, Vol. 2, 3.3.4 (MMIX).
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

/// Who usually does it, what, and the fields of the form.
type Act<'a> = (&'a str, &'a str, Vec<(&'a str, &'a str)>);

const REASON: (&str, &str) = ("reason", "So it is.");

/// What leads on from a stage.
fn ways_on(stage: StageKind) -> Vec<Act<'static>> {
    let approve = vec![("outcome", "approve"), REASON];
    match stage {
        StageKind::Received => vec![(VERIFIER, "begin", Vec::new())],
        StageKind::InVerification => vec![
            (VERIFIER, "officer", Vec::new()),
            (VERIFIER, "instrument", Vec::new()),
            (VERIFIER, "scope", Vec::new()),
        ],
        StageKind::ClarificationAsked => vec![(VERIFIER, "answer", vec![("answer", "All three.")])],
        StageKind::Verified => vec![
            (PROPOSER, "propose", approve),
            (PROPOSER, "propose", vec![("outcome", "reject_no_data"), REASON]),
        ],
        StageKind::Proposed => {
            vec![(CONFIRMER, "confirm", CONFIRMS.to_vec()), (EXPERT, "confirm", CONFIRMS.to_vec())]
        }
        StageKind::Decided => vec![
            (PROPOSER, "prepare", Vec::new()),
            (EXPERT, "prepare", Vec::new()),
            (PROPOSER, "close", Vec::new()),
        ],
        StageKind::Prepared => vec![
            (PROPOSER, "screen", Vec::new()),
            (EXPERT, "screen", Vec::new()),
            (CONFIRMER, "release", vec![("accounts_disclosed", "1")]),
            (CONFIRMER, "release", vec![("accounts_disclosed", "")]),
        ],
        StageKind::Answered => vec![(PROPOSER, "close", Vec::new())],
        StageKind::Challenged => vec![
            (PROPOSER, "challenge-result", vec![("result", "confirmed")]),
            (PROPOSER, "challenge-result", vec![("result", "quashed")]),
        ],
        StageKind::Closed | StageKind::Withdrawn => vec![(VERIFIER, "appeal", vec![REASON])],
    }
}

/// What may come between.
fn turns() -> Vec<Act<'static>> {
    let secret = vec![("until", "2027-01-31"), ("basis", "50 U.S.C. § 1874(d)")];
    vec![
        (VERIFIER, "no-officer", Vec::new()),
        (VERIFIER, "clarification", vec![("question", "Whose?"), ("answer_due_on", "2026-09-30")]),
        (PROPOSER, "propose", vec![("outcome", "reject_legal"), REASON]),
        (CONFIRMER, "confirm", vec![("agree", "no"), REASON, ("read", "yes")]),
        (PROPOSER, "reopen", vec![REASON]),
        (PROPOSER, "challenge", vec![REASON]),
        (VERIFIER, "appeal", vec![REASON]),
        (VERIFIER, "extend", vec![("due_on", "2026-10-09"), REASON]),
        (VERIFIER, "withhold", secret),
        (PROPOSER, "withhold-confirm", Vec::new()),
        (PROPOSER, "withhold-return", vec![REASON]),
        (VERIFIER, "disclose", vec![REASON]),
        (VERIFIER, "reclassify", vec![("demands", "encryption_keys"), REASON]),
        (PROPOSER, "reclassify-confirm", Vec::new()),
        (PROPOSER, "reclassify-return", vec![REASON]),
        (INTAKE, "note", vec![("text", "Seen.")]),
    ]
}

const PEOPLE: [&str; 6] = [VERIFIER, PROPOSER, CONFIRMER, INTAKE, EXPERT, PRIVACY];

const EMERGENCY: [(&str, &str); 3] =
    [("instrument", "us_emergency_disclosure"), ("country", "United States"), ("emergency", "yes")];
const EXPERTISE: [(&str, &str); 4] = [
    ("category", "technical_expertise"),
    ("demands", "indicators"),
    ("instrument", "none"),
    ("accounts", ""),
];

#[test]
fn no_acts_at_once_break_a_rule() {
    let number = |name: &str, otherwise: u64| {
        std::env::var(name).map_or(otherwise, |given| given.parse().expect("a number"))
    };
    let (seed, rounds) = (number("CANDOR_RACE_SEED", 7), number("CANDOR_RACE_ROUNDS", 30));
    on_each(async |location| {
        let instruments = ["eu_production_order", "us_emergency_disclosure", "none"];
        let office = Office::at_work(location, &instruments).await;
        let letter = office.enters_letter("AO 2", b"scan").await;
        let (mut dice, mut reached) = (Dice(seed), BTreeSet::new());
        let kinds: [&[(&str, &str)]; 4] = [&[], &EMERGENCY, &EXPERTISE, &[]];
        let wanted = ["verified", "decision_proposed", "decided", "response_released"];
        // Who is first depends on more than the seed: other requests follow until all was reached.
        for (n, fields) in kinds.into_iter().cycle().take(16).enumerate() {
            if n >= kinds.len() && wanted.iter().all(|kind| reached.contains(kind)) {
                break;
            }
            let case = office.registers(&letter, fields).await;
            office.act(VERIFIER, &case, "begin", &[]).await;
            office.verifies_officer(VERIFIER, &case).await;
            for _ in 0..rounds {
                at_once(&office, &case, &mut dice).await;
            }
            judge(&office, &case).await;
            reached.extend(office.events_of(&case).await);
        }
        for kind in wanted {
            assert!(reached.contains(kind), "seed {seed}: no race reached {kind}: {reached:?}");
        }
        let doctor = office.candor().doctor(app::Refolding::Do).await.expect("looks");
        let wrong: Vec<_> = doctor.findings.iter().filter(|found| found.result.is_err()).collect();
        assert!(wrong.is_empty(), "seed {seed}: {wrong:?}");
    });
}

/// Three do what comes to their mind, all having seen the request as it is now.
async fn at_once(office: &Office, case: &str, dice: &mut Dice) {
    let who = office.signed_in(VERIFIER).await;
    let name = case.parse().expect("a name");
    let stage = office.candor().case(name, &who).await.expect("reads").handled.stage.kind();
    let seen = office.version(case).await;
    let (ways_on, turns) = (ways_on(stage), turns());
    let mut sent = Vec::new();
    for _ in 0..3 {
        let (usual, act, fields) =
            if dice.below(5) > 0 { dice.one(&ways_on) } else { dice.one(&turns) }.clone();
        let who = if dice.below(8) == 0 { dice.one(&PEOPLE) } else { usual };
        let (act, mut fields) = finding(office, case, act, fields).await;
        fields.push(("seen".to_owned(), seen.to_string()));
        sent.push((who, act, fields));
    }
    let is_held_anew = dice.below(6) == 0;
    let nothing_is_held = dice.below(2) == 0;
    let inventory = async {
        match (is_held_anew, nothing_is_held) {
            (true, true) => office.declares_that_nothing_is_held(PRIVACY).await,
            (true, false) => office.declares_inventory(PRIVACY).await,
            (false, _) => {}
        }
    };
    let answers = join_all(sent.iter().map(async |(who, act, fields)| {
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), &**value)).collect();
        office.sends(who, &format!("/requests/{case}/{act}"), &fields).await
    }));
    let (answers, ()) = join(answers, inventory).await;
    let done = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    let moved = office.version(case).await != seen;
    assert_eq!(done, usize::from(moved), "one of them at most: {sent:?}");
    for answer in &answers {
        let expected = [
            StatusCode::SEE_OTHER,
            StatusCode::CONFLICT,
            StatusCode::UNPROCESSABLE_ENTITY,
            StatusCode::FORBIDDEN,
            // Who reads no technical request has none.
            StatusCode::NOT_FOUND,
        ];
        assert!(expected.contains(&answer.status), "{}: {}", answer.status, told(answer));
    }
}

/// Findings are one act, with the elements of the rule.
async fn finding(
    office: &Office,
    case: &str,
    act: &'static str,
    fields: Vec<(&str, &str)>,
) -> (&'static str, Vec<(String, String)>) {
    let own = |fields: &[(&str, &str)]| -> Vec<(String, String)> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let stands = [("verdict", "stands")];
    let goes_there = [("verdict", "stands"), ("transfer", "same_jurisdiction")];
    let defect = [("verdict", "does_not_stand"), ("defect", "officer_not_verified")];
    let is_expertise = office.recorded(case).await.first().is_some_and(|event| match event {
        RequestEvent::RequestRegistered { registration } => {
            registration.category == Category::TechnicalExpertise
        }
        _ => false,
    });
    let (aspect, verdict) = match act {
        "officer" => (Aspect::Officer, own(&stands)),
        "instrument" => (Aspect::Instrument, own(&stands)),
        "scope" if is_expertise => (Aspect::Scope, own(&stands)),
        "scope" => (Aspect::Scope, own(&goes_there)),
        "no-officer" => (Aspect::Officer, own(&defect)),
        _ => return (act, own(&fields)),
    };
    let mut all = own(&[("aspect", aspect_code(aspect))]);
    let elements = office.elements(case, aspect).await;
    all.extend(elements.into_iter().map(|code| ("elements".to_owned(), code)));
    all.extend(verdict);
    ("finding", all)
}

/// What the rules of a decision (rules 1 to 4) say of a request, told from its events alone.
async fn judge(office: &Office, case: &str) {
    let mut tx = office.candor().db.snapshot().await.expect("begins");
    let name = case.parse().expect("a name");
    let row = tx.cases(store::Cases::Named(name), Sight::whole()).await.expect("reads").pop();
    let stream = Stream::Request(row.expect("is there").request);
    let recorded = tx.stream_events(stream, Sight::whole()).await.expect("reads");
    let company = tx.stream_events(Stream::Publication, Sight::whole()).await.expect("reads");
    let held = company.into_iter().filter_map(|recorded| match recorded.event {
        Event::Company(CompanyEvent::DataInventoryDeclared { holds, .. }) => {
            Some((recorded.position, holds))
        }
        _ => None,
    });
    let events = recorded.into_iter().map(|recorded| match recorded.event {
        Event::Request(event) => (recorded.position, event),
        other => panic!("{} stands on the stream of a request", other.kind()),
    });
    let events: Vec<_> = events.collect();
    let alone: Vec<_> = events.iter().map(|(_, event)| event.clone()).collect();
    assert!(matches!(fold(&alone), Ok(Request::Handled(_))));
    let [(_, RequestEvent::RequestRegistered { registration }), ..] = events.as_slice() else {
        panic!("it begins with {:?}", events.first())
    };
    let mut judge = Judge::new(registration, held.collect());
    for (at, event) in &events {
        judge.hear(*at, event);
    }
}

struct Judge {
    /// Whether three people decide.
    takes_three: bool,
    category: Category,
    demands: DemandSet,
    held: Vec<(Position, DemandSet)>,
    stand: BTreeSet<Aspect>,
    verifiers: BTreeSet<PersonId>,
    proposed: Option<(PersonId, Outcome)>,
    approved_by: Option<PersonId>,
    prepared_by: Option<PersonId>,
    is_screened: bool,
    moves: Option<(PersonId, DemandSet)>,
    withholds: Option<PersonId>,
}

impl Judge {
    fn new(registration: &Registration, held: Vec<(Position, DemandSet)>) -> Self {
        let is_emergency = registration.urgency == Urgency::Emergency;
        Self {
            takes_three: registration.category == Category::UserData || is_emergency,
            category: registration.category,
            demands: registration.demands,
            held,
            stand: BTreeSet::new(),
            verifiers: BTreeSet::new(),
            proposed: None,
            approved_by: None,
            prepared_by: None,
            is_screened: false,
            moves: None,
            withholds: None,
        }
    }

    fn hear(&mut self, at: Position, event: &RequestEvent) {
        match event {
            RequestEvent::FindingRecorded { aspect, finding } => {
                self.verifiers.insert(finding.by);
                match finding.verdict {
                    Verdict::Stands | Verdict::StandsFor { .. } | Verdict::Owed { .. } => {
                        self.stand.insert(*aspect)
                    }
                    Verdict::DoesNotStand { .. } => self.stand.remove(aspect),
                };
            }
            RequestEvent::DecisionProposed { by, outcome } => {
                assert!(!self.takes_three || !self.verifiers.contains(by), "who verified proposed");
                self.proposed = Some((*by, *outcome));
            }
            RequestEvent::ProposalReturned { by } => {
                let proposed = self.proposed.take().expect("of a proposal");
                assert_ne!(proposed.0, *by, "who proposed sent it back");
            }
            RequestEvent::Decided { outcome, confirmed, .. } => {
                self.hear_decision(at, *outcome, *confirmed);
            }
            RequestEvent::Reclassified { proposed_by, confirmed_by, demands } => {
                assert_eq!(self.moves.take(), Some((*proposed_by, *demands)));
                assert_ne!(proposed_by, confirmed_by);
                self.demands = *demands;
            }
            RequestEvent::ReclassificationProposed { by, demands } => {
                self.moves = Some((*by, *demands));
            }
            RequestEvent::WithholdingProposed { by, .. } => self.withholds = Some(*by),
            RequestEvent::Withheld { proposed_by, confirmed_by, .. } => {
                assert_eq!(self.withholds.take(), Some(*proposed_by));
                assert_ne!(proposed_by, confirmed_by);
            }
            RequestEvent::ResponsePrepared { by } => {
                assert!(self.approved_by.is_some(), "prepared without an approval");
                (self.prepared_by, self.is_screened) = (Some(*by), false);
            }
            RequestEvent::ResponseScreened { by } => {
                assert!(self.prepared_by.is_some_and(|other| other != *by), "screened alone");
                self.is_screened = true;
            }
            RequestEvent::ResponseReleased { by, .. } => {
                assert_eq!(Some(*by), self.approved_by, "who confirmed releases");
                assert!(self.prepared_by.is_some() && self.stand.len() == 3);
                let is_user_data = self.category == Category::UserData;
                assert!(is_user_data || self.is_screened, "expertise that nobody screened");
            }
            RequestEvent::DecisionReopened { .. }
            | RequestEvent::ChallengeFiled { .. }
            | RequestEvent::Withdrawn { .. } => self.nothing_is_decided(),
            RequestEvent::ChallengeResolved { result } if *result != ChallengeResult::Confirmed => {
                self.stand.remove(&Aspect::Instrument);
            }
            RequestEvent::Appealed { .. } => {
                self.nothing_is_decided();
                self.stand.clear();
            }
            _ => {}
        }
    }

    fn nothing_is_decided(&mut self) {
        (self.approved_by, self.prepared_by, self.is_screened) = (None, None, false);
        self.proposed = None;
    }

    fn hear_decision(&mut self, at: Position, outcome: Outcome, confirmed: Confirmed) {
        self.approved_by = None;
        let (proposed_by, confirmed_by) = match confirmed {
            Confirmed::By { proposed_by, confirmed_by } => (proposed_by, confirmed_by),
            Confirmed::ByRule => {
                let prohibited = Outcome::Rejected { ground: Ground::Prohibited };
                assert!(outcome == prohibited && self.demands.has_prohibited(), "{outcome:?}");
                return;
            }
        };
        assert_eq!(self.proposed.take(), Some((proposed_by, outcome)), "of one proposal");
        assert_ne!(proposed_by, confirmed_by, "one person decided");
        assert!(!self.takes_three || !self.verifiers.contains(&confirmed_by), "who verified did");
        assert!(!self.demands.has_prohibited(), "prohibited, and decided by people");
        match outcome {
            Outcome::Approved { granted, .. } => {
                assert_eq!(self.stand.len(), 3, "approved without three findings");
                let held = self.held.iter().rev().find(|(since, _)| *since < at);
                let held = held.map_or(DemandSet::default(), |(_, holds)| *holds);
                let is_held = self.category != Category::UserData || granted.is_subset_of(held);
                assert!(is_held, "approved {granted:?} of {held:?}");
                self.approved_by = Some(confirmed_by);
            }
            Outcome::Rejected { ground: Ground::NoData } => {
                assert_eq!(self.stand.len(), 3, "told who is no customer without three findings");
            }
            Outcome::Rejected { .. } => {}
        }
    }
}
