//! The three findings of a request, and the form by which one is recorded.

use super::super::form::Weight;
use super::super::{Choice, Field, Form, Group, Kind, Link, Width};

/// One of the three findings.
#[derive(Clone, Debug)]
pub struct Finding {
    /// "Officer is real"
    pub title: String,
    pub state: FindingState,
    pub checked: Vec<Checked>,
    /// For the scope of a request for user data.
    pub scope: Vec<ScopeRow>,
    /// "22 Sep, 10:12 · valid until 21 Dec 2026"; empty where nothing is recorded.
    pub by: String,
    /// The defects, the basis of a transfer, a law that stands against it: a line each.
    pub why: Vec<String>,
    /// How it was checked, in the words of who recorded it.
    pub note: Option<String>,
    pub rule: Option<Link>,
    /// Where nothing can be recorded yet: the drafts that counsel must confirm first.
    pub drafts: Option<Link>,
    /// Open to this person now.
    pub form: Option<Form>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FindingState {
    NotRecorded,
    /// It was over before anybody did.
    NeverRecorded,
    /// Of a prohibited demand: nothing is verified.
    NotNeeded,
    Stands,
    /// "2 of 4"
    StandsFor(String),
    DoesNotStand,
    /// "30 Sep 2026"
    OwedUntil(String),
}

/// An element of the profile and whether it was found.
#[derive(Clone, Debug)]
pub struct Checked {
    pub text: String,
    pub met: bool,
    /// The source of the rule; empty where the text says it.
    pub citation: String,
}

/// What was asked, ordered, held of one kind of data.
#[derive(Clone, Debug)]
pub struct ScopeRow {
    pub kind: String,
    pub asked: bool,
    pub ordered: bool,
    pub held: bool,
}

impl ScopeRow {
    pub fn is_open(&self) -> bool {
        self.asked && self.ordered && self.held
    }

    /// Asked, ordered, held, open to release. Strong is what decides the row.
    pub(super) fn cells(&self) -> [Cell; 4] {
        let [asked, ordered, held] = [self.asked, self.ordered, self.held]
            .map(|yes| if yes { Cell::plain("yes") } else { Cell::strong("no") });
        let open = if self.is_open() { Cell::strong("yes") } else { Cell::plain("no") };
        [asked, ordered, held, open]
    }
}

/// A word in the table of the scope.
pub(super) struct Cell {
    pub(super) word: &'static str,
    pub(super) strong: bool,
}

impl Cell {
    fn plain(word: &'static str) -> Self {
        Self { word, strong: false }
    }

    fn strong(word: &'static str) -> Self {
        Self { word, strong: true }
    }
}

impl FindingState {
    pub(super) fn word(&self) -> String {
        match self {
            Self::NotRecorded => "Not recorded yet".to_owned(),
            Self::NeverRecorded => "Not recorded".to_owned(),
            Self::NotNeeded => "Not needed".to_owned(),
            Self::Stands => "Stands".to_owned(),
            Self::StandsFor(part) => format!("Stands for {part}"),
            Self::DoesNotStand => "Does not stand".to_owned(),
            Self::OwedUntil(day) => format!("Owed by {day}"),
        }
    }

    pub(super) fn sign(&self) -> &'static str {
        match self {
            Self::NotRecorded | Self::NeverRecorded | Self::NotNeeded => "s-none",
            Self::Stands => "s-yes",
            Self::StandsFor(_) => "s-half",
            Self::DoesNotStand => "s-no",
            Self::OwedUntil(_) => "s-clock",
        }
    }

    pub(super) fn class(&self) -> &'static str {
        match self {
            Self::Stands => " ok",
            Self::StandsFor(_) | Self::OwedUntil(_) => " wait",
            Self::DoesNotStand => "",
            Self::NotRecorded | Self::NeverRecorded | Self::NotNeeded => " dim",
        }
    }
}

impl Finding {
    pub(super) fn is_recorded(&self) -> bool {
        match self.state {
            FindingState::NotRecorded | FindingState::NeverRecorded | FindingState::NotNeeded => {
                false
            }
            FindingState::Stands
            | FindingState::StandsFor(_)
            | FindingState::DoesNotStand
            | FindingState::OwedUntil(_) => true,
        }
    }

    /// Whether its form is shown unfolded: it is the thing to do next, or something is wrong in it.
    pub(super) fn is_open(&self) -> bool {
        self.is_next() || self.form.as_ref().is_some_and(Form::is_faulty)
    }

    pub(super) fn is_next(&self) -> bool {
        self.form.as_ref().is_some_and(|form| form.weight == Weight::Main)
    }

    pub(super) fn form_title(&self) -> String {
        let verb = if self.is_recorded() { "Replace" } else { "Record" };
        format!("{verb} the finding: {}", self.title.to_lowercase())
    }

