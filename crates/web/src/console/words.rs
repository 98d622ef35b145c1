//! What the console says of codes, dates and events: the one place for its words outside templates.

use app::CaseRow;
use domain::access::{Role, RoleSet, Scope};
use domain::category::{Category, DemandSet};
use domain::event::ReviewFinding;
use domain::fact::{Ground, Standing};
use domain::id::Actor;
use domain::profile::{DeadlineKind, Element, Follows, Time};
use domain::request::{
    Aspect, Barred, Defect, DefectSet, Outcome, StageKind, Step, TransferBasis, Verdict,
};
use domain::submission::{Channel, NotARequest};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::page;
use super::people::Names;

/// "2 Oct 2026"
pub(super) fn day(date: Date) -> String {
    date.strftime("%-d %b %Y").to_string()
}

/// "2 Oct 2026, 12:55"
pub(super) fn moment(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %b %Y, %H:%M").to_string()
}

/// "a, b and c"
pub(super) fn list(items: &[&str]) -> String {
    match items {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

/// "1 request", "2 requests"
pub(super) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Which part of a list a page shows: "1 to 100 of 3412"; empty where it shows all.
pub(super) fn part(before: usize, shown: usize, of: usize) -> String {
    match shown {
        0 => String::new(),
        _ if shown == of => String::new(),
        _ => format!("{} to {} of {of}", before + 1, before + shown),
    }
}

pub(super) fn demands(set: DemandSet) -> String {
    list(&set.iter().map(domain::Demand::label).collect::<Vec<_>>())
}

/// "10 days", "8 hours"
pub(super) fn time(time: Time) -> String {
    match time {
        Time::Days(n) => counted(n.get().into(), "day", "days"),
        Time::BusinessDays(n) => counted(n.get().into(), "business day", "business days"),
        Time::Months(n) => counted(n.get().into(), "month", "months"),
        Time::Hours(n) => counted(n.get().into(), "hour", "hours"),
    }
}

/// "184 KB"
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_024 => format!("{bytes} bytes"),
        1_024..1_048_576 => format!("{} KB", bytes / 1_024),
        _ => format!("{:.1} MB", bytes as f64 / 1_048_576.0),
    }
}

pub(super) fn category(category: Category) -> page::Category {
    match category {
        Category::UserData => page::Category::UserData,
        Category::TechnicalExpertise => page::Category::TechnicalExpertise,
    }
}

pub(super) fn mark(row: &CaseRow) -> page::Mark {
    let fill = match row.standing {
        Standing::Approved => page::Fill::Solid,
        Standing::ApprovedInPart => page::Fill::Half,
        Standing::Open | Standing::Rejected(_) | Standing::Withdrawn => page::Fill::Open,
    };
    page::Mark { category: category(row.category), fill }
}

pub(super) fn state(row: &CaseRow) -> page::State {
    use page::State;
    let of = category(row.category);
    let decided = match row.standing {
        Standing::Approved => State::Approved(of),
        Standing::ApprovedInPart => State::ApprovedInPart(of),
        Standing::Rejected(Ground::Prohibited) => State::Prohibited,
        Standing::Rejected(_) => State::Rejected(of),
        Standing::Open | Standing::Withdrawn => State::Closed,
    };
    match row.stage {
        StageKind::Received => State::Received,
        StageKind::InVerification => State::InVerification,
        StageKind::ClarificationAsked => State::ClarificationAsked,
        StageKind::Verified => State::Verified,
        StageKind::Proposed => State::Proposed,
        StageKind::Decided => decided,
        StageKind::Prepared => State::AboutToBeAnswered,
        StageKind::Challenged => State::Challenged,
        StageKind::Answered => State::Answered,
        StageKind::Closed if row.standing == Standing::Rejected(Ground::Prohibited) => decided,
        StageKind::Closed => State::Closed,
        StageKind::Withdrawn => State::Withdrawn,
    }
}

