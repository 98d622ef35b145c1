//! The acts of people on a request, by name: for routes, forms and the one question of who may.

use domain::access::Permission;
use domain::request::{Command, MotionKind};

/// What somebody does with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ActKind {
    Begin,
    Finding,
    Clarification,
    Answer,
    Extend,
    Preserve,
    PreserveLonger,
    PreserveNoMore,
    Propose,
    Confirm,
    Sign,
    Prepare,
    Screen,
    Release,
    Reopen,
    Challenge,
    ChallengeResult,
    Withdraw,
    Close,
    Appeal,
    Reclassify,
    ReclassifyConfirm,
    ReclassifyReturn,
    Correct,
    CorrectConfirm,
    CorrectReturn,
    Withhold,
    WithholdConfirm,
    WithholdReturn,
    Band,
    BandConfirm,
    BandReturn,
    Disclose,
    Link,
    Unlink,
    Assign,
    Note,
    Review,
}

impl ActKind {
    pub const ALL: [Self; 38] = [
        Self::Begin,
        Self::Finding,
        Self::Clarification,
        Self::Answer,
        Self::Extend,
        Self::Preserve,
        Self::PreserveLonger,
        Self::PreserveNoMore,
        Self::Propose,
        Self::Confirm,
        Self::Sign,
        Self::Prepare,
        Self::Screen,
        Self::Release,
        Self::Reopen,
        Self::Challenge,
        Self::ChallengeResult,
        Self::Withdraw,
        Self::Close,
        Self::Appeal,
        Self::Reclassify,
        Self::ReclassifyConfirm,
        Self::ReclassifyReturn,
        Self::Correct,
        Self::CorrectConfirm,
        Self::CorrectReturn,
        Self::Withhold,
        Self::WithholdConfirm,
        Self::WithholdReturn,
        Self::Band,
        Self::BandConfirm,
        Self::BandReturn,
        Self::Disclose,
        Self::Link,
        Self::Unlink,
        Self::Assign,
        Self::Note,
        Self::Review,
    ];

