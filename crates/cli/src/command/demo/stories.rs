//! What becomes of each letter of the demo's week: one function for each, together every state that
//! a request can be in.

use domain::authority::Doubt;
use domain::category::{Demand, DemandSet};
use domain::event::{NoteKind, ReviewFinding};
use domain::fact::Ground;
use domain::request::{
    Aspect, Command, Defect, DefectSet, LegalBasis, Link, Outcome, TransferBasis, Verdict,
};
use domain::submission::NotARequest;
use jiff::ToSpan;
use jiff::civil::Date;

use super::letters::*;
use super::people::{EXPERT, I, INTAKE, K, PRIVACY, R, REVIEWER};
use super::registers::{FORGERS, KNOWN};
use super::week::{Case, Deed, Step, When, at, in_order};

const WHOLE: [Aspect; 3] = Aspect::ALL;

/// All steps of the week that ends the day before `today`.
pub(super) fn all(today: Date) -> Vec<Step> {
    let mut steps = company();
    for story in [
        french(),
        german(),
        british(),
        italian(),
        forged(),
        emergency(today),
        spanish(),
        polish(today),
        swiss(),
        dutch(),
        american(today),
        singapore(),
        brazilian(),
        others(),
    ] {
        steps.extend(story);
    }
    in_order(steps)
}

/// The rules of some instruments are confirmed, the others stay drafts; what is held is said, and by
/// what numbers authorities are reached.
fn company() -> Vec<Step> {
    let confirm = |instrument, aspects| Deed::ConfirmProfile { instrument, aspects };
    let whole = [
        "eu_production_order",
        "eu_preservation_order",
        "eu_dsa_order",
        "uk_overseas_order",
        "us_2703d_order",
        "us_emergency_disclosure",
        "court_order",
        "none",
    ];
    let mut steps: Vec<_> =
        whole.into_iter().map(|code| at(10, 13, 0).by(I, confirm(code, &WHOLE))).collect();
    steps.push(at(10, 14, 20).by(I, confirm("us_subpoena", &[Aspect::Officer])));
    steps.push(at(10, 15, 0).by(PRIVACY, Deed::DeclareInventory));
    let known = KNOWN.iter().map(|known| at(10, 11, 15).by(INTAKE, Deed::RegisterContact(known)));
    steps.extend(known);
    steps
}

fn case(letter: &Sent, ordinal: u16) -> Case {
    Case { letter: letter.reference, ordinal }
}

/// A letter comes in and its requests are registered.
fn arrives(when: When, sent: &'static Sent, wants: &[&'static Wanted]) -> Vec<Step> {
    let mut steps = vec![when.by(INTAKE, Deed::Enter(sent))];
    for (n, wanted) in (1..).zip(wants) {
        steps.push(when.plus(n * 14).by(INTAKE, Deed::Register(sent, wanted)));
    }
    steps
}

fn does(case: Case, command: Command) -> Deed {
    Deed::Do { case, command, text: None }
}

fn says(case: Case, command: Command, name: &'static str, text: &'static str) -> Deed {
    Deed::Do { case, command, text: Some((name, text)) }
}

fn note(case: Case, kind: NoteKind, text: &'static str) -> Deed {
    says(case, Command::WriteNote { kind }, "text", text)
}

fn finds(case: Case, aspect: Aspect, verdict: Verdict, note: &'static str) -> Deed {
    Deed::Find { case, aspect, verdict, lacking: &[], note }
}

/// Somebody calls back and is told that the officer is who they say.
fn calls(case: Case, evidence: &'static str) -> Deed {
    Deed::CallBack { case, doubt: None, evidence }
}

/// What the finding on the officer says beside the record that it rests on.
const CALLED: &str = "It rests on the call-back.";

fn on(transfer: TransferBasis) -> Verdict {
    Verdict::StandsFor { transfer }
}

