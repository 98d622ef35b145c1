//! What an event makes of a person's account.

use super::{Account, join, leave};
use crate::access::RoleSet;
use crate::event::Event;

/// A person among the company's people, as the events of their account made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    pub account: Account,
    /// Who has left keeps them: they say what the person was there for.
    pub roles: RoleSet,
}

/// The membership after one more event; `None` where the event can't follow, or is about no
/// account.
pub fn evolve(before: Option<Membership>, event: &Event) -> Option<Membership> {
    match event {
        // Again where the person has not joined: a new link, with the same roles.
        Event::PersonInvited { roles } => {
            if let Some(before) = before {
                join(before.account).ok()?;
            }
            Some(Membership { account: Account::Invited, roles: *roles })
        }
        Event::PersonJoined {} => {
            let before = before?;
            join(before.account).ok()?;
            Some(Membership { account: Account::Active, ..before })
        }
        Event::RolesChanged { roles } => match before?.account {
            account @ (Account::Invited | Account::Active) => {
                Some(Membership { account, roles: *roles })
            }
            Account::Ended => None,
        },
        Event::PersonLeft {} => {
            let before = before?;
            leave(before.account).ok()?;
            Some(Membership { account: Account::Ended, ..before })
        }
        Event::SubmissionReceived { .. }
        | Event::DeclaredNotARequest { .. }
        | Event::RequestRegistered { .. }
        | Event::RequestLinked { .. }
        | Event::VerificationBegun {}
        | Event::FindingRecorded { .. }
        | Event::Verified {}
        | Event::ClarificationAsked { .. }
        | Event::ClarificationAnswered { .. }
        | Event::ClarificationLapsed { .. }
        | Event::InstrumentArrived { .. }
        | Event::InstrumentOverdue { .. }
        | Event::DeadlineExtended { .. }
        | Event::DeadlineCounted { .. }
        | Event::DecisionProposed { .. }
        | Event::ProposalReturned { .. }
        | Event::Decided { .. }
        | Event::DecisionReopened { .. }
        | Event::ReclassificationProposed { .. }
        | Event::Reclassified { .. }
        | Event::ResponsePrepared { .. }
        | Event::ResponseScreened { .. }
        | Event::ResponseReleased { .. }
        | Event::ResponseRevoked {}
        | Event::ChallengeFiled { .. }
        | Event::ChallengeResolved { .. }
        | Event::Appealed {}
        | Event::Withdrawn { .. }
        | Event::Closed {}
        | Event::PendingSealed {}
        | Event::HistoricRequestImported { .. }
        | Event::PublishedFigureImported { .. }
        | Event::EditionPublished(_)
        | Event::EditionCorrected(_)
        | Event::SubmissionErased {}
        | Event::CompartmentClosed { .. }
        | Event::CompartmentChanged { .. }
        | Event::CompartmentOpened {}
        | Event::WithholdingProposed { .. }
        | Event::WithholdingReturned { .. }
        | Event::Withheld { .. }
        | Event::Disclosed {}
        | Event::LeavesRestored { .. }
        | Event::LossStated { .. }
        | Event::LogSucceeded { .. }
        | Event::PaddingChanged { .. }
        | Event::PeriodClosed { .. }
        | Event::SigningKeyReplaced { .. }
        | Event::PeriodKeyDestroyed { .. }
        | Event::AccessLogSealed { .. }
        | Event::RequestAssigned { .. }
        | Event::NoteWritten { .. }
        | Event::RulesConfirmed { .. }
        | Event::DataInventoryDeclared { .. }
        | Event::ContactRegistered { .. }
        | Event::ContactReportedBad { .. }
        | Event::ContactWithdrawn { .. }
        | Event::OfficerVerificationRecorded { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    fn roles(role: Role) -> RoleSet {
        RoleSet::from_iter([role])
    }

    fn fold(events: &[Event]) -> Option<Membership> {
        let (first, rest) = events.split_first()?;
        rest.iter().try_fold(evolve(None, first)?, |before, event| evolve(Some(before), event))
    }

    #[test]
    fn an_account_is_what_its_events_say() {
        let invited = Event::PersonInvited { roles: roles(Role::Counsel) };
        let joined = Event::PersonJoined {};
        let changed = Event::RolesChanged { roles: roles(Role::Editor) };
        let left = Event::PersonLeft {};
        let check = |events: &[&Event], expected: Option<(Account, Role)>| {
            let events: Vec<_> = events.iter().copied().cloned().collect();
            let expected =
                expected.map(|(account, role)| Membership { account, roles: roles(role) });
            assert_eq!(fold(&events), expected, "{events:?}");
        };
        check(&[&invited], Some((Account::Invited, Role::Counsel)));
        check(&[&invited, &invited, &joined], Some((Account::Active, Role::Counsel)));
        check(&[&invited, &changed, &joined], Some((Account::Active, Role::Editor)));
        // The same roles again: they were put right after somebody altered the row.
        check(&[&invited, &joined, &changed, &changed], Some((Account::Active, Role::Editor)));
        check(&[&invited, &joined, &left], Some((Account::Ended, Role::Counsel)));
        check(&[&invited, &left], Some((Account::Ended, Role::Counsel)));
        for unfit in [
            [&joined].as_slice(),
            &[&left],
            &[&changed],
            &[&invited, &joined, &joined],
            &[&invited, &joined, &invited],
            &[&invited, &left, &joined],
            &[&invited, &left, &left],
            &[&invited, &left, &changed],
            &[&invited, &Event::Closed {}],
        ] {
            check(unfit, None);
        }
    }
}
