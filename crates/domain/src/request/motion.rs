//! What takes two people: one proposes it with a reason, another confirms it or sends it back.
//!
//! **At most one motion about what a request is waits at a time, and one about how it is
//! published**: a second one could only be read against what the first one makes of it. The same
//! kind again takes the place of what was proposed before.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{
    Circumstances, Correction, Handled, Refusal, banding, correction, publication, reclassification,
};
use crate::band::Process;
use crate::category::DemandSet;
use crate::event::RequestEvent;
use crate::id::PersonId;

/// What one person proposes and another confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Into or out of the prohibited demands.
    Reclassify { demands: DemandSet },
    /// What was registered wrongly is put right.
    Correct {
        to: Correction,
        /// When on the day of receipt it came, for what the law counts in hours.
        received_at: Timestamp,
    },
    /// Out of the published sum until a day is over, or until it is lifted.
    Withhold { until: Option<Date> },
    /// Out of the published sum and into a band.
    Band {
        process: Process,
        /// Customer selectors that it targets.
        selectors: u32,
    },
}

/// The same by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MotionKind {
    Reclassify,
    Correct,
    Withhold,
    Band,
}

/// A motion that waits for its second person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    pub proposed_by: PersonId,
    pub motion: Motion,
}

/// The motions of a request that wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Motions {
    /// About what it is.
    registration: Option<Moved>,
    /// About how it is published.
    publication: Option<Moved>,
}

impl Motion {
    pub fn kind(&self) -> MotionKind {
        match self {
            Self::Reclassify { .. } => MotionKind::Reclassify,
            Self::Correct { .. } => MotionKind::Correct,
            Self::Withhold { .. } => MotionKind::Withhold,
            Self::Band { .. } => MotionKind::Band,
        }
    }

    fn proposed(self, by: PersonId) -> RequestEvent {
        match self {
            Self::Reclassify { demands } => RequestEvent::ReclassificationProposed { by, demands },
            Self::Correct { to, received_at } => {
                RequestEvent::CorrectionProposed { by, to, received_at }
            }
            Self::Withhold { until } => RequestEvent::WithholdingProposed { by, until },
            Self::Band { process, selectors } => {
                RequestEvent::BandingProposed { by, process, selectors }
            }
        }
    }

    /// Whether it can be done with the request as it is now.
    fn may_be_done(
        &self,
        request: &Handled,
        circumstances: Circumstances<'_>,
    ) -> Result<(), Refusal> {
        match self {
            Self::Reclassify { demands } => reclassification::may_be_done(request, *demands),
            Self::Correct { to, .. } => correction::may_be_done(request, to),
            Self::Withhold { until } => publication::is_to_come(*until, circumstances.today),
            Self::Band { .. } => banding::may_be_told(request, circumstances),
        }
    }

    /// What follows once two people want it.
    fn done(
        self,
        request: &Handled,
        (proposed_by, confirmed_by): (PersonId, PersonId),
        circumstances: Circumstances<'_>,
    ) -> Vec<RequestEvent> {
        match self {
            Self::Reclassify { demands } => {
                reclassification::done((proposed_by, confirmed_by), demands, circumstances.today)
            }
            Self::Correct { to, .. } => {
                correction::done(request, (proposed_by, confirmed_by), to, circumstances)
            }
            Self::Withhold { until } => {
                vec![RequestEvent::Withheld { proposed_by, confirmed_by, until }]
            }
            Self::Band { process, selectors } => {
                vec![RequestEvent::Banded { proposed_by, confirmed_by, process, selectors }]
            }
        }
    }
}

impl MotionKind {
    fn returned(self, by: PersonId) -> RequestEvent {
        match self {
            Self::Reclassify => RequestEvent::ReclassificationReturned { by },
            Self::Correct => RequestEvent::CorrectionReturned { by },
            Self::Withhold => RequestEvent::WithholdingReturned { by },
            Self::Band => RequestEvent::BandingReturned { by },
        }
    }

    /// What a request is of which one waits.
    fn waits(self) -> &'static str {
        match self {
            Self::Reclassify => "proposed for another class",
            Self::Correct => "proposed to be corrected",
            Self::Withhold => "proposed to be withheld",
            Self::Band => "proposed to be told in bands",
        }
    }

    fn does_not_wait(self) -> &'static str {
        match self {
            Self::Reclassify => "not proposed for another class",
            Self::Correct => "not proposed to be corrected",
            Self::Withhold => "not proposed to be withheld",
            Self::Band => "not proposed to be told in bands",
        }
    }
}

impl Motions {
    /// The one that waits of this kind.
    pub fn get(&self, kind: MotionKind) -> Option<&Moved> {
        self.beside(kind).filter(|moved| moved.motion.kind() == kind)
    }

    /// The one that keeps another of this kind from being proposed, unless it is one itself.
    fn beside(&self, kind: MotionKind) -> Option<&Moved> {
        match kind {
            MotionKind::Reclassify | MotionKind::Correct => self.registration.as_ref(),
            MotionKind::Withhold | MotionKind::Band => self.publication.as_ref(),
        }
    }

    pub(super) fn put(&mut self, proposed_by: PersonId, motion: Motion) {
        let kind = motion.kind();
        *self.place(kind) = Some(Moved { proposed_by, motion });
    }

    /// It was sent back, or is done, or what it is about is not any more.
    pub(super) fn take_away(&mut self, kind: MotionKind) {
        *self.place(kind) = None;
    }

    fn place(&mut self, kind: MotionKind) -> &mut Option<Moved> {
        match kind {
            MotionKind::Reclassify | MotionKind::Correct => &mut self.registration,
            MotionKind::Withhold | MotionKind::Band => &mut self.publication,
        }
    }
}

pub(super) fn propose(
    request: &Handled,
    motion: &Motion,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let by = circumstances.person()?;
    is_new(request, motion)?;
    let kind = motion.kind();
    if let Some(other) = request.motions.beside(kind).map(|moved| moved.motion.kind())
        && other != kind
    {
        return Err(Refusal::NotNow(other.waits()));
    }
    motion.may_be_done(request, circumstances)?;
    Ok(vec![motion.clone().proposed(by)])
}

/// Nobody proposes what is so.
fn is_new(request: &Handled, motion: &Motion) -> Result<(), Refusal> {
    match motion {
        Motion::Reclassify { demands } => reclassification::is_new(request, *demands),
        Motion::Correct { to, .. } => correction::is_new(request, to),
        Motion::Withhold { until } => publication::is_new(request, *until),
        Motion::Band { process, selectors } => banding::is_new(request, *process, *selectors),
    }
}

/// Whether it can still be done is asked again: what it rests on may have changed since.
pub(super) fn confirm(
    request: &Handled,
    kind: MotionKind,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let confirmed_by = circumstances.person()?;
    let Moved { proposed_by, motion } = waiting(request, kind)?.clone();
    if confirmed_by == proposed_by {
        return Err(Refusal::ConfirmerProposed);
    }
    motion.may_be_done(request, circumstances)?;
    Ok(motion.done(request, (proposed_by, confirmed_by), circumstances))
}

pub(super) fn send_back(
    request: &Handled,
    kind: MotionKind,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    waiting(request, kind)?;
    Ok(vec![kind.returned(circumstances.person()?)])
}

fn waiting(request: &Handled, kind: MotionKind) -> Result<&Moved, Refusal> {
    request.motions.get(kind).ok_or(Refusal::NotNow(kind.does_not_wait()))
}
