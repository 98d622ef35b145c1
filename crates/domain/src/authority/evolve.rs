//! What an event makes of a register.

use super::{Contact, ContactState, Register, Said, Verification, WithdrawalReason};
use crate::event::{AuthorityEvent, Event, Recorded};

/// The register after one event. `None` for an event that is none of an authority's, or can't
/// follow: the log was not written by candor, or is damaged.
pub fn evolve(mut register: Register, recorded: &Recorded) -> Option<Register> {
    let Recorded { position, at, actor, .. } = *recorded;
    let said = |on| Said { by: actor, at, on, position };
    let Event::Authority(event) = &recorded.event else { return None };
    match event {
        AuthorityEvent::ContactRegistered { contact, kind, source, registered_on } => {
            let (kind, entered) = (*kind, said(*registered_on));
            let state = ContactState::Official { source: *source };
            let new = Contact { kind, entered, state };
            register.contacts.insert(*contact, new).is_none().then_some(register)
        }
        AuthorityEvent::ContactReportedBad { contact, kind, reported_on } => {
            let (kind, entered) = (*kind, said(*reported_on));
            let new = Contact { kind, entered, state: ContactState::KnownBad { said: entered } };
            register.contacts.insert(*contact, new).is_none().then_some(register)
        }
        AuthorityEvent::ContactWithdrawn { contact, reason, withdrawn_on } => {
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
        AuthorityEvent::OfficerVerificationRecorded {
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
    }
}
