//! What happened to anything but a request, in plain words.

use domain::authority::{ContactKind, VerificationResult};
use domain::event::{Event, SigningKeyUse};
use domain::retention::RetentionClass;

use super::people::Names;
use super::{secrecy, words};

/// The end of a sentence that begins with who did it; `None` for what happens to requests.
pub(super) fn elsewhere(event: &Event, names: &Names) -> Option<String> {
    let told = match event {
        Event::SubmissionReceived { channel, received_on, files } => format!(
            "received it by {} on {}, with {}",
            words::channel(*channel),
            words::day(*received_on),
            words::counted(files.len(), "file", "files")
        ),
        Event::DeclaredNotARequest { reason } => {
            format!("declared that it holds no request: {}", words::not_a_request(*reason))
        }
        Event::SubmissionErased { rules: None } => {
            "erased it: nobody can read what it said any more".to_owned()
        }
        Event::SubmissionErased { rules: Some(at) } => format!(
            "erased it, as the periods of event {at} say: nobody can read what it said any more"
        ),
        Event::LegalHoldPlaced { .. } => "placed a legal hold on it".to_owned(),
        Event::LegalHoldLifted { .. } => "lifted a legal hold from it".to_owned(),
        Event::CompartmentClosed { .. }
        | Event::CompartmentChanged { .. }
        | Event::CompartmentOpened {} => secrecy::what(event, names)?,
        Event::HistoricRequestImported { line, .. } => {
            format!("imported it from line {line} of a spreadsheet")
        }
        Event::PersonInvited { roles } => {
            format!("invited them as {}", words::roles(*roles).join(", "))
        }
        Event::PersonJoined {} => "joined".to_owned(),
        Event::RolesChanged { roles } => {
            format!("changed what they are to {}", words::roles(*roles).join(", "))
        }
        Event::PersonLeft {} => "ended their access".to_owned(),
        Event::PasskeyAdded { .. } => "added a passkey".to_owned(),
        Event::PasskeyRemoved { .. } => "removed a passkey".to_owned(),
        Event::TokenIssued { expires_on, .. } => {
            format!("issued a token for a program, until {}", words::day(*expires_on))
        }
        Event::TokenRevoked { .. } => "revoked a token of a program".to_owned(),
        Event::ContactRegistered { kind, .. } => format!("registered {}", contact(*kind)),
        Event::ContactReportedBad { kind, .. } => {
            format!("reported that somebody else uses {} in its name", contact(*kind))
        }
        Event::ContactWithdrawn { .. } => "withdrew an entry of its register".to_owned(),
        Event::OfficerVerificationRecorded { result, .. } => match result {
            VerificationResult::Verified { valid_until } => {
                format!("verified an officer, until {}", words::day(*valid_until))
            }
            VerificationResult::NotVerified { .. } => {
                "recorded that an officer could not be verified".to_owned()
            }
        },
        of_company => return company(of_company),
    };
    Some(told)
}

fn contact(kind: ContactKind) -> &'static str {
    match kind {
        ContactKind::MailDomain => "a mail domain",
        ContactKind::Telephone => "a telephone number",
    }
}

/// The same of the company as a whole and of its log.
fn company(event: &Event) -> Option<String> {
    let told = match event {
        Event::PublishedFigureImported { line, .. } => {
            format!("imported a figure that was published before, from line {line}")
        }
        Event::EditionPublished(edition) => format!(
            "published the report of {}, about {}",
            edition.period,
            requests(edition.requests)
        ),
        Event::EditionCorrected(edition) => format!(
            "published revision {} of the report of {}, about {}",
            edition.revision,
            edition.period,
            requests(edition.requests)
        ),
        Event::LeavesRestored { from, to } => format!(
            "restored leaves {from} to {} of the log without what they seal",
            to.saturating_sub(1)
        ),
        Event::LossStated { from, to } => {
            format!("stated that what leaves {from} to {} seal is lost", to.saturating_sub(1))
        }
        Event::LogSucceeded { size, .. } => {
            format!("began another log after one of {size} leaves, which can’t go on")
        }
        Event::PaddingChanged { .. } => "changed the shape of the log’s batches".to_owned(),
        Event::PeriodClosed { period } => format!("closed {period} before its report"),
        Event::SigningKeyReplaced { signs, .. } => {
            let signs = match signs {
                SigningKeyUse::Checkpoints => "checkpoints",
                SigningKeyUse::Reports => "reports",
                SigningKeyUse::Receipts => "receipts",
            };
            format!("replaced the key that signs {signs}")
        }
        Event::PeriodKeyDestroyed { half_year } => {
            format!("destroyed the key of {half_year}: nobody can open what was committed to then")
        }
        Event::RulesConfirmed { rules } => format!(
            "confirmed {} of the legal profiles",
            words::counted(rules.len(), "element", "elements")
        ),
        Event::DataInventoryDeclared { holds } if holds.is_empty() => {
            "declared the data inventory: nothing is held".to_owned()
        }
        Event::DataInventoryDeclared { holds } => {
            format!("declared the data inventory: holds {}", words::demands(*holds))
        }
        Event::RetentionRulesDeclared { rules } => {
            let labels: Vec<_> = rules.months.keys().copied().map(RetentionClass::label).collect();
            match labels.as_slice() {
                [] => "declared that nothing has a period after which it is erased".to_owned(),
                labels => format!("declared how long is kept: {}", labels.join("; ")),
            }
        }
        Event::AccessLogSealed { day, entries, .. } => {
            let entries = usize::try_from(*entries).unwrap_or(usize::MAX);
            format!(
                "sealed the access log of {}, {}",
                words::day(*day),
                words::counted(entries, "entry", "entries")
            )
        }
        _ => return None,
    };
    Some(told)
}

fn requests(n: u64) -> String {
    words::counted(usize::try_from(n).unwrap_or(usize::MAX), "request", "requests")
}