    /// The form that records it. Make it [`Form::main`] where it is the next thing to do: then it
    /// is shown unfolded.
    ///
    /// POST finding: `aspect`, `elements`, `verdict`, `owed_until`, `owed_basis`, `transfer`,
    /// `defect` any number of times, `conflicting_law`, `note`. `owed` where the instrument of an emergency may be owed; `transfers` for
    /// the scope of a request for user data, else empty.
    pub fn record(number: &str, aspect: &str, elements: Vec<Group>, asks: FindingAsks) -> Form {
        let mut verdicts = vec![Choice::new("stands", "It stands")];
        let may_be_owed = asks == FindingAsks::EmergencyInstrument;
        if may_be_owed {
            verdicts.push(
                Choice::new("owed", "It is owed")
                    .hint("In this emergency the paperwork may follow, on a legal basis."),
            );
        }
        verdicts.push(Choice::new("does_not_stand", "It does not stand"));
        let mut form = Form::new(
            format!("finding-{aspect}"),
            format!("/requests/{number}/finding"),
            "Record the finding",
        )
        .hidden("aspect", aspect)
        .field(
            Field::many("elements", "What you checked and found met", elements)
                .hint("Each is an element of the profile, with its source."),
        )
        .field(Field::one("verdict", "What do you find?", verdicts));
        if asks == FindingAsks::TransferBasis {
            form = form.field(
                Field::one("transfer", "What lets the data go to that country?", transfers())
                    .hint("Needed for user data.")
                    .when("stands"),
            );
        }
        if may_be_owed {
            form = form
                .field(
                    Field::line("owed_until", "By when is it owed?", Kind::Date)
                        .width(Width::Half)
                        .when("owed"),
                )
                .field(Field::one("owed_basis", "On which basis?", bases()).when("owed"));
        }
        let defects = Group::plain(defects());
        form = form
            .field(Field::many("defect", "Why does it not stand?", defects).when("does_not_stand"));
        if aspect != "officer" {
            form = form.field(
                Field::text("conflicting_law", "Another law that was weighed (optional)")
                    .hint("Name it where it forbids what is asked. The authority does not see it."),
            );
        }
        form.field(
            Field::text("note", "Note (optional)")
                .hint("How you checked it. The authority does not see it."),
        )
        .undone("Can’t be undone. A later finding replaces this one, and both stay on record.")
    }
}

/// What a finding needs beside its elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingAsks {
    Nothing,
    /// The scope of a request for user data.
    TransferBasis,
    /// The instrument in an emergency.
    EmergencyInstrument,
}

/// Codes and words of `domain::request::TransferBasis`.
fn transfers() -> Vec<Choice> {
    vec![
        Choice::new("same_jurisdiction", "The authority and we stand under one law"),
        Choice::new("international_agreement", "An agreement between states").hint("GDPR Art. 48"),
        Choice::new("adequacy_decision", "The country protects data adequately, as was decided")
            .hint("GDPR Art. 45"),
        Choice::new("appropriate_safeguards", "Appropriate safeguards").hint("GDPR Art. 46"),
        Choice::new("derogation", "A derogation for this situation").hint("GDPR Art. 49"),
        Choice::new("no_personal_data", "No personal data is asked for"),
    ]
}

/// Codes and words of `domain::request::LegalBasis`.
fn bases() -> Vec<Choice> {
    vec![
        Choice::new("us_emergency_disclosure", "Danger of death or serious injury")
            .hint("18 USC 2702(b)(8)"),
        Choice::new("eu_emergency_order", "Emergency case with validation afterwards")
            .hint("Regulation (EU) 2023/1543, Art. 4(5)"),
        Choice::new("vital_interests", "Vital interests").hint("GDPR Art. 6(1)(d), 49(1)(f)"),
    ]
}

/// Codes and words of `domain::request::Defect`.
fn defects() -> Vec<Choice> {
    vec![
        Choice::new("officer_not_verified", "The officer could not be verified"),
        Choice::new("authority_not_competent", "The authority is not competent"),
        Choice::new("no_instrument", "No instrument stands behind it"),
        Choice::new("instrument_invalid", "The instrument is invalid"),
        Choice::new("incomplete", "It is incomplete"),
        Choice::new("manifest_error", "It holds a manifest error"),
        Choice::new("not_enough_information", "It says too little to be carried out"),
        Choice::new("wrong_identifier", "What it names is not ours, or nobody’s"),
        Choice::new("overbroad", "It asks for more than the instrument orders"),
        Choice::new("offence_not_covered", "The instrument does not cover the offence"),
        Choice::new("service_not_covered", "The instrument does not cover the service"),
        Choice::new("judicial_cooperation_required", "Only judicial co-operation would do"),
        Choice::new("conflict_of_laws", "Another law forbids it"),
        Choice::new("immunity_or_privilege", "Immunity or privilege protects it"),
        Choice::new(
            "de_facto_impossibility",
            "Nobody could carry it out, through no fault of ours",
        ),
    ]
}
