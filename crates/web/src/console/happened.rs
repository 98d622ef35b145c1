//! What happened, in plain words: each the end of a sentence that begins with who did it.

use app::CaseEvent;
use domain::authority::{ContactKind, VerificationResult};
use domain::deadline::{Counted, RuleOf};
use domain::event::{
    AuthorityEvent, CompanyEvent, Event, NoteKind, PersonEvent, RequestEvent, SigningKeyUse,
    SubmissionEvent,
};
use domain::request::{Aspect, ChallengeResult, Confirmed, InventoryInForce, Link};
use domain::retention::RetentionClass;
use jiff::tz::TimeZone;

use super::people::Names;
use super::secrecy::{banded, named, withheld_for};
use super::words;

/// To what "no data found" refers.
fn held_against(inventory: InventoryInForce) -> String {
    match inventory {
        InventoryInForce::Declared(at) => format!(", by the data inventory of event {}", at.0),
        InventoryInForce::NoneDeclared => ", with no data inventory declared".to_owned(),
    }
}

pub(super) fn what(event: &CaseEvent, names: &Names, zone: &TimeZone) -> String {
    match &event.recorded.event {
        Event::Request(of) => to_request(of, event, (names, zone)),
        Event::Submission(of) => to_submission(of, names),
        Event::Person(of) => to_person(of),
        Event::Authority(of) => to_authority(of),
        Event::Company(of) => to_company(of),
    }
}

