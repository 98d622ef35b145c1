//! What is preserved, beside what is decided: placed, made longer, let go, ended by its day, or
//! followed by a request to hand over what was kept.
//!
//! Preserving discloses nothing, and has to begin on receipt (Regulation (EU) 2023/1543, Art. 11; 18
//! USC 2703(f)): it waits for no finding and no decision. Asked for, it ends with a rejection or a
//! withdrawal. Where the receipt of an order to hand over obliges to it (the same Regulation, Art.
//! 10(1)), a rejection does not end it: it is kept until it is handed over, also by another way, or
//! the order is withdrawn (Art. 10(9), from memory). Somebody may release it at any time.

use jiff::civil::Date;

use super::{Circumstances, Command, Handled, Outcome, Refusal, Registration};
use crate::category::{Category, Demand};
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

/// Whose day the last day of a preservation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeptBy {
    /// A person's, who may give another one where it is placed again; or there is none.
    #[default]
    Person,
    /// By the profile of its instrument, counted on registration.
    Law,
}

/// What the receipt of an instrument alone obliges to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnReceipt {
    #[default]
    Nothing,
    /// To preserve what it asks to hand over.
    Preserve,
}

impl Registration {
    /// Whether it asks to preserve.
    fn asks_to_preserve(&self) -> bool {
        self.demands.contains(Demand::Preservation)
    }

    /// Whether what it asks for is to be preserved: it asks for that, or its receipt obliges to it.
    pub fn is_to_be_kept(&self, on_receipt: OnReceipt) -> bool {
        match (on_receipt, self.category) {
            (OnReceipt::Preserve, Category::UserData) => true,
            (OnReceipt::Preserve, Category::TechnicalExpertise) | (OnReceipt::Nothing, _) => {
                self.asks_to_preserve()
            }
        }
    }
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
    /// Whether it is to be preserved, and that may be placed now. After an appeal it is open again,
    /// and may be kept again.
    pub fn may_be_placed(&self, on_receipt: OnReceipt) -> Result<(), Refusal> {
        if !self.registration.is_to_be_kept(on_receipt) {
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

    fn is_approved_in_full(&self) -> bool {
        match self.decisions.last().map(|decision| decision.outcome) {
            Some(Outcome::Approved { ground, .. }) => ground.is_none(),
            Some(Outcome::Rejected { .. }) | None => false,
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
            request.may_be_placed(circumstances.company.on_receipt)?;
            let kept_until = last_day(request, *until)?;
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

/// The law's own day stands; where it names none, a person may, each time that it is placed.
fn last_day(request: &Handled, until: Option<Date>) -> Result<Option<Date>, Refusal> {
    match (request.kept_by, until) {
        (KeptBy::Law, Some(until)) if request.kept_until != Some(until) => {
            Err(Refusal::Date("the law of the instrument sets another last day"))
        }
        (KeptBy::Law, _) => Ok(request.kept_until),
        (KeptBy::Person, Some(_)) if !request.registration.asks_to_preserve() => {
            Err(Refusal::Date(
                "no day ends it: it is kept until what is asked for is handed over, the order is \
                 withdrawn, or somebody releases it",
            ))
        }
        (KeptBy::Person, until) => Ok(until),
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

/// What lets go what is kept: a withdrawal; of what was asked to be preserved a rejection, and of
/// what is preserved on receipt that all of it is handed over.
pub(super) fn ended_by(request: &Handled, events: &[RequestEvent]) -> Option<RequestEvent> {
    let is_asked = request.registration.asks_to_preserve();
    let is_handed_over = request.is_approved_in_full();
    let ends = |event: &RequestEvent| {
        matches!(event, RequestEvent::Withdrawn { .. })
            || (is_asked
                && matches!(event, RequestEvent::Decided { outcome: Outcome::Rejected { .. }, .. }))
            || (!is_asked
                && is_handed_over
                && matches!(event, RequestEvent::ResponseReleased { .. }))
    };
    (request.preservation.is_kept() && events.iter().any(ends))
        .then_some(RequestEvent::PreservationReleased {})
}
