//! Where a request stands, in one word with its sign, and the mark of its category.

use askama::Template;
use askama::filters::HtmlSafe;

/// The category of a request, as its mark shows it: hue and shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    UserData,
    TechnicalExpertise,
}

impl Category {
    pub fn word(self) -> &'static str {
        match self {
            Self::UserData => "User data",
            Self::TechnicalExpertise => "Technical expertise",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::UserData => "user",
            Self::TechnicalExpertise => "tech",
        }
    }
}

/// What a mark says of the outcome: solid is approved, half is in part, open is all else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    Open,
    Half,
    Solid,
}

/// The mark of one request. It never stands without a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(path = "console/mark.html")]
pub struct Mark {
    pub category: Category,
    pub fill: Fill,
}

/// Where a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Template)]
#[template(path = "console/state.html")]
pub enum State {
    Received,
    InVerification,
    ClarificationAsked,
    Verified,
    Proposed,
    Approved(Category),
    ApprovedInPart(Category),
    Rejected(Category),
    /// A prohibited demand: rejected by rule.
    Prohibited,
    /// Prepared, not yet released.
    AboutToBeAnswered,
    Challenged,
    Appealed,
    Answered,
    Closed,
    Withdrawn,
}

impl State {
    pub fn word(self) -> &'static str {
        match self {
            Self::Received => "Received",
            Self::InVerification => "In verification",
            Self::ClarificationAsked => "Clarification asked",
            Self::Verified => "Verified",
            Self::Proposed => "Decision proposed",
            Self::Approved(_) => "Approved",
            Self::ApprovedInPart(_) => "Approved in part",
            Self::Rejected(_) => "Rejected",
            Self::Prohibited => "Prohibited, rejected",
            Self::AboutToBeAnswered => "About to be answered",
            Self::Challenged => "Challenged",
            Self::Appealed => "Appealed",
            Self::Answered => "Answered",
            Self::Closed => "Closed",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// The id of its sign in `signs.html`; the decided ones carry their mark instead.
    fn sign(self) -> Option<&'static str> {
        match self {
            Self::Received => Some("s-tray"),
            Self::InVerification => Some("s-dots1"),
            Self::ClarificationAsked => Some("s-pause"),
            Self::Verified => Some("s-dots3"),
            Self::Proposed => Some("s-two"),
            Self::Approved(_) | Self::ApprovedInPart(_) | Self::Rejected(_) => None,
            Self::Prohibited => Some("s-stop"),
            Self::AboutToBeAnswered | Self::Answered => Some("s-out"),
            Self::Challenged => Some("s-opposed"),
            Self::Appealed => Some("s-loop"),
            Self::Closed => Some("s-end"),
            Self::Withdrawn => Some("s-back"),
        }
    }

    fn mark(self) -> Option<Mark> {
        let of = |category, fill| Some(Mark { category, fill });
        match self {
            Self::Approved(category) => of(category, Fill::Solid),
            Self::ApprovedInPart(category) => of(category, Fill::Half),
            Self::Rejected(category) => of(category, Fill::Open),
            Self::Received
            | Self::InVerification
            | Self::ClarificationAsked
            | Self::Verified
            | Self::Proposed
            | Self::Prohibited
            | Self::AboutToBeAnswered
            | Self::Challenged
            | Self::Appealed
            | Self::Answered
            | Self::Closed
            | Self::Withdrawn => None,
        }
    }

    /// Colour only repeats what sign and word say.
    fn class(self) -> &'static str {
        match self {
            Self::Verified => " ok",
            Self::ClarificationAsked | Self::Proposed | Self::Challenged => " wait",
            Self::Prohibited => " never",
            Self::Received
            | Self::InVerification
            | Self::Approved(_)
            | Self::ApprovedInPart(_)
            | Self::Rejected(_)
            | Self::AboutToBeAnswered
            | Self::Appealed
            | Self::Answered
            | Self::Closed
            | Self::Withdrawn => "",
        }
    }
}

/// Their templates hold no text that anybody typed.
impl HtmlSafe for Mark {}
impl HtmlSafe for State {}