/// What a time of the law is for.
pub(super) fn deadline(kind: DeadlineKind) -> &'static str {
    match kind {
        DeadlineKind::Answer => "To answer",
        DeadlineKind::EmergencyAnswer => "To answer in an emergency",
        DeadlineKind::Preservation => "To keep what is to be preserved",
        DeadlineKind::Extension => "To make a preservation longer, once",
    }
}

/// What the next step is called, after "for".
pub(super) fn step(step: Step) -> &'static str {
    match step {
        Step::Verify => "findings",
        Step::Propose => "a proposal",
        Step::Confirm => "confirmation",
        Step::Sign => "the text that declines it",
        Step::Prepare => "the response to be prepared",
        Step::Screen => "screening",
        Step::Release => "release",
        Step::Close => "closing",
    }
}

/// Whose turn it is, for who looks.
pub(super) fn turn(row: &CaseRow, names: &Names, viewer: &app::SignedIn) -> page::Turn {
    let Some(next) = &row.next else {
        return match row.stage {
            StageKind::ClarificationAsked => page::Turn::Waits("for the officer".to_owned()),
            StageKind::Challenged => page::Turn::Waits("for the court".to_owned()),
            _ => page::Turn::Nobody,
        };
    };
    if waits_for(row, names, viewer) {
        return page::Turn::You(format!("for you: {}", step(next.step)));
    }
    let who = match (row.assigned_to, &next.barred) {
        (Some(person), _) if names.can_take(person, next) => names.of(person),
        (_, Barred::AllBut(person)) => names.of(*person),
        (_, Barred::These(_)) => roles_with(next.step),
    };
    page::Turn::Waits(format!("for {who}: {}", step(next.step)))
}

/// Whether the viewer can take the next step, and nobody else was named for it who can.
pub(super) fn waits_for(row: &CaseRow, names: &Names, viewer: &app::SignedIn) -> bool {
    app::waits_for(row.next.as_ref(), row.assigned_to, viewer, |person, next| {
        names.can_take(person, next)
    })
}

fn roles_with(step: Step) -> String {
    let roles: Vec<_> = step.permission().roles().iter().map(|role| role.label()).collect();
    roles.join(" or ")
}

pub(super) fn roles(roles: RoleSet) -> Vec<String> {
    roles.iter().map(|role| role.label().to_owned()).collect()
}

/// What a program with a token may do.
pub(super) fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::ReadRequests => "read requests, without texts and files",
        Scope::WriteSubmissions => "enter submissions and get their receipts",
    }
}

/// What a role lets a person do.
pub(super) fn role_says(role: Role) -> &'static str {
    match role {
        Role::Intake => "Enters what arrives and splits it into requests.",
        Role::Counsel => "Verifies officer, instrument and scope; proposes and confirms decisions.",
        Role::Expert => "Prepares technical information; reads no request for user data.",
        Role::PrivacyOfficer => {
            "Says which data the company holds and how long submissions are kept, and erases what is \
             due."
        }
        Role::Editor => "Compiles and publishes the report.",
        Role::Reviewer => "Reads everything but legal advice, and writes nothing but reviews.",
        Role::Operator => {
            "Runs the machine and its accounts; has no role beside it that reads requests."
        }
    }
}

pub(super) fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Portal => "portal",
        Channel::Api => "API",
        Channel::Mail => "e-mail",
        Channel::Letter => "letter",
    }
}

pub(super) fn not_a_request(reason: NotARequest) -> &'static str {
    match reason {
        NotARequest::Misaddressed => "meant for another",
        NotARequest::Correspondence => "correspondence",
        NotARequest::UserRequest => "from a user about their own data",
        NotARequest::Advertising => "advertising",
        NotARequest::Test => "a test",
        NotARequest::Unintelligible => "nobody can tell",
    }
}

pub(super) fn aspect(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Officer => "Officer is real",
        Aspect::Instrument => "Instrument is valid",
        Aspect::Scope => "Scope is lawful",
    }
}

pub(super) fn ground(ground: Ground) -> &'static str {
    match ground {
        Ground::NoData => "no data found",
        Ground::LegalRequirements => "legal requirements not met",
        Ground::Prohibited => "prohibited",
        Ground::NotStated => "not stated",
    }
}

