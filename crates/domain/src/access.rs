//! Who may do what: the roles of the company's people, and the one table of permissions.

mod scope;

use serde::{Deserialize, Serialize};

use crate::category::{Category, UnknownCode, find};

pub use scope::{Scope, ScopeSet};

/// What a person of the company is there for. One person may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Enters what arrived and splits it into requests.
    Intake,
    /// Verifies, proposes, confirms.
    Counsel,
    /// Prepares technical information that is about no person.
    Expert,
    /// Answers users, and says which data the company holds.
    PrivacyOfficer,
    /// Compiles, publishes and corrects editions.
    Editor,
    /// Reads, counts again, and writes nothing but reviews.
    Reviewer,
    /// Runs the machine and its accounts, and reads no case.
    Operator,
}

impl Role {
    pub const ALL: [Self; 7] = [
        Self::Intake,
        Self::Counsel,
        Self::Expert,
        Self::PrivacyOfficer,
        Self::Editor,
        Self::Reviewer,
        Self::Operator,
    ];

    /// The code used in forms and events.
    pub fn code(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Counsel => "counsel",
            Self::Expert => "expert",
            Self::PrivacyOfficer => "privacy_officer",
            Self::Editor => "editor",
            Self::Reviewer => "reviewer",
            Self::Operator => "operator",
        }
    }

    /// The name that people read.
    pub fn label(self) -> &'static str {
        match self {
            Self::Intake => "intake",
            Self::Counsel => "legal counsel",
            Self::Expert => "technical expert",
            Self::PrivacyOfficer => "privacy officer",
            Self::Editor => "report editor",
            Self::Reviewer => "independent reviewer",
            Self::Operator => "operator",
        }
    }

    pub fn from_code(code: &str) -> Result<Self, UnknownCode> {
        find(&Self::ALL, Self::code, code)
    }

    /// Whether it lets a person read a submission or a case of any kind.
    pub fn reads_cases(self) -> bool {
        let reading = [
            Permission::ReadSubmissions,
            Permission::ReadCases(Category::UserData),
            Permission::ReadCases(Category::TechnicalExpertise),
        ];
        reading.into_iter().any(|permission| permission.roles().contains(&self))
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The roles of one person; in the database one number, bit *i* for the *i*-th of [`Role::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Role>", into = "Vec<Role>")]
pub struct RoleSet(u8);

impl RoleSet {
    pub fn bits(self) -> u8 {
        self.0
    }

    /// `None` where a bit belongs to no role.
    pub fn from_bits(bits: u8) -> Option<Self> {
        (bits >> Role::ALL.len() == 0).then_some(Self(bits))
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn contains(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.contains(*role))
    }

    /// Whether one of the roles lets a person read a submission or a case of any kind.
    pub fn read_cases(self) -> bool {
        self.iter().any(Role::reads_cases)
    }

    /// Whether one of the roles allows it.
    pub fn may(self, permission: Permission) -> bool {
        permission.roles().iter().any(|role| self.contains(*role))
    }
}

impl FromIterator<Role> for RoleSet {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

impl From<Vec<Role>> for RoleSet {
    fn from(roles: Vec<Role>) -> Self {
        roles.into_iter().collect()
    }
}

impl From<RoleSet> for Vec<Role> {
    fn from(set: RoleSet) -> Self {
        set.iter().collect()
    }
}

/// Something that not everyone may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    ReadSubmissions,
    /// The files as they arrived, and previews of them: what is in them is unknown, and may be
    /// anything.
    OpenFiles,
    ScanFiles,
    /// Those in which a scanner found malware.
    OpenQuarantined,
    EnterSubmission,
    /// What a sender can check that theirs was sealed with.
    ReadReceipts,
    /// Registers its requests, or declares that it holds none.
    ResolveSubmission,
    /// Says that it was a mistake that a submission holds no request.
    ReopenSubmission,
    /// Proposes that a request is registered otherwise than it was.
    CorrectRegistration,
    ConfirmCorrection,
    /// Cases of a category: an expert needs none of those for user data.
    ReadCases(Category),
    AssignCase,
    WriteNote,
    /// What somebody who took no part in a case thinks of how it was handled.
    WriteReview,
    ReadPrivilegedNotes,
    RecordFinding,
    ProposeDecision,
    ConfirmDecision,
    /// The text with which a prohibited demand is declined.
    SignDeclination,
    /// Everything else that moves a case: questions, deadlines, challenge, appeal, withdrawal.
    ConductCase,
    PrepareResponse,
    ReleaseResponse,
    /// Puts a submission where only named people see it: whoever opens the letter may have to.
    CloseCompartment,
    /// Says who sees it from now on, or that all do.
    ChangeCompartment,
    /// Proposes that a request stays out of the published sum, or is told in a band, and puts it
    /// back.
    WithholdRequest,
    ConfirmWithholding,
    ReadProfiles,
    ConfirmProfiles,
    ReadInventory,
    DeclareInventory,
    /// Authorities, by what they are known, and which of their officers were verified.
    ReadAuthorities,
    RegisterContacts,
    VerifyOfficers,
    /// What is to be erased, what is held back, and the periods that say so.
    ReadRetention,
    DeclareRetention,
    /// Keeps a submission from being erased.
    PlaceHold,
    /// Of somebody else.
    LiftHold,
    /// Submissions whose period is over, for ever.
    EraseDue,
    /// All that happened, as files: of cases that the person reads, and of the company.
    ReadTrail,
    /// Who looked at what.
    ReadAccessLog,
    ManagePeople,
    /// For programs that act for the person.
    MakeTokens,
}

impl Permission {
    pub const ALL: [Self; 43] = [
        Self::ReadSubmissions,
        Self::OpenFiles,
        Self::ScanFiles,
        Self::OpenQuarantined,
        Self::EnterSubmission,
        Self::ReadReceipts,
        Self::ResolveSubmission,
        Self::ReopenSubmission,
        Self::CorrectRegistration,
        Self::ConfirmCorrection,
        Self::ReadCases(Category::UserData),
        Self::ReadCases(Category::TechnicalExpertise),
        Self::AssignCase,
        Self::WriteNote,
        Self::WriteReview,
        Self::ReadPrivilegedNotes,
        Self::RecordFinding,
        Self::ProposeDecision,
        Self::ConfirmDecision,
        Self::SignDeclination,
        Self::ConductCase,
        Self::PrepareResponse,
        Self::ReleaseResponse,
        Self::CloseCompartment,
        Self::ChangeCompartment,
        Self::WithholdRequest,
        Self::ConfirmWithholding,
        Self::ReadProfiles,
        Self::ConfirmProfiles,
        Self::ReadInventory,
        Self::DeclareInventory,
        Self::ReadAuthorities,
        Self::RegisterContacts,
        Self::VerifyOfficers,
        Self::ReadRetention,
        Self::DeclareRetention,
        Self::PlaceHold,
        Self::LiftHold,
        Self::EraseDue,
        Self::ReadTrail,
        Self::ReadAccessLog,
        Self::ManagePeople,
        Self::MakeTokens,
    ];

    /// Who has it. This is the only place that says so.
    pub fn roles(self) -> &'static [Role] {
        use Role::{Counsel, Editor, Expert, Intake, Operator, PrivacyOfficer, Reviewer};
        match self {
            // An expert sees no file: a letter may ask for user data beside what they answer.
            Self::ReadSubmissions | Self::OpenFiles | Self::ReadReceipts => {
                &[Intake, Counsel, Reviewer]
            }
            Self::ScanFiles
            | Self::EnterSubmission
            | Self::ResolveSubmission
            | Self::CorrectRegistration => &[Intake, Counsel],
            Self::ReadCases(Category::UserData) => &[Intake, Counsel, Reviewer],
            Self::ReadCases(Category::TechnicalExpertise) => &[Intake, Counsel, Expert, Reviewer],
            Self::AssignCase | Self::CloseCompartment => &[Intake, Counsel],
            Self::WriteNote => &[Intake, Counsel, Expert],
            Self::WriteReview => &[Reviewer],
            Self::ReadPrivilegedNotes | Self::OpenQuarantined => &[Counsel],
            Self::RecordFinding
            | Self::ProposeDecision
            | Self::ConfirmDecision
            | Self::ReopenSubmission
            | Self::ConfirmCorrection
            | Self::SignDeclination
            | Self::ConductCase
            | Self::ReleaseResponse
            | Self::ChangeCompartment
            | Self::WithholdRequest
            | Self::ConfirmWithholding
            | Self::ConfirmProfiles => &[Counsel],
            Self::PrepareResponse => &[Counsel, Expert],
            Self::ReadProfiles => &[Intake, Counsel, Expert, Editor, Reviewer],
            Self::ReadInventory => &[Intake, Counsel, PrivacyOfficer, Editor, Reviewer],
            Self::DeclareInventory => &[Counsel, PrivacyOfficer],
            Self::ReadAuthorities => &[Intake, Counsel, Reviewer],
            Self::RegisterContacts | Self::VerifyOfficers => &[Intake, Counsel],
            Self::ReadRetention => &[Counsel, PrivacyOfficer, Reviewer],
            Self::DeclareRetention => &[PrivacyOfficer],
            Self::PlaceHold | Self::LiftHold | Self::EraseDue => &[Counsel, PrivacyOfficer],
            Self::ReadTrail | Self::ReadAccessLog => &[Counsel, PrivacyOfficer, Reviewer],
            Self::ManagePeople => &[Operator],
            Self::MakeTokens => &[Intake, Counsel, Expert],
        }
    }

    /// Whether the person proves once more that it is them: what goes out or lets others in.
    pub fn needs_step_up(self) -> bool {
        match self {
            Self::ConfirmDecision
            | Self::ConfirmCorrection
            | Self::SignDeclination
            | Self::ReleaseResponse
            | Self::ChangeCompartment
            | Self::ConfirmWithholding
            | Self::DeclareRetention
            | Self::LiftHold
            | Self::EraseDue
            | Self::ManagePeople
            | Self::MakeTokens => true,
            Self::ReadSubmissions
            | Self::OpenFiles
            | Self::ScanFiles
            | Self::OpenQuarantined
            | Self::EnterSubmission
            | Self::ReadReceipts
            | Self::ResolveSubmission
            | Self::ReopenSubmission
            | Self::CorrectRegistration
            | Self::ReadCases(_)
            | Self::AssignCase
            | Self::WriteNote
            | Self::WriteReview
            | Self::ReadPrivilegedNotes
            | Self::RecordFinding
            | Self::ProposeDecision
            | Self::ConductCase
            | Self::PrepareResponse
            | Self::CloseCompartment
            | Self::WithholdRequest
            | Self::ReadProfiles
            | Self::ConfirmProfiles
            | Self::ReadInventory
            | Self::DeclareInventory
            | Self::ReadAuthorities
            | Self::RegisterContacts
            | Self::VerifyOfficers
            | Self::ReadRetention
            | Self::PlaceHold
            | Self::ReadTrail
            | Self::ReadAccessLog => false,
        }
    }

    /// What it allows, as the end of "You may not …".
    pub fn words(self) -> &'static str {
        match self {
            Self::ReadSubmissions => "read submissions",
            Self::OpenFiles => "read the files of a submission",
            Self::ScanFiles => "have a file scanned again",
            Self::OpenQuarantined => "open a file in quarantine",
            Self::EnterSubmission => "enter a submission",
            Self::ReadReceipts => "read receipts",
            Self::ResolveSubmission => "register requests",
            Self::ReopenSubmission => "take back that a submission holds no request",
            Self::CorrectRegistration => "propose to correct what was registered",
            Self::ConfirmCorrection => "confirm that what was registered is corrected",
            Self::ReadCases(Category::UserData) => "read requests for user data",
            Self::ReadCases(Category::TechnicalExpertise) => {
                "read requests for technical expertise"
            }
            Self::AssignCase => "assign a request",
            Self::WriteNote => "write a note",
            Self::WriteReview => "write a review",
            Self::ReadPrivilegedNotes => "read privileged notes",
            Self::RecordFinding => "record a finding",
            Self::ProposeDecision => "propose a decision",
            Self::ConfirmDecision => "confirm a decision",
            Self::SignDeclination => "sign the text that declines a prohibited demand",
            Self::ConductCase => "conduct a request",
            Self::PrepareResponse => "prepare a response",
            Self::ReleaseResponse => "release a response",
            Self::CloseCompartment => "put a submission into a compartment",
            Self::ChangeCompartment => "change or open a compartment",
            Self::WithholdRequest => "propose to withhold a request or to tell it in bands",
            Self::ConfirmWithholding => "confirm that a request is withheld or told in bands",
            Self::ReadProfiles => "read the legal profiles",
            Self::ConfirmProfiles => "confirm the legal profiles",
            Self::ReadInventory => "read the data inventory",
            Self::DeclareInventory => "declare the data inventory",
            Self::ReadAuthorities => "read the registers of authorities",
            Self::RegisterContacts => "enter domains and numbers of authorities",
            Self::VerifyOfficers => "record the verification of an officer",
            Self::ReadRetention => "read what is to be erased",
            Self::DeclareRetention => "declare how long submissions are kept",
            Self::PlaceHold => "place a legal hold",
            Self::LiftHold => "lift a legal hold",
            Self::EraseDue => "erase what is due",
            Self::ReadTrail => "read the audit trail",
            Self::ReadAccessLog => "read who looked at what",
            Self::ManagePeople => "manage people",
            Self::MakeTokens => "make tokens for programs",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_operator_reads_no_case_and_the_reviewer_writes_nothing_but_reviews() {
        let may = |role: Role| {
            Permission::ALL.into_iter().filter(move |permission| permission.roles().contains(&role))
        };
        assert_eq!(may(Role::Operator).collect::<Vec<_>>(), [Permission::ManagePeople]);
        let of_reviewer: Vec<_> = may(Role::Reviewer).map(Permission::words).collect();
        let writes: Vec<_> =
            of_reviewer.iter().filter(|words| !words.starts_with("read ")).collect();
        assert_eq!(writes, [&"write a review"]);
        assert!(!of_reviewer.contains(&"read privileged notes"));
    }

    #[test]
    fn the_reviewer_reads_what_counsel_reads_but_legal_advice_and_what_is_in_quarantine() {
        let reads = |role: Role| {
            Permission::ALL.into_iter().filter(move |permission| {
                permission.words().starts_with("read ") && permission.roles().contains(&role)
            })
        };
        let unread: Vec<_> = reads(Role::Counsel)
            .filter(|permission| !permission.roles().contains(&Role::Reviewer))
            .collect();
        assert_eq!(unread, [Permission::ReadPrivilegedNotes]);
        assert!(!Permission::OpenQuarantined.roles().contains(&Role::Reviewer));
    }

    #[test]
    fn an_expert_reads_no_request_for_user_data() {
        let expert = RoleSet::from_iter([Role::Expert]);
        assert!(!expert.may(Permission::ReadCases(Category::UserData)));
        assert!(expert.may(Permission::ReadCases(Category::TechnicalExpertise)));
    }

    #[test]
    fn a_set_of_roles_is_read_as_it_was_written() {
        for bits in 0..1 << Role::ALL.len() {
            let set = RoleSet::from_bits(bits).expect("roles");
            assert_eq!(set.iter().collect::<RoleSet>(), set);
            assert_eq!(set.bits(), bits);
        }
        assert_eq!(RoleSet::from_bits(1 << Role::ALL.len()), None);
    }
}
