//! What an event makes of a register.

use super::{Contact, ContactState, Register, Said, Verification, WithdrawalReason};
use crate::event::{Event, Recorded};

/// The register after one event. `None` for an event that is none of an authority's, or can't
/// follow: the log was not written by candor, or is damaged.
pub fn evolve(mut register: Register, recorded: &Recorded) -> Option<Register> {
    let Recorded { position, at, actor, .. } = *recorded;
    let said = |on| Said { by: actor, at, on, position };
    match &recorded.event {
        Event::ContactRegistered { contact, kind, source, registered_on } => {
            let (kind, entered) = (*kind, said(*registered_on));
            let state = ContactState::Official { source: *source };
            let new = Contact { kind, entered, state };
            register.contacts.insert(*contact, new).is_none().then_some(register)
        }
        Event::ContactReportedBad { contact, kind, reported_on } => {
            let (kind, entered) = (*kind, said(*reported_on));
            let new = Contact { kind, entered, state: ContactState::KnownBad { said: entered } };
            register.contacts.insert(*contact, new).is_none().then_some(register)
        }
        Event::ContactWithdrawn { contact, reason, withdrawn_on } => {
            let (reason, said) = (*reason, said(*withdrawn_on));
            let known = register.contacts.get_mut(contact)?;
            known.state = match (known.state, reason) {
                (ContactState::Official { .. }, WithdrawalReason::KnownBad) => {
                    ContactState::KnownBad { said }
                }
                (ContactState::Official { .. } | ContactState::KnownBad { .. }, reason) => {
                    ContactState::Withdrawn { reason, said }
                }
                (ContactState::Withdrawn { .. }, _) => return None,
            };
            Some(register)
        }
        Event::OfficerVerificationRecorded {
            verification,
            officer,
            submission,
            means,
            result,
            recorded_on,
        } => {
            register.verifications.push(Verification {
                id: *verification,
                officer: *officer,
                submission: *submission,
                means: means.clone(),
                result: *result,
                recorded: said(*recorded_on),
            });
            Some(register)
        }
        Event::SubmissionReceived { .. }
        | Event::DeclaredNotARequest { .. }
        | Event::RequestRegistered { .. }
        | Event::RequestLinked { .. }
        | Event::LinkRemoved {}
        | Event::VerificationBegun {}
        | Event::FindingRecorded { .. }
        | Event::Verified {}
        | Event::ClarificationAsked { .. }
        | Event::ClarificationAnswered { .. }
        | Event::ClarificationLapsed { .. }
        | Event::InstrumentArrived { .. }
        | Event::InstrumentOverdue { .. }
        | Event::PreservationPlaced { .. }
        | Event::PreservationExtended { .. }
        | Event::PreservationFollowed { .. }
        | Event::PreservationReleased {}
        | Event::PreservationLapsed {}
        | Event::DeadlineExtended { .. }
        | Event::DeadlineCounted { .. }
        | Event::DecisionProposed { .. }
        | Event::ProposalReturned { .. }
        | Event::Decided { .. }
        | Event::DecisionReopened { .. }
        | Event::ReclassificationProposed { .. }
        | Event::ReclassificationReturned { .. }
        | Event::Reclassified { .. }
        | Event::ResponsePrepared { .. }
        | Event::ResponseScreened { .. }
        | Event::ResponseReleased { .. }
        | Event::ResponseRevoked {}
        | Event::ChallengeFiled { .. }
        | Event::ChallengeResolved { .. }
        | Event::Appealed { .. }
        | Event::Withdrawn { .. }
        | Event::Closed {}
        | Event::PendingSealed {}
        | Event::HistoricRequestImported { .. }
        | Event::PublishedFigureImported { .. }
        | Event::EditionPublished(_)
        | Event::EditionCorrected(_)
        | Event::SubmissionErased { .. }
        | Event::LegalHoldPlaced { .. }
        | Event::LegalHoldLifted { .. }
        | Event::CompartmentClosed { .. }
        | Event::CompartmentChanged { .. }
        | Event::CompartmentOpened {}
        | Event::WithholdingProposed { .. }
        | Event::WithholdingReturned { .. }
        | Event::Withheld { .. }
        | Event::BandingProposed { .. }
        | Event::BandingReturned { .. }
        | Event::Banded { .. }
        | Event::Disclosed {}
        | Event::LeavesRestored { .. }
        | Event::LossStated { .. }
        | Event::PaddingChanged { .. }
        | Event::PeriodClosed { .. }
        | Event::LogSucceeded { .. }
        | Event::SigningKeyReplaced { .. }
        | Event::PeriodKeyDestroyed { .. }
        | Event::RequestAssigned { .. }
        | Event::NoteWritten { .. }
        | Event::RulesConfirmed { .. }
        | Event::DataInventoryDeclared { .. }
        | Event::RetentionRulesDeclared { .. }
        | Event::AccessLogSealed { .. }
        | Event::PersonInvited { .. }
        | Event::PersonJoined {}
        | Event::RolesChanged { .. }
        | Event::PersonLeft {}
        | Event::PasskeyAdded { .. }
        | Event::PasskeyRemoved { .. }
        | Event::TokenIssued { .. }
        | Event::TokenRevoked { .. } => None,
    }
}
