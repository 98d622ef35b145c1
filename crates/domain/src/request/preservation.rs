//! What is preserved, beside what is decided: placed, made longer, let go, ended by its day, or
//! followed by a request to hand over what was kept.
//!
//! Preserving discloses nothing, and has to begin on receipt (Regulation (EU) 2023/1543, Art. 11; 18
//! USC 2703(f)): it waits for no finding and no decision. It ends with a rejection or a withdrawal.

use jiff::civil::Date;

use super::{Circumstances, Command, Handled, Outcome, Refusal};
use crate::category::Demand;
use crate::event::RequestEvent;
use crate::fact::Standing;
use crate::id::RequestId;

/// Where a preservation stands. Its last day is [`Handled::kept_until`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preservation {
    /// Nobody has said yet that what is asked for is kept.
    #[default]
    NotPlaced,
    /// It is kept: until its last day, or, where there is none, until somebody lets it go.
    Placed,
    /// It is kept for a request that asks to hand it over.
    Followed {
        by: RequestId,
    },
    Released,
    /// Its last day is over.
    Lapsed,
}

/// Whether it was ever made longer, which the law allows once. It is told beside where it stands,
/// since one that was released and is placed again after an appeal was made longer all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extended {
    #[default]
    NotYet,
    Once,
}

impl Preservation {
    /// The state in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NotPlaced => "not placed",
            Self::Placed => "placed",
            Self::Followed { .. } => "followed by a request to hand over",
            Self::Released => "released",
            Self::Lapsed => "over",
        }
    }

    fn is_kept(self) -> bool {
        match self {
            Self::Placed | Self::Followed { .. } => true,
            Self::NotPlaced | Self::Released | Self::Lapsed => false,
        }
    }
}

impl Handled {
    /// Whether it asks to preserve, and may be placed now. After an appeal it is open again, and may
    /// be kept again.
    pub fn may_be_placed(&self) -> Result<(), Refusal> {
        if !self.registration.demands.contains(Demand::Preservation) {
            return Err(Refusal::NotNow("no preservation"));
        }
        match (self.fact().standing, self.preservation) {
            (Standing::Withdrawn, _) => Err(Refusal::NotNow("withdrawn")),
            (Standing::Rejected(_), _) => Err(Refusal::NotNow("rejected")),
            (
                Standing::Open | Standing::Approved | Standing::ApprovedInPart,
                Preservation::NotPlaced | Preservation::Released,
            ) => Ok(()),
            (
                Standing::Open | Standing::Approved | Standing::ApprovedInPart,
                Preservation::Placed | Preservation::Followed { .. } | Preservation::Lapsed,
            ) => Err(Refusal::NotNow(self.preservation.words())),
        }
    }

    /// Whether somebody keeps what it asks for, and for no other request: its letter is what they
    /// keep it by.
    pub(crate) fn is_preserving(&self) -> bool {
        match self.preservation {
            Preservation::Placed => true,
            Preservation::NotPlaced
            | Preservation::Followed { .. }
            | Preservation::Released
            | Preservation::Lapsed => false,
        }
    }

    /// The last day by the law of its instrument, or by whoever placed it, while it is one.
    pub(crate) fn end_of_preservation(&self) -> Option<Date> {
        match self.preservation {
            Preservation::NotPlaced | Preservation::Placed => self.kept_until,
            Preservation::Followed { .. } | Preservation::Released | Preservation::Lapsed => None,
        }
    }
}

pub(super) fn decide(
    request: &Handled,
    command: &Command,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let (today, state) = (circumstances.today, request.preservation);
    let not_now = Err(Refusal::NotNow(state.words()));
    match (command, state) {
        (Command::PlacePreservation { until }, _) => {
            request.may_be_placed()?;
            // The law's own day stands; where it names none, a person may.
            let kept_until = request.kept_until.or(*until);
            if until.is_some_and(|until| request.kept_until.is_some_and(|law| law != until)) {
                return Err(Refusal::Date("the law of the instrument sets another last day"));
            }
            if kept_until.is_some_and(|until| until < today) {
                return Err(Refusal::Date("the last day is over"));
            }
            Ok(vec![RequestEvent::PreservationPlaced { kept_until }])
        }
        (Command::ExtendPreservation { until }, Preservation::Placed) => {
            extend(request, *until, circumstances)
        }
        (Command::ReleasePreservation, state) if state.is_kept() => {
            Ok(vec![RequestEvent::PreservationReleased {}])
        }
        (Command::LapsePreservation, Preservation::Placed) => match request.kept_until {
            Some(until) if until < today => Ok(vec![RequestEvent::PreservationLapsed {}]),
            Some(_) | None => Err(Refusal::Date("the last day is not over yet")),
        },
        (Command::FollowPreservation { by }, Preservation::Placed) => {
            Ok(vec![RequestEvent::PreservationFollowed { by: *by }])
        }
        (_, _) => not_now,
    }
}

fn extend(
    request: &Handled,
    until: Date,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let Some(before) = request.kept_until else {
        return Err(Refusal::Date("it has no last day, so it lasts until it is released"));
    };
    if until <= before {
        return Err(Refusal::Date("an extension ends later than the preservation"));
    }
    if let Some(clock) = &circumstances.company.keeping_longer {
        if request.preservation_extended == Extended::Once {
            return Err(Refusal::NotNow("extended already, which the law allows once"));
        }
        let latest = clock.ends(before, &[]);
        if latest < until {
            return Err(Refusal::ExtensionTooLong(latest));
        }
    }
    Ok(vec![RequestEvent::PreservationExtended { kept_until: until }])
}

/// What a rejection or a withdrawal lets go.
pub(super) fn ended_by(request: &Handled, events: &[RequestEvent]) -> Option<RequestEvent> {
    let ends = |event: &RequestEvent| {
        matches!(
            event,
            RequestEvent::Withdrawn { .. }
                | RequestEvent::Decided { outcome: Outcome::Rejected { .. }, .. }
        )
    };
    (request.preservation.is_kept() && events.iter().any(ends))
        .then_some(RequestEvent::PreservationReleased {})
}