    /// The name used in paths.
    pub fn code(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Finding => "finding",
            Self::Clarification => "clarification",
            Self::Answer => "answer",
            Self::Extend => "extend",
            Self::Preserve => "preserve",
            Self::PreserveLonger => "preserve-longer",
            Self::PreserveNoMore => "preserve-no-more",
            Self::Propose => "propose",
            Self::Confirm => "confirm",
            Self::Sign => "sign",
            Self::Prepare => "prepare",
            Self::Screen => "screen",
            Self::Release => "release",
            Self::Reopen => "reopen",
            Self::Challenge => "challenge",
            Self::ChallengeResult => "challenge-result",
            Self::Withdraw => "withdraw",
            Self::Close => "close",
            Self::Appeal => "appeal",
            Self::Reclassify => "reclassify",
            Self::ReclassifyConfirm => "reclassify-confirm",
            Self::ReclassifyReturn => "reclassify-return",
            Self::Correct => "correct",
            Self::CorrectConfirm => "correct-confirm",
            Self::CorrectReturn => "correct-return",
            Self::Withhold => "withhold",
            Self::WithholdConfirm => "withhold-confirm",
            Self::WithholdReturn => "withhold-return",
            Self::Band => "band",
            Self::BandConfirm => "band-confirm",
            Self::BandReturn => "band-return",
            Self::Disclose => "disclose",
            Self::Link => "link",
            Self::Unlink => "unlink",
            Self::Assign => "assign",
            Self::Note => "note",
            Self::Review => "review",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.code() == code)
    }

    /// What a person needs for it, beside reading the case.
    pub fn permission(self) -> Permission {
        match self {
            Self::Begin | Self::Finding => Permission::RecordFinding,
            Self::Propose | Self::Reclassify | Self::ReclassifyReturn => {
                Permission::ProposeDecision
            }
            Self::Confirm | Self::ReclassifyConfirm => Permission::ConfirmDecision,
            Self::Correct | Self::CorrectReturn => Permission::CorrectRegistration,
            Self::CorrectConfirm => Permission::ConfirmCorrection,
            Self::Sign => Permission::SignDeclination,
            Self::Prepare | Self::Screen => Permission::PrepareResponse,
            Self::Release => Permission::ReleaseResponse,
            Self::Withhold
            | Self::WithholdReturn
            | Self::Band
            | Self::BandReturn
            | Self::Disclose => Permission::WithholdRequest,
            Self::WithholdConfirm | Self::BandConfirm => Permission::ConfirmWithholding,
            Self::Reopen
            | Self::Clarification
            | Self::Answer
            | Self::Extend
            | Self::Preserve
            | Self::PreserveLonger
            | Self::PreserveNoMore
            | Self::Challenge
            | Self::ChallengeResult
            | Self::Withdraw
            | Self::Close
            | Self::Appeal
            | Self::Link
            | Self::Unlink => Permission::ConductCase,
            Self::Assign => Permission::AssignCase,
            Self::Note => Permission::WriteNote,
            Self::Review => Permission::WriteReview,
        }
    }

    /// `None` for what no person does in a case: the calendar's acts, an import, a registration.
    pub(crate) fn of(command: &Command) -> Option<Self> {
        Some(match command {
            Command::BeginVerification => Self::Begin,
            Command::RecordFinding { .. } => Self::Finding,
            Command::AskClarification { .. } => Self::Clarification,
            Command::AnswerClarification => Self::Answer,
            Command::ExtendDeadline { .. } => Self::Extend,
            Command::PlacePreservation { .. } => Self::Preserve,
            Command::ExtendPreservation { .. } => Self::PreserveLonger,
            Command::ReleasePreservation => Self::PreserveNoMore,
            Command::Propose { .. } => Self::Propose,
            Command::Confirm | Command::ReturnProposal => Self::Confirm,
            Command::SignDeclination { .. } => Self::Sign,
            Command::PrepareResponse => Self::Prepare,
            Command::ScreenResponse => Self::Screen,
            Command::ReleaseResponse { .. } => Self::Release,
            Command::Reopen => Self::Reopen,
            Command::FileChallenge => Self::Challenge,
            Command::ResolveChallenge { .. } => Self::ChallengeResult,
            Command::Withdraw => Self::Withdraw,
            Command::Close => Self::Close,
            Command::Appeal => Self::Appeal,
            Command::ProposeMotion { motion } => match motion.kind() {
                MotionKind::Reclassify => Self::Reclassify,
                MotionKind::Correct => Self::Correct,
                MotionKind::Withhold => Self::Withhold,
                MotionKind::Band => Self::Band,
            },
            Command::ConfirmMotion { kind } => match kind {
                MotionKind::Reclassify => Self::ReclassifyConfirm,
                MotionKind::Correct => Self::CorrectConfirm,
                MotionKind::Withhold => Self::WithholdConfirm,
                MotionKind::Band => Self::BandConfirm,
            },
            Command::ReturnMotion { kind } => match kind {
                MotionKind::Reclassify => Self::ReclassifyReturn,
                MotionKind::Correct => Self::CorrectReturn,
                MotionKind::Withhold => Self::WithholdReturn,
                MotionKind::Band => Self::BandReturn,
            },
            Command::Disclose => Self::Disclose,
            Command::Link { .. } => Self::Link,
            Command::Unlink => Self::Unlink,
            Command::Assign { .. } => Self::Assign,
            Command::WriteNote { .. } => Self::Note,
            Command::WriteReview { .. } => Self::Review,
            Command::Register { .. }
            | Command::LapseClarification
            | Command::DiscloseOnDate
            | Command::LapsePreservation
            | Command::FollowPreservation { .. }
            | Command::ReportInstrumentOverdue
            | Command::SealPending
            | Command::ImportHistoric { .. } => return None,
        })
    }
}