/// "it is incomplete; another law forbids it"
pub(super) fn defects(defects: DefectSet) -> String {
    defects.iter().map(defect).collect::<Vec<_>>().join("; ")
}

pub(super) fn defect(defect: Defect) -> &'static str {
    match defect {
        Defect::OfficerNotVerified => "the officer could not be verified",
        Defect::AuthorityNotCompetent => "the authority is not competent",
        Defect::NoInstrument => "no instrument stands behind it",
        Defect::InstrumentInvalid => "the instrument is invalid",
        Defect::Incomplete => "it is incomplete",
        Defect::ManifestError => "it holds a manifest error",
        Defect::WrongIdentifier => "what it names is not ours, or nobody’s",
        Defect::Overbroad => "it asks for more than the instrument orders",
        Defect::JudicialCooperationRequired => "only judicial co-operation would do",
        Defect::ConflictOfLaws => "another law forbids it",
        Defect::ImmunityOrPrivilege => "immunity or privilege protects it",
        Defect::NotEnoughInformation => "it says too little to be carried out",
        Defect::OffenceNotCovered => "the instrument does not cover the offence",
        Defect::ServiceNotCovered => "the instrument does not cover the service",
        Defect::DeFactoImpossibility => "nobody could carry it out, through no fault of ours",
    }
}

pub(super) fn transfer(basis: TransferBasis) -> &'static str {
    match basis {
        TransferBasis::SameJurisdiction => "one law for both",
        TransferBasis::InternationalAgreement => "an agreement between states",
        TransferBasis::AdequacyDecision => "a decision that the country protects data adequately",
        TransferBasis::AppropriateSafeguards => "appropriate safeguards",
        TransferBasis::Derogation => "a derogation for this situation",
        TransferBasis::NoPersonalData => "no personal data",
    }
}

/// "approve in part: registration data; refuse the rest, no data found"
pub(super) fn outcome(outcome: Outcome) -> String {
    match outcome {
        Outcome::Approved { ground: None, .. } => "approve in full".to_owned(),
        Outcome::Approved { granted, ground: Some(part) } => {
            format!("approve {}; refuse the rest: {}", demands(granted), ground(part))
        }
        Outcome::Rejected { ground: why } => format!("reject: {}", ground(why)),
    }
}

/// The short name of an outcome, for a button or a heading.
pub(super) fn outcome_short(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved { ground: None, .. } => "approve in full",
        Outcome::Approved { ground: Some(_), .. } => "approve in part",
        Outcome::Rejected { ground: Ground::NoData } => "reject, no data found",
        Outcome::Rejected { ground: Ground::LegalRequirements } => {
            "reject, legal requirements not met"
        }
        Outcome::Rejected { ground: Ground::Prohibited } => "reject, prohibited",
        Outcome::Rejected { ground: Ground::NotStated } => "reject",
    }
}

pub(super) fn verdict(verdict: Verdict) -> String {
    match verdict {
        Verdict::Stands | Verdict::StandsFor { .. } => "stands".to_owned(),
        Verdict::DoesNotStand { defects: why } => format!("does not stand: {}", defects(why)),
        Verdict::Owed { until, .. } => format!("is owed by {}", day(until)),
    }
}

pub(super) fn review(finding: ReviewFinding) -> &'static str {
    match finding {
        ReviewFinding::Sound => "sound",
        ReviewFinding::Objection => "objection",
    }
}

pub(super) fn who(actor: Actor, names: &Names) -> String {
    match actor {
        Actor::Person(person) => names.of(person),
        Actor::OperatorCli => "the command line".to_owned(),
        Actor::Officer(_) => "the officer".to_owned(),
        Actor::Rule => "by rule".to_owned(),
    }
}

/// "18 USC 2702(b)(8); in an emergency it may follow"
pub(super) fn cited(element: &Element) -> String {
    match element.follows {
        Follows::AtOnce => element.citation.clone(),
        Follows::Later => format!("{}; in an emergency it may follow", element.citation),
    }
}

/// With a capital letter at its beginning, as a sentence of its own.
pub(super) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
