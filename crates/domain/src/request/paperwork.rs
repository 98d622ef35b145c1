//! What becomes of paperwork that is owed, once an emergency was answered without it: it comes in
//! time, late, or never. The worst stays told, whatever is answered afterwards.

use super::{Defect, Verdict};
use crate::fact::Paperwork;

impl Paperwork {
    /// Something was answered while it was owed.
    pub(super) fn answered_before(self) -> Self {
        match self {
            Self::NotOwed | Self::Owed | Self::CameInTime | Self::CameLate => Self::Owed,
            Self::Missing | Self::NotRecorded => self,
        }
    }

    /// Its day is over.
    pub(super) fn overdue(self) -> Self {
        match self {
            Self::Owed => Self::Missing,
            Self::NotOwed
            | Self::CameInTime
            | Self::CameLate
            | Self::Missing
            | Self::NotRecorded => self,
        }
    }

    /// Something was found of the instrument. That it is valid is another question than that it
    /// came.
    pub(super) fn found(self, verdict: Verdict) -> Self {
        match (verdict, self) {
            (Verdict::Owed { .. }, _) => self,
            (Verdict::DoesNotStand { defects }, _) if defects.contains(Defect::NoInstrument) => {
                self
            }
            (
                Verdict::Stands | Verdict::StandsFor { .. } | Verdict::DoesNotStand { .. },
                Self::Owed,
            ) => Self::CameInTime,
            (
                Verdict::Stands | Verdict::StandsFor { .. } | Verdict::DoesNotStand { .. },
                Self::Missing,
            ) => Self::CameLate,
            (
                Verdict::Stands | Verdict::StandsFor { .. } | Verdict::DoesNotStand { .. },
                Self::NotOwed | Self::CameInTime | Self::CameLate | Self::NotRecorded,
            ) => self,
        }
    }
}