/// All three findings stand.
fn verifies(
    (who, when): (&'static str, When),
    case: Case,
    (scope, notes): (Verdict, [&'static str; 3]),
) -> Vec<Step> {
    let [officer, instrument, lawful] = notes;
    vec![
        when.by(who, does(case, Command::BeginVerification)),
        when.plus(14).by(who, calls(case, officer)),
        when.plus(22).by(who, finds(case, Aspect::Officer, Verdict::Stands, CALLED)),
        when.plus(41).by(who, finds(case, Aspect::Instrument, Verdict::Stands, instrument)),
        when.plus(67).by(who, finds(case, Aspect::Scope, scope, lawful)),
    ]
}

fn proposes(
    (who, when): (&'static str, When),
    case: Case,
    outcome: Outcome,
    reason: &'static str,
) -> Step {
    when.by(who, says(case, Command::Propose { outcome }, "reason", reason))
}

fn confirms((who, when): (&'static str, When), case: Case, reason: &'static str) -> Step {
    when.by(who, says(case, Command::Confirm, "reason", reason))
}

fn releases((who, when): (&'static str, When), case: Case, accounts: Option<u32>) -> Step {
    let command = Command::ReleaseResponse { accounts_disclosed: accounts };
    when.by(who, does(case, command))
}

fn in_full(demands: &[Demand]) -> Outcome {
    Outcome::Approved { granted: demands.iter().copied().collect(), ground: None }
}

/// Approved in full, answered, closed: as it should be.
fn french() -> Vec<Step> {
    let case = case(&FRENCH, 1);
    let notes = [
        "Called back on the number of the directory, not on the one in the letter.",
        "Complete, addressed to our representative, in force.",
        "Three accounts, registration data alone; the data stay in the Union.",
    ];
    let scope = on(TransferBasis::SameJurisdiction);
    let mut steps = arrives(at(9, 8, 50), &FRENCH, &[&FRENCH_WANTS]);
    steps.extend(verifies((R, at(9, 10, 0)), case, (scope, notes)));
    steps.extend([
        proposes(
            (K, at(8, 9, 15)),
            case,
            in_full(&[Demand::Registration]),
            "The order names the accounts and the offence, and nothing wider is asked for.",
        ),
        confirms((I, at(8, 14, 5)), case, "I have read the order and agree."),
        at(8, 15, 10).by(K, does(case, Command::PrepareResponse)),
        releases((I, at(7, 9, 20)), case, Some(2)),
        at(7, 16, 0).by(K, does(case, Command::Close)),
    ]);
    // The order comes a second time.
    let again = Case { letter: FRENCH_AGAIN.reference, ordinal: 1 };
    steps.extend(arrives(at(2, 16, 5), &FRENCH_AGAIN, &[&FRENCH_AGAIN_WANTS]));
    let link = Deed::Link { case: again, to: case, link: Link::Duplicates };
    steps.push(at(2, 16, 40).by(R, link));
    steps
}

/// One letter with two requests: user data, approved in part; and a question to the experts.
fn german() -> Vec<Step> {
    let (data, advice) = (case(&GERMAN, 1), case(&GERMAN, 2));
    let mut steps = arrives(at(8, 8, 20), &GERMAN, &[&GERMAN_WANTS_DATA, &GERMAN_WANTS_ADVICE]);
    let notes = [
        "The registry of the office was called back and knows the officer.",
        "The certificate is complete.",
        "The order covers all three kinds. Of contents we hold nothing.",
    ];
    let scope = on(TransferBasis::SameJurisdiction);
    steps.extend(verifies((K, at(8, 10, 30)), data, (scope, notes)));
    let granted: DemandSet = [Demand::Registration, Demand::Connection].into_iter().collect();
    let outcome = Outcome::Approved { granted, ground: Some(Ground::NoData) };
    steps.extend([
        proposes((I, at(6, 9, 40)), data, outcome, "We hold no contents; the rest is ordered."),
        confirms((R, at(5, 11, 0)), data, "Agreed: what we don’t hold we can’t hand over."),
    ]);
    let notes = [
        "The office is known and was reached through its registry.",
        "No instrument is needed: nobody’s data are asked for.",
        "Indicators and conduct of a program, nothing about a person.",
    ];
    steps.extend(verifies((R, at(7, 10, 0)), advice, (Verdict::Stands, notes)));
    let outcome = in_full(&[Demand::Indicators, Demand::ModusOperandi]);
    steps.extend([
        proposes((K, at(7, 13, 30)), advice, outcome, "Published in parts already; it helps."),
        confirms((R, at(6, 10, 15)), advice, "Agreed."),
        at(5, 15, 20).by(EXPERT, does(advice, Command::PrepareResponse)),
        at(4, 9, 30).by(K, does(advice, Command::ScreenResponse)),
        releases((R, at(4, 10, 10)), advice, None),
    ]);
    steps
}

/// Two days overdue: nobody can say who served the order. It is assigned.
fn british() -> Vec<Step> {
    let case = case(&BRITISH, 1);
    let mut steps = arrives(at(9, 14, 10), &BRITISH, &[&BRITISH_WANTS]);
    steps.extend([
        at(9, 14, 40).by(INTAKE, Deed::Assign { case, to: R }),
        at(7, 9, 0).by(R, does(case, Command::BeginVerification)),
        at(7, 9, 40).by(
            R,
            finds(
                case,
                Aspect::Instrument,
                Verdict::Stands,
                "The court confirmed its order by telephone, and it was served in time.",
            ),
        ),
        at(4, 15, 0).by(
            R,
            note(
                case,
                NoteKind::Internal,
                "Who served the order is still to be confirmed. Asked twice, last on the number \
                 that was registered; no answer.",
            ),
        ),
    ]);
    steps
}

/// Encryption keys are asked for beside user data: the one part is verified, the other was
/// declined by rule as it was registered.
fn italian() -> Vec<Step> {
    let (data, keys) = (case(&ITALIAN, 1), case(&ITALIAN, 2));
    let notes = [
        "Called back; the prosecutor signed it herself.",
        "Complete. The demand for keys is a request of its own.",
        "Two accounts, two kinds of data, nothing wider.",
    ];
    let scope = on(TransferBasis::SameJurisdiction);
    let mut steps = arrives(at(6, 9, 5), &ITALIAN, &[&ITALIAN_WANTS]);
    steps.extend([
        at(5, 8, 50).by(K, Deed::SignDeclination { case: keys }),
        at(5, 9, 0).by(K, does(keys, Command::Close)),
        at(3, 11, 0).by(
            REVIEWER,
            says(
                keys,
                Command::WriteReview { finding: ReviewFinding::Sound },
                "text",
                "Rightly a request of its own, and declined by rule. The text names what was asked \
                 for and says nothing of the users.",
            ),
        ),
    ]);
    steps.extend(verifies((I, at(4, 9, 0)), data, (scope, notes)));
    steps
}

/// The right domain, and a call-back that nobody there can explain.
fn forged() -> Vec<Step> {
    let case = case(&FORGED, 1);
    let verdict = Verdict::DoesNotStand { defects: DefectSet::one(Defect::OfficerNotVerified) };
    let officer = Deed::Find {
        case,
        aspect: Aspect::Officer,
        verdict,
        lacking: &["us_emergency_disclosure.channel"],
        note: "It rests on the call-back: somebody writes from a mailbox of theirs.",
    };
    let unknown = Deed::CallBack {
        case,
        doubt: Some(Doubt::UnknownThere),
        evidence: "The domain is the sheriff’s own. On the number of their site the duty desk \
                   knows neither the officer nor the case.",
    };
    let mut steps = arrives(at(6, 16, 5), &FORGED, &[&FORGED_WANTS]);
    steps.extend([
        at(6, 16, 30).by(K, does(case, Command::BeginVerification)),
        at(6, 16, 44).by(K, unknown),
        at(6, 16, 52).by(K, officer),
        at(6, 17, 0).by(
            K,
            note(
                case,
                NoteKind::Internal,
                "The sheriff’s duty desk was told that a mailbox of theirs is used by others.",
            ),
        ),
        proposes(
            (R, at(6, 17, 10)),
            case,
            Outcome::Rejected { ground: Ground::LegalRequirements },
            "The officer does not exist where they say they are.",
        ),
        confirms((I, at(6, 17, 25)), case, "I called the desk too. Rejected."),
        at(6, 17, 45).by(INTAKE, Deed::RegisterContact(&FORGERS)),
        at(5, 8, 40).by(R, does(case, Command::Close)),
    ]);
    steps
}

/// Answered within two hours by three people; the paper is owed by tomorrow.
fn emergency(today: Date) -> Vec<Step> {
    let case = case(&EMERGENCY, 1);
    let until = today.saturating_add(1.days());
    let owed = Verdict::Owed { until, basis: LegalBasis::UsEmergencyDisclosure };
    let officer = "Called back on the registered number: the duty desk knows officer and case.";
    let instrument = "The announcement was read in the forum. The statement is owed by tomorrow.";
    let scope = "One account, and only what helps to find the person (GDPR Art. 49(1)(f)).";
    let mut steps = arrives(at(1, 7, 55), &EMERGENCY, &[&EMERGENCY_WANTS]);
    steps.extend([
        at(1, 8, 15).by(K, does(case, Command::BeginVerification)),
        at(1, 8, 20).by(K, calls(case, officer)),
        at(1, 8, 25).by(K, finds(case, Aspect::Officer, Verdict::Stands, CALLED)),
        at(1, 8, 32).by(K, finds(case, Aspect::Instrument, owed, instrument)),
        at(1, 8, 40).by(K, finds(case, Aspect::Scope, on(TransferBasis::Derogation), scope)),
        proposes(
            (R, at(1, 8, 50)),
            case,
            in_full(&[Demand::Registration, Demand::Connection]),
            "A life is in danger, and both kinds help to find the person.",
        ),
        confirms((I, at(1, 9, 5)), case, "Agreed; the paper is watched for."),
        at(1, 9, 15).by(R, does(case, Command::PrepareResponse)),
        releases((I, at(1, 9, 30)), case, Some(1)),
    ]);
    steps
}

/// First data are kept, then they are to be produced: the second proposal waits for a second person.
fn spanish() -> Vec<Step> {
    let (keep, produce) = (case(&SPANISH_KEEP, 1), case(&SPANISH, 1));
    let scope = on(TransferBasis::SameJurisdiction);
    let notes = [
        "The registry of the court was called back.",
        "Complete.",
        "Two accounts for sixty days; nothing is handed over.",
    ];
    let mut steps = arrives(at(8, 11, 20), &SPANISH_KEEP, &[&SPANISH_KEEP_WANTS]);
    let place = Command::PlacePreservation { until: None };
    steps.push(at(8, 11, 50).by(R, does(keep, place)));
    steps.extend(verifies((R, at(8, 12, 30)), keep, (scope, notes)));
    steps.extend([
        proposes(
            (K, at(7, 11, 0)),
            keep,
            in_full(&[Demand::Preservation]),
            "Keeping harms nobody, and the order is complete.",
        ),
        confirms((I, at(7, 11, 40)), keep, "Agreed."),
        at(7, 12, 0).by(K, does(keep, Command::PrepareResponse)),
        releases((I, at(7, 12, 15)), keep, None),
        at(6, 12, 0).by(R, does(keep, Command::Close)),
    ]);
    let notes = [
        "The same registry, called back again.",
        "Complete; it names the order to preserve.",
        "The accounts whose data are kept, and two of the kinds.",
    ];
    steps.extend(arrives(at(3, 10, 10), &SPANISH, &[&SPANISH_WANTS]));
    let link = Deed::Link { case: produce, to: keep, link: Link::FollowsPreservation };
    steps.push(at(3, 10, 45).by(R, link));
    steps.extend(verifies((R, at(3, 13, 0)), produce, (scope, notes)));
    let outcome = in_full(&[Demand::Registration, Demand::Licence]);
    let back = "The reason speaks of three accounts, the order of two: please read it again.";
    steps.extend([
        proposes((K, at(2, 9, 10)), produce, outcome, "The order covers all three accounts."),
        at(2, 10, 0).by(I, says(produce, Command::ReturnProposal, "reason", back)),
        proposes((K, at(2, 11, 30)), produce, outcome, "The order covers both accounts and kinds."),
    ]);
    steps
}

/// A question is out, and the clock stands still.
fn polish(today: Date) -> Vec<Step> {
    let case = case(&POLISH, 1);
    let answer_due_on = today.saturating_add(3.days());
    let ask = Command::AskClarification { answer_due_on };
    let question = "Many people share this address. Which day and hour does the order mean?";
    let officer = "The office of the prosecutor was called back.";
    let mut steps = arrives(at(5, 8, 5), &POLISH, &[&POLISH_WANTS]);
    steps.extend([
        at(5, 13, 0).by(K, does(case, Command::BeginVerification)),
        at(5, 13, 20).by(K, calls(case, officer)),
        at(5, 13, 30).by(K, finds(case, Aspect::Officer, Verdict::Stands, CALLED)),
        at(4, 8, 20).by(K, says(case, ask, "question", question)),
    ]);
    steps
}

/// The company goes to court.
fn swiss() -> Vec<Step> {
    let case = case(&SWISS, 1);
    let notes = [
        "The registry of the court was called back.",
        "Signed and in force. That it binds us follows from the agreement.",
        "One account. Whether silence without end is lawful is another question.",
    ];
    let scope = on(TransferBasis::InternationalAgreement);
    let mut steps = arrives(at(7, 13, 50), &SWISS, &[&SWISS_WANTS]);
    steps.extend(verifies((K, at(6, 13, 0)), case, (scope, notes)));
    steps.extend([
        at(4, 13, 0).by(
            I,
            says(
                case,
                Command::FileChallenge,
                "reason",
                "The order forbids for ever to tell the user. We ask the court to set a day.",
            ),
        ),
        at(4, 13, 30).by(
            I,
            note(
                case,
                NoteKind::Privileged,
                "Advice: the data themselves are ordered well, and we will lose on them. On the \
                 silence without end we should win: ask for six months, accept twelve.",
            ),
        ),
    ]);
    steps
}

/// Nothing is found.
fn dutch() -> Vec<Step> {
    let case = case(&DUTCH, 1);
    let notes = ["Called back.", "Complete.", "One licence, one kind of data."];
    let scope = on(TransferBasis::SameJurisdiction);
    let mut steps = arrives(at(6, 11, 20), &DUTCH, &[&DUTCH_WANTS]);
    steps.extend(verifies((I, at(5, 9, 30)), case, (scope, notes)));
    steps.extend([
        proposes(
            (R, at(4, 11, 0)),
            case,
            Outcome::Rejected { ground: Ground::NoData },
            "The ledger knows no licence that ends so.",
        ),
        confirms((K, at(3, 9, 0)), case, "Looked it up myself: there is none."),
    ]);
    steps
}

/// After a question the authority takes it back.
fn american(today: Date) -> Vec<Step> {
    let case = case(&AMERICAN, 1);
    let answer_due_on = today.saturating_add(1.days());
    let ask = Command::AskClarification { answer_due_on };
    let mut steps = arrives(at(7, 15, 10), &AMERICAN, &[&AMERICAN_WANTS]);
    steps.extend([
        at(6, 8, 20).by(R, does(case, Command::BeginVerification)),
        at(6, 8, 40).by(R, says(case, ask, "question", "Which account does the order mean?")),
        at(5, 14, 0).by(
            R,
            says(
                case,
                Command::AnswerClarification,
                "answer",
                "The clerk writes that the account was left out by mistake, and will write again.",
            ),
        ),
        at(3, 15, 30).by(
            K,
            says(
                case,
                Command::Withdraw,
                "reason",
                "The clerk withdraws the order: the case was settled.",
            ),
        ),
    ]);
    steps
}

/// An expert has prepared the response; somebody else screens it.
fn singapore() -> Vec<Step> {
    let case = case(&SINGAPORE, 1);
    let notes = [
        "The desk was reached on the number that two of them handed over.",
        "No instrument is needed: a program is asked about, and nobody’s data.",
        "May be told: what the program does, and by what it is known.",
    ];
    let mut steps = arrives(at(4, 8, 35), &SINGAPORE, &[&SINGAPORE_WANTS]);
    steps.extend(verifies((R, at(4, 14, 0)), case, (Verdict::Stands, notes)));
    steps.extend([
        proposes(
            (K, at(3, 11, 0)),
            case,
            in_full(&[Demand::Indicators, Demand::ReverseEngineering]),
            "It protects clinics, and no person is in it.",
        ),
        confirms((I, at(3, 14, 30)), case, "Agreed."),
        at(2, 13, 45).by(EXPERT, does(case, Command::PrepareResponse)),
    ]);
    steps
}

/// With the one request nothing was done yet, since the profile of its instrument is a draft. The
/// other was approved, and an expert is to prepare the response.
fn brazilian() -> Vec<Step> {
    let wants = [&BRAZILIAN_WANTS_DATA, &BRAZILIAN_WANTS_NUMBERS];
    let mut steps = arrives(at(2, 14, 20), &BRAZILIAN, &wants);
    let numbers = case(&BRAZILIAN, 2);
    let notes = [
        "The desk was called back on the number of the directory.",
        "Nobody’s data are asked for: no instrument is needed.",
        "A count by month tells nothing of a person.",
    ];
    steps.extend(verifies((R, at(1, 9, 50)), numbers, (Verdict::Stands, notes)));
    let outcome = in_full(&[Demand::Statistics]);
    steps.extend([
        proposes((K, at(1, 11, 30)), numbers, outcome, "We publish such counts every year."),
        confirms((I, at(1, 13, 20)), numbers, "Agreed."),
        at(1, 13, 40).by(INTAKE, Deed::Assign { case: numbers, to: EXPERT }),
    ]);
    steps
}

/// One is no request, and two wait to be registered.
fn others() -> Vec<Step> {
    let mut steps = arrives(at(5, 10, 10), &ADVERTISING, &[]);
    let nothing = Deed::NotARequest(&ADVERTISING, NotARequest::Advertising);
    steps.push(at(5, 10, 20).by(INTAKE, nothing));
    steps.extend(arrives(at(1, 14, 45), &JAPANESE, &[]));
    steps.extend(arrives(at(1, 16, 10), &AUSTRIAN, &[]));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each step at a moment of its own, far enough from the next one, and none after the week.
    #[test]
    fn steps_are_in_order_of_time_and_end_before_today() {
        let today = jiff::civil::date(2026, 11, 22);
        let moments: Vec<_> =
            all(today).iter().map(|step| step.moment(today).expect("a moment")).collect();
        assert!(moments.len() > 130);
        for pair in moments.windows(2) {
            assert!(pair[1].duration_since(pair[0]).as_mins() >= 5, "{pair:?}");
        }
        let midnight = at(0, 0, 0).moment(today).expect("a moment");
        let evening = at(1, 18, 0).moment(today).expect("a moment");
        assert!(moments.iter().all(|moment| *moment < evening && evening < midnight));
    }
}