/// With the texts that came with it.
fn to_request(
    event: &RequestEvent,
    with: &CaseEvent,
    (names, zone): (&Names, &TimeZone),
) -> String {
    let quoted = |said: String, name: &str| match with.texts.get(name) {
        Some(text) => format!("{said}: “{text}”"),
        None => said,
    };
    match event {
        RequestEvent::RequestRegistered { registration } => {
            format!("registered it: asks for {}", words::demands(registration.demands))
        }
        RequestEvent::RequestLinked { link, .. } => {
            let how = match link {
                Link::Renews => "renews",
                Link::Amends => "amends",
                Link::Duplicates => "duplicates",
                Link::FollowsPreservation => "follows the preservation in",
            };
            quoted(format!("linked it: it {how} another request"), "reason")
        }
        RequestEvent::LinkRemoved {} => {
            quoted("took the link back: it stands for itself".to_owned(), "reason")
        }
        RequestEvent::VerificationBegun {} => "began to verify".to_owned(),
        RequestEvent::FindingRecorded { aspect, finding } => {
            let about = match aspect {
                Aspect::Officer => "the officer",
                Aspect::Instrument => "the instrument",
                Aspect::Scope => "the scope",
            };
            quoted(format!("found: {about} {}", words::verdict(finding.verdict)), "note")
        }
        RequestEvent::Verified {} => "all three findings stand; the request is verified".to_owned(),
        RequestEvent::ClarificationAsked { answer_due_on, .. } => {
            let said = format!(
                "asked, with an answer due on {}; the clock stopped",
                words::day(*answer_due_on)
            );
            quoted(said, "question")
        }
        RequestEvent::ClarificationAnswered { .. } => {
            quoted("entered the answer; the clock ran on".to_owned(), "answer")
        }
        RequestEvent::ClarificationLapsed { .. } => "nobody answered in time: it lapsed".to_owned(),
        RequestEvent::InstrumentArrived { finding } => quoted(
            format!("the paperwork came: the instrument {}", words::verdict(finding.verdict)),
            "note",
        ),
        RequestEvent::InstrumentOverdue { was_due_on } => {
            format!("the instrument owed by {} has not come", words::day(*was_due_on))
        }
        RequestEvent::DeadlineExtended { due_on } => {
            quoted(format!("extended the deadline to {}", words::day(*due_on)), "reason")
        }
        RequestEvent::PreservationPlaced { kept_until: Some(until) } => {
            format!(
                "placed the preservation: what is asked for is kept until {}",
                words::day(*until)
            )
        }
        RequestEvent::PreservationPlaced { kept_until: None } => {
            "placed the preservation: what is asked for is kept until somebody releases it"
                .to_owned()
        }
        RequestEvent::PreservationExtended { kept_until } => quoted(
            format!("made the preservation longer, until {}", words::day(*kept_until)),
            "reason",
        ),
        RequestEvent::PreservationFollowed { .. } => {
            "a request to hand over what is preserved came: it is kept for that".to_owned()
        }
        RequestEvent::PreservationReleased {} => {
            quoted("released what was preserved".to_owned(), "reason")
        }
        RequestEvent::PreservationLapsed {} => {
            "the last day of the preservation is over".to_owned()
        }
        RequestEvent::DeadlineCounted { deadline, due_on, due_at, rule, .. } => {
            let due = due_at.map_or_else(|| words::day(*due_on), |at| words::moment(at, zone));
            match (deadline, rule) {
                (Counted::Preservation, _) => {
                    format!("counted how long it is preserved: until {due}")
                }
                (Counted::Answer, RuleOf::Law) => format!("counted the deadline: {due}"),
                (Counted::Answer, RuleOf::Company) => {
                    format!(
                        "counted the deadline by the company’s own rule, which is no law: {due}"
                    )
                }
            }
        }
        RequestEvent::DecisionProposed { outcome: proposed, .. } => {
            quoted(format!("proposed to {}", words::outcome(*proposed)), "reason")
        }
        RequestEvent::ProposalReturned { .. } => {
            quoted("sent the proposal back".to_owned(), "reason")
        }
        RequestEvent::Decided { outcome: decided, confirmed, inventory, .. } => match confirmed {
            Confirmed::By { .. } => {
                let against = inventory.map_or(String::new(), held_against);
                let outcome = words::outcome(*decided);
                quoted(format!("confirmed the decision to {outcome}{against}"), "reason")
            }
            Confirmed::ByRule => format!("decided by rule to {}", words::outcome(*decided)),
        },
        RequestEvent::DeclinationSigned { .. } => "signed the text that declines it".to_owned(),
        RequestEvent::DecisionReopened { .. } => {
            quoted("opened the decision again".to_owned(), "reason")
        }
        RequestEvent::ReclassificationProposed { demands: to, .. } => quoted(
            format!("proposed to move it between classes, to {}", words::demands(*to)),
            "reason",
        ),
        RequestEvent::ReclassificationReturned { .. } => {
            quoted("sent the proposed move back".to_owned(), "reason")
        }
        RequestEvent::Reclassified { demands: to, .. } => {
            format!("confirmed the move between classes, to {}", words::demands(*to))
        }
        RequestEvent::CorrectionProposed { .. } => {
            let said = quoted("proposed to correct what was registered".to_owned(), "changes");
            quoted(said, "reason")
        }
        RequestEvent::CorrectionReturned { .. } => {
            quoted("sent the proposed correction back".to_owned(), "reason")
        }
        RequestEvent::RegistrationCorrected { .. } => {
            quoted("confirmed that what was registered is corrected".to_owned(), "changes")
        }
        RequestEvent::WithholdingProposed { until, .. } => {
            quoted(format!("proposed to withhold it {}", withheld_for(*until)), "basis")
        }
        RequestEvent::WithholdingReturned { .. } => {
            quoted("sent the proposal to withhold it back".to_owned(), "reason")
        }
        RequestEvent::Withheld { until, .. } => {
            format!("confirmed that it is withheld {}", withheld_for(*until))
        }
        RequestEvent::BandingProposed { process, selectors, .. } => quoted(
            format!("proposed to tell it in bands, as {}", banded(*process, *selectors)),
            "basis",
        ),
        RequestEvent::BandingReturned { .. } => {
            quoted("sent the proposal to tell it in bands back".to_owned(), "reason")
        }
        RequestEvent::Banded { process, selectors, .. } => {
            format!("confirmed that it is told in bands, as {}", banded(*process, *selectors))
        }
        RequestEvent::Disclosed {} => quoted("it is counted again".to_owned(), "reason"),
        RequestEvent::ResponsePrepared { .. } => "prepared the response".to_owned(),
        RequestEvent::ResponseScreened { .. } => {
            "screened the response and found no personal data".to_owned()
        }
        RequestEvent::ResponseReleased { accounts_disclosed, .. } => match accounts_disclosed {
            Some(n) => format!(
                "released the response, about {}",
                words::counted(*n as usize, "account", "accounts")
            ),
            None => "released the response".to_owned(),
        },
        RequestEvent::ResponseRevoked {} => "the response can’t be collected any more".to_owned(),
        RequestEvent::ChallengeFiled { .. } => quoted("challenged the order".to_owned(), "reason"),
        RequestEvent::ChallengeResolved { result } => {
            let result = match result {
                ChallengeResult::Confirmed => "the court confirmed the order",
                ChallengeResult::Quashed => "the court quashed the order",
                ChallengeResult::Narrowed => "the court narrowed the order",
                ChallengeResult::WithdrawnByAuthority => "the authority withdrew the order",
            };
            format!("entered the result of the challenge: {result}")
        }
        RequestEvent::Appealed { .. } => {
            quoted("entered an appeal of the authority".to_owned(), "reason")
        }
        RequestEvent::Withdrawn { .. } => {
            quoted("entered that the authority withdrew it".to_owned(), "reason")
        }
        RequestEvent::Closed {} => "closed it".to_owned(),
        RequestEvent::PendingSealed {} => "sealed as undecided before an edition".to_owned(),
        RequestEvent::RequestAssigned { to: Some(person) } => {
            format!("assigned it to {}", names.of(*person))
        }
        RequestEvent::RequestAssigned { to: None } => {
            "assigned it to nobody in particular".to_owned()
        }
        RequestEvent::NoteWritten { kind: NoteKind::Internal } => "wrote a note".to_owned(),
        RequestEvent::NoteWritten { kind: NoteKind::Privileged } => "wrote legal advice".to_owned(),
        RequestEvent::ReviewWritten { finding } => {
            format!("reviewed it: {}", words::review(*finding))
        }
        RequestEvent::HistoricRequestImported { line, .. } => {
            format!("imported it from line {line} of a spreadsheet")
        }
    }
}

