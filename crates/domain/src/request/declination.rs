//! The text with which a prohibited demand is declined. The rule declines it at once, without
//! people; counsel then signs what the officer reads.

use super::{Circumstances, Handled, Refusal, Stage};
use crate::event::RequestEvent;
use crate::id::{PersonId, Sha256Hash};

/// That counsel signed a text, and which one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Declination {
    pub signed_by: PersonId,
    /// SHA-256 over a salt and the text. Both are fields under the submission's key, so that once
    /// they are erased nobody can try out which text it was.
    pub commitment: Sha256Hash,
}

impl Handled {
    /// Whether it is declined, and nobody has signed yet what the officer reads.
    pub fn lacks_declination(&self) -> bool {
        self.is_prohibited() && self.declination.is_none()
    }
}

/// It may be signed after it was closed too: what was closed without a text still lacks one. A later
/// text counts in place of an earlier one, and both stay on record.
pub(super) fn sign(
    request: &Handled,
    commitment: Sha256Hash,
    circumstances: Circumstances<'_>,
) -> Result<Vec<RequestEvent>, Refusal> {
    let by = circumstances.person()?;
    if !request.is_prohibited() {
        return Err(Refusal::NothingDeclined);
    }
    match &request.stage {
        Stage::Decided | Stage::Closed => {
            Ok(vec![RequestEvent::DeclinationSigned { by, commitment }])
        }
        stage @ (Stage::Received
        | Stage::InVerification
        | Stage::ClarificationAsked { .. }
        | Stage::Verified
        | Stage::Proposed { .. }
        | Stage::Prepared { .. }
        | Stage::Challenged
        | Stage::Answered
        | Stage::Withdrawn { .. }) => Err(Refusal::NotNow(stage.kind().words())),
    }
}
