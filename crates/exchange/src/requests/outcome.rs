//! Outcome, ground and day of decision, which only make sense together.

use std::str::FromStr;

use domain::Ground;
use domain::category::UnknownCode;
use domain::request::HistoricOutcome;
use jiff::civil::Date;

use super::column::{self, Column};
use super::{Cells, Reader};
use crate::fault::Trouble;

/// The outcome column alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutcomeWord {
    Approved,
    ApprovedInPart,
    Rejected,
    Withdrawn,
    Pending,
}

impl OutcomeWord {
    const ALL: [Self; 5] =
        [Self::Approved, Self::ApprovedInPart, Self::Rejected, Self::Withdrawn, Self::Pending];

    pub fn code(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::ApprovedInPart => "approved_in_part",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Pending => "pending",
        }
    }

    /// The three columns of an outcome.
    pub fn of(outcome: HistoricOutcome) -> (Self, Option<Ground>, Option<Date>) {
        let (word, ground) = match outcome {
            HistoricOutcome::Pending => (Self::Pending, None),
            HistoricOutcome::Approved { .. } => (Self::Approved, None),
            HistoricOutcome::ApprovedInPart { ground, .. } => (Self::ApprovedInPart, ground),
            HistoricOutcome::Rejected { ground, .. } => (Self::Rejected, Some(ground)),
            HistoricOutcome::Withdrawn { .. } => (Self::Withdrawn, None),
        };
        (word, ground, outcome.settled_on())
    }
}

impl FromStr for OutcomeWord {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        let found = Self::ALL.into_iter().find(|word| word.code() == text);
        found.ok_or_else(|| UnknownCode {
            given: text.to_owned(),
            known: Self::ALL.map(Self::code).to_vec(),
        })
    }
}

impl Reader<'_> {
    pub(super) fn outcome(&mut self, cells: &Cells<'_>) -> Option<HistoricOutcome> {
        let date_format = self.date_format;
        let word = self.value(cells, Column::Outcome, column::code::<OutcomeWord>);
        let ground = self.value(cells, Column::Ground, column::ground);
        let date =
            self.value(cells, Column::DecidedOn, |given| column::optional_date(given, date_format));
        let word = word?;
        let ground = ground.and_then(|ground| self.ground(cells, word, ground));
        let date = date.and_then(|date| self.settled_on(cells, word, date));
        let (ground, settled_on) = (ground?, date?);
        match (word, settled_on, ground) {
            (OutcomeWord::Pending, _, _) => Some(HistoricOutcome::Pending),
            (OutcomeWord::Approved, Some(decided_on), _) => {
                Some(HistoricOutcome::Approved { decided_on })
            }
            (OutcomeWord::ApprovedInPart, Some(decided_on), ground) => {
                Some(HistoricOutcome::ApprovedInPart { decided_on, ground })
            }
            (OutcomeWord::Rejected, Some(decided_on), Some(ground)) => {
                Some(HistoricOutcome::Rejected { decided_on, ground })
            }
            (OutcomeWord::Withdrawn, Some(withdrawn_on), _) => {
                Some(HistoricOutcome::Withdrawn { withdrawn_on })
            }
            // Reported by one of the two above.
            (
                OutcomeWord::Approved
                | OutcomeWord::ApprovedInPart
                | OutcomeWord::Rejected
                | OutcomeWord::Withdrawn,
                Some(_) | None,
                Some(_) | None,
            ) => None,
        }
    }

    /// The ground, if one may and must stand beside the outcome; `None` where it was reported.
    fn ground(
        &mut self,
        cells: &Cells<'_>,
        word: OutcomeWord,
        ground: Option<Ground>,
    ) -> Option<Option<Ground>> {
        let trouble = match (word, ground) {
            (OutcomeWord::ApprovedInPart, _) | (OutcomeWord::Rejected, Some(_)) => {
                return Some(ground);
            }
            (OutcomeWord::Rejected, None) => {
                let grounds = Ground::ALL.map(Ground::code).join(", ");
                Trouble::new("a rejection has a ground", format!("write one of {grounds}"))
            }
            (OutcomeWord::Approved | OutcomeWord::Withdrawn | OutcomeWord::Pending, None) => {
                return Some(None);
            }
            (OutcomeWord::Approved | OutcomeWord::Withdrawn | OutcomeWord::Pending, Some(_)) => {
                let what = format!("a ground is given, but the outcome is `{}`", word.code());
                Trouble::new(what, "leave it blank, or correct the outcome")
            }
        };
        self.fault(cells, Column::Ground, trouble);
        None
    }

    /// The day, if one may and must stand beside the outcome; `None` where it was reported.
    fn settled_on(
        &mut self,
        cells: &Cells<'_>,
        word: OutcomeWord,
        date: Option<Date>,
    ) -> Option<Option<Date>> {
        let trouble = match (word, date) {
            (OutcomeWord::Pending, None) => return Some(None),
            (OutcomeWord::Pending, Some(_)) => Trouble::new(
                "a date is given, but the outcome is `pending`",
                "leave it blank, or correct the outcome",
            ),
            (
                OutcomeWord::Approved
                | OutcomeWord::ApprovedInPart
                | OutcomeWord::Rejected
                | OutcomeWord::Withdrawn,
                Some(_),
            ) => return Some(date),
            (
                OutcomeWord::Approved
                | OutcomeWord::ApprovedInPart
                | OutcomeWord::Rejected
                | OutcomeWord::Withdrawn,
                None,
            ) => Trouble::new(
                format!("the cell is blank, but the outcome is `{}`", word.code()),
                "write the day of the decision or withdrawal, or `pending` as the outcome",
            ),
        };
        self.fault(cells, Column::DecidedOn, trouble);
        None
    }
}