pub(super) fn to_submission(event: &SubmissionEvent, names: &Names) -> String {
    match event {
        SubmissionEvent::SubmissionReceived { channel, received_on, files } => format!(
            "received it by {} on {}, with {}",
            words::channel(*channel),
            words::day(*received_on),
            words::counted(files.len(), "file", "files")
        ),
        SubmissionEvent::DocumentsAdded { received_on, files } => format!(
            "added {} that came on {}",
            words::counted(files.len(), "file", "files"),
            words::day(*received_on)
        ),
        SubmissionEvent::DeclaredNotARequest { reason } => {
            format!("declared that it holds no request: {}", words::not_a_request(*reason))
        }
        SubmissionEvent::NotARequestTakenBack {} => "took back that it holds no request".to_owned(),
        SubmissionEvent::SubmissionErased { rules: None } => {
            "erased it: nobody can read what it said any more".to_owned()
        }
        SubmissionEvent::SubmissionErased { rules: Some(at) } => format!(
            "erased it, as the periods of event {at} say: nobody can read what it said any more"
        ),
        SubmissionEvent::LegalHoldPlaced { .. } => "placed a legal hold on it".to_owned(),
        SubmissionEvent::LegalHoldLifted { .. } => "lifted a legal hold from it".to_owned(),
        SubmissionEvent::CompartmentClosed { people } => {
            format!("let nobody see it but {}", named(people, names))
        }
        SubmissionEvent::CompartmentChanged { people } => {
            format!("changed who sees it to {}", named(people, names))
        }
        SubmissionEvent::CompartmentOpened {} => "let everybody see it again".to_owned(),
    }
}

pub(super) fn to_person(event: &PersonEvent) -> String {
    match event {
        PersonEvent::PersonInvited { roles } => {
            format!("invited them as {}", words::roles(*roles).join(", "))
        }
        PersonEvent::PersonJoined {} => "joined".to_owned(),
        PersonEvent::RolesChanged { roles } => {
            format!("changed what they are to {}", words::roles(*roles).join(", "))
        }
        PersonEvent::PersonLeft {} => "ended their access".to_owned(),
        PersonEvent::AccessReset {} => "reset their access: they join anew with a link".to_owned(),
        PersonEvent::SessionsEnded {} => "ended all their sessions".to_owned(),
        PersonEvent::PasskeyAdded { .. } => "added a passkey".to_owned(),
        PersonEvent::PasskeyRemoved { .. } => "removed a passkey".to_owned(),
        PersonEvent::TokenIssued { expires_on, .. } => {
            format!("issued a token for a program, until {}", words::day(*expires_on))
        }
        PersonEvent::TokenRevoked { .. } => "revoked a token of a program".to_owned(),
    }
}

fn to_authority(event: &AuthorityEvent) -> String {
    match event {
        AuthorityEvent::ContactRegistered { kind, .. } => format!("registered {}", contact(*kind)),
        AuthorityEvent::ContactReportedBad { kind, .. } => {
            format!("reported that somebody else uses {} in its name", contact(*kind))
        }
        AuthorityEvent::ContactWithdrawn { .. } => "withdrew an entry of its register".to_owned(),
        AuthorityEvent::OfficerVerificationRecorded { result, .. } => match result {
            VerificationResult::Verified { valid_until } => {
                format!("verified an officer, until {}", words::day(*valid_until))
            }
            VerificationResult::NotVerified { .. } => {
                "recorded that an officer could not be verified".to_owned()
            }
        },
    }
}

fn contact(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::MailDomain => "a mail domain",
        ContactKind::Telephone => "a telephone number",
    }
}

fn to_company(event: &CompanyEvent) -> String {
    match event {
        CompanyEvent::PublishedFigureImported { line, .. } => {
            format!("imported a figure that was published before, from line {line}")
        }
        CompanyEvent::EditionPublished(edition) => format!(
            "published the report of {}, about {}",
            edition.period,
            requests(edition.requests)
        ),
        CompanyEvent::EditionCorrected(edition) => format!(
            "published revision {} of the report of {}, about {}",
            edition.revision,
            edition.period,
            requests(edition.requests)
        ),
        CompanyEvent::LeavesRestored { from, to } => format!(
            "restored leaves {from} to {} of the log without what they seal",
            to.saturating_sub(1)
        ),
        CompanyEvent::LossStated { from, to } => {
            format!("stated that what leaves {from} to {} seal is lost", to.saturating_sub(1))
        }
        CompanyEvent::LogSucceeded { size, .. } => {
            format!("began another log after one of {size} leaves, which can’t go on")
        }
        CompanyEvent::PaddingChanged { .. } => "changed the shape of the log’s batches".to_owned(),
        CompanyEvent::PeriodClosed { period } => format!("closed {period} before its report"),
        CompanyEvent::SigningKeyReplaced { signs, .. } => {
            let signs = match signs {
                SigningKeyUse::Checkpoints => "checkpoints",
                SigningKeyUse::Reports => "reports",
                SigningKeyUse::Receipts => "receipts",
            };
            format!("replaced the key that signs {signs}")
        }
        CompanyEvent::PeriodKeyDestroyed { half_year } => {
            format!("destroyed the key of {half_year}: nobody can open what was committed to then")
        }
        CompanyEvent::RulesConfirmed { rules } => format!(
            "confirmed {} of the legal profiles",
            words::counted(rules.len(), "element", "elements")
        ),
        CompanyEvent::DataInventoryDeclared { holds } if holds.is_empty() => {
            "declared the data inventory: nothing is held".to_owned()
        }
        CompanyEvent::DataInventoryDeclared { holds } => {
            format!("declared the data inventory: holds {}", words::demands(*holds))
        }
        CompanyEvent::RetentionRulesDeclared { rules } => {
            let labels: Vec<_> = rules.months.keys().copied().map(RetentionClass::label).collect();
            match labels.as_slice() {
                [] => "declared that nothing has a period after which it is erased".to_owned(),
                labels => format!("declared how long is kept: {}", labels.join("; ")),
            }
        }
        CompanyEvent::AccessLogSealed { day, entries, .. } => {
            let entries = usize::try_from(*entries).unwrap_or(usize::MAX);
            format!(
                "sealed the access log of {}, {}",
                words::day(*day),
                words::counted(entries, "entry", "entries")
            )
        }
    }
}

fn requests(n: u64) -> String {
    words::counted(usize::try_from(n).unwrap_or(usize::MAX), "request", "requests")
}
