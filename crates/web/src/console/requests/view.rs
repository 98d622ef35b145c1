//! The page of a request, filled from the case and what the company has said of itself.

use std::collections::BTreeSet;

use app::{Case, CaseEvent, CaseRow, KeptFor, Resolution};
use domain::access::Permission;
use domain::category::DemandSet;
use domain::deadline::{RuleOf, Start};
use domain::event::{Event, NoteKind, RequestEvent, ReviewFinding};
use domain::fact::Urgency;
use domain::id::{Actor, PersonId, RequestId};
use domain::profile::{Confirmation, Deadline, InstrumentLaw, Profiles};
use domain::request::{Confirmed, Preservation, Stage, StageKind};
use jiff::civil::Date;

use super::super::answer::{Failure, Viewer};
use super::super::page::{
    self, Clock, Document, Form, Happening, Link, Meta, Note, Related, Review, Reviewed, Track,
};
use super::super::people::Names;
use super::super::{files, happened, retention, secrecy, submissions, time, words};
use super::{Again, declination, may};

/// All that the page is made of.
pub(in super::super) struct View<'a> {
    pub(in super::super) viewer: &'a Viewer,
    pub(in super::super) case: &'a Case,
    pub(in super::super) name: String,
    pub(in super::super) names: Names,
    pub(super) profiles: &'a Profiles,
    pub(super) confirmation: Confirmation,
    /// The kinds of user data that the company holds.
    pub(super) holds: DemandSet,
    /// How long the submission is kept.
    kept: Option<KeptFor>,
    /// What counsel may sign, where it is prohibited, nobody has signed a text and the viewer may.
    pub(super) prepared: Option<String>,
    /// What is written to whoever is not verified.
    pub(super) neutral: String,
    again: Option<Again<'a>>,
}

/// Links to other requests in one block.
const RELATED_MAX: usize = 5;

impl<'a> View<'a> {
    pub(super) async fn new(
        viewer: &'a Viewer,
        case: &'a Case,
        again: Option<Again<'a>>,
    ) -> Result<Self, Failure> {
        let candor = &viewer.console.candor;
        Ok(Self {
            viewer,
            case,
            name: case.row.name.to_string(),
            names: Names::read(&viewer.console).await?,
            profiles: candor.profiles()?,
            confirmation: candor.confirmation().await?,
            holds: candor.holds().await?,
            kept: candor.kept_for(case.row.name.submission, &viewer.who).await?,
            prepared: declination::prepared(viewer, case).await?,
            neutral: candor.neutral_answer()?,
            again,
        })
    }

    /// With the state that the viewer saw, and what they typed where the form is shown again.
    pub(in super::super) fn mended(&self, form: Form) -> Form {
        let form = form.hidden("seen", self.case.version().to_string());
        match &self.again {
            Some(again) => again.mend(form),
            None => form,
        }
    }

    /// The last event of a kind.
    pub(super) fn last(&self, is: impl Fn(&RequestEvent) -> bool) -> Option<&CaseEvent> {
        self.case.events.iter().rev().find(|event| match &event.recorded.event {
            Event::Request(event) => is(event),
            Event::Submission(_) | Event::Person(_) | Event::Authority(_) | Event::Company(_) => {
                false
            }
        })
    }

    pub(super) fn page(&self) -> page::Request {
        let row = &self.case.row;
        let mut frame = self.viewer.frame("/");
        frame.done = None;
        let mut crumbs = vec![Link::new("Requests", "/")];
        let submission = row.name.submission;
        if may(self.viewer, Permission::ReadSubmissions) {
            let href = format!("/submissions/{submission}");
            crumbs.push(Link::new(format!("Submission {submission}"), href));
        }
        page::Request {
            frame,
            number: self.name.clone(),
            crumbs,
            here: self.place(),
            state: match row.stage {
                // Verified once more, after a decision that stays on record.
                StageKind::InVerification if self.is_appealed() => page::State::Appealed,
                _ => words::state(row),
            },
            turn: words::turn(row, &self.names, &self.viewer.who),
            wants: self.case.text("summary").unwrap_or_default().to_owned(),
            meta: self.meta(),
            officer: self.officer(),
            findings: self.findings(),
            findings_note: self.findings_note(),
            documents: self.documents(),
            decision: self.decision(),
            acts: self.acts(),
            marks: self.marks(),
            secrecy: self.secrecy(),
            acts_closed: self.acts_closed(),
            reviews: self.reviews(),
            notes: self.notes(),
            happenings: self.happenings(),
            clock: self.clock(),
            duplicates: self.duplicates(),
            related: self.related(),
            zone: self.viewer.console.zone(),
        }
    }

    fn marks(&self) -> Vec<&'static str> {
        let row = &self.case.row;
        let mut marks = secrecy::marks(row.seen_by, Some(row.publication));
        if self.case.handled.lacks_declination() {
            marks.push("no signed text");
        }
        // What each reviewer wrote last.
        let mut heard = BTreeSet::new();
        if self
            .all_reviews()
            .any(|(by, review)| heard.insert(by) && review.finding == Reviewed::Objection)
        {
            marks.push("objection");
        }
        marks
    }

    /// "1 of 2": among all that were found in the submission, whoever may read them.
    fn place(&self) -> String {
        let all = match self.case.submission.resolution {
            Resolution::Requests(all) => all,
            Resolution::Waits | Resolution::NotARequest(_) => self.case.row.name.ordinal,
        };
        let before = self.case.submission.numbers_before;
        format!("{} of {all}", self.case.row.name.ordinal.saturating_sub(before))
    }

    fn is_appealed(&self) -> bool {
        let last = self.last(|event| {
            matches!(event, RequestEvent::Appealed { .. } | RequestEvent::Decided { .. })
        });
        last.is_some_and(|event| {
            matches!(event.recorded.event, Event::Request(RequestEvent::Appealed { .. }))
        })
    }

    fn meta(&self) -> Vec<Meta> {
        let (row, asked) = (&self.case.row, &self.case.handled.registration);
        let kinds = words::counted(asked.demands.iter().count(), "kind", "kinds");
        let accounts = match asked.accounts_specified {
            Some(n) => format!("{kinds}, {}", words::counted(n as usize, "account", "accounts")),
            None => kinds,
        };
        let law = self.profiles.instrument(&asked.instrument);
        let instrument = law.map_or_else(|| asked.instrument.to_string(), |law| law.label.clone());
        let issued = self.case.text("issued_on").map(|text| match text.parse() {
            Ok(date) => words::day(date),
            Err(_) => text.to_owned(),
        });
        let reference = self.case.text("instrument_reference").map(str::to_owned);
        let reference: Vec<_> = reference.into_iter().chain(issued).collect();
        let officer = &self.case.officer;
        vec![
            Meta::new(
                "Authority",
                self.case.authority.name.as_str(),
                format!("{} ({})", row.country.name(), row.country.code()),
            ),
            Meta::new(
                "Officer",
                officer.name.as_str(),
                match officer.contact.as_str() {
                    "" => "no contact given".to_owned(),
                    contact => format!("{contact}, as the letter gives it"),
                },
            ),
            Meta::new("Category", words::category(row.category).word(), accounts)
                .mark(words::mark(row)),
            Meta::new("Instrument", instrument, reference.join(" · ")),
            Meta::new(
                "Emergency",
                match row.urgency {
                    Urgency::Emergency => "Yes",
                    Urgency::Ordinary => "No",
                },
                format!("arrived by {}", words::channel(self.case.submission.channel)),
            ),
        ]
    }

    fn documents(&self) -> Vec<Document> {
        let may_open = may(self.viewer, Permission::OpenFiles);
        let number = self.case.row.name.submission;
        let document = |file: &app::Attachment| {
            let href = match may_open {
                true => format!("/submissions/{number}/files/{}", file.sha256),
                false => String::new(),
            };
            Document {
                name: inspect::shown(&file.name),
                told: files::told(&self.viewer.console, file, &href),
                href,
                arrived: words::day(
                    app::added(&self.case.of_submission, file.sha256)
                        .map_or(self.case.row.received_on, |(on, _)| on),
                ),
                size: words::size(file.size_bytes),
                sha256_begins: submissions::begins(file.sha256),
            }
        };
        self.case.files.iter().map(document).collect()
    }

    fn notes(&self) -> Vec<Note> {
        let note = |event: &CaseEvent| match event.recorded.event {
            Event::Request(RequestEvent::NoteWritten { kind }) => Some(Note {
                by: words::who(event.recorded.actor, &self.names),
                at: self.viewer.console.moment(event.recorded.at),
                text: event.texts.get("text")?.clone(),
                privileged: kind == NoteKind::Privileged,
            }),
            _ => None,
        };
        self.case.events.iter().rev().filter_map(note).collect()
    }

    fn reviews(&self) -> Vec<Review> {
        self.all_reviews().map(|(_, review)| review).collect()
    }

    /// The newest first, each with who wrote it.
    fn all_reviews(&self) -> impl Iterator<Item = (PersonId, Review)> {
        self.case.events.iter().rev().filter_map(|event| {
            let Event::Request(RequestEvent::ReviewWritten { finding }) = event.recorded.event
            else {
                return None;
            };
            let Actor::Person(by) = event.recorded.actor else { return None };
            let review = Review {
                by: self.names.of(by),
                at: self.viewer.console.moment(event.recorded.at),
                finding: match finding {
                    ReviewFinding::Sound => Reviewed::Sound,
                    ReviewFinding::Objection => Reviewed::Objection,
                },
                text: event.texts.get("text")?.clone(),
            };
            Some((by, review))
        })
    }

    fn happenings(&self) -> Vec<Happening> {
        let happening = |event: &CaseEvent| Happening {
            at: self.viewer.console.moment(event.recorded.at),
            who: match event.recorded.event {
                // Whoever registered it, or whatever the calendar did: nobody decided it.
                Event::Request(RequestEvent::Decided { confirmed: Confirmed::ByRule, .. }) => {
                    "by rule".to_owned()
                }
                _ => words::who(event.recorded.actor, &self.names),
            },
            what: happened::what(event, &self.names, self.viewer.console.candor.time_zone()),
            other: match event.recorded.event {
                Event::Request(
                    RequestEvent::RequestLinked { to: other, .. }
                    | RequestEvent::PreservationFollowed { by: other },
                ) => self.linked(other),
                _ => None,
            },
            sealed: match event.leaf {
                Some(leaf) => format!("leaf {leaf}"),
                None => "chain of events".to_owned(),
            },
        };
        self.case.events.iter().rev().map(happening).collect()
    }

    /// A request that is linked, where the viewer may read it.
    fn linked(&self, to: RequestId) -> Option<Link> {
        let other = self.case.linked.iter().find(|other| other.request == to)?;
        Some(Link::new(other.name.to_string(), address(other)))
    }

    fn clock(&self) -> Clock {
        let (handled, today) = (&self.case.handled, self.viewer.console.candor.today());
        let none = |left: &str, says: &str| Clock {
            left: left.to_owned(),
            overdue: false,
            due: None,
            track: None,
            says: says.to_owned(),
            rule: None,
        };
        match handled.stage.kind() {
            StageKind::Answered => return none("Answered", "Nothing is due."),
            StageKind::Closed => return none("Closed", "Nothing is due."),
            StageKind::Withdrawn => return none("Withdrawn", "Nothing is due."),
            StageKind::Received
            | StageKind::InVerification
            | StageKind::ClarificationAsked
            | StageKind::Verified
            | StageKind::Proposed
            | StageKind::Decided
            | StageKind::Prepared
            | StageKind::Challenged => {}
        }
        let present = self.viewer.console.present();
        let Some(due) = handled.due() else {
            let says = match self.deadline().map(|(_, deadline)| deadline.start()) {
                Some(Start::Complete) => "It starts when the instrument is found valid.",
                Some(Start::Receipt) | None => {
                    "Neither the instrument’s profile, nor the company’s own rule, nor a person \
                     set one."
                }
            };
            return none("No deadline", says);
        };
        let stopped = matches!(handled.stage, Stage::ClarificationAsked { .. });
        let left = present.due(due);
        Clock {
            left: match stopped {
                true => "Stopped".to_owned(),
                false => words::sentence(&left.words),
            },
            overdue: left.urgency == page::Urgency::Overdue && !stopped,
            due: Some(left.on),
            track: self.track(due.on, today),
            says: match stopped {
                true => "It stands still until the officer has answered.".to_owned(),
                false => self.counted_how(due.on),
            },
            rule: self.rule_of_deadline(),
        }
    }

    /// How the clock counts, and what it does not know.
    fn counted_how(&self, due: Date) -> String {
        let mut says = match (self.case.handled.due_by, self.deadline()) {
            (RuleOf::Company, _) => "This is the company’s own rule, and no law’s. The time in \
                                     which a question was out is not counted."
                .to_owned(),
            (RuleOf::Law, Some((_, deadline))) => time::sentence(deadline),
            (RuleOf::Law, None) => "Days on which a question was out are not counted.".to_owned(),
        };
        let asked = &self.case.handled.registration;
        let candor = &self.viewer.console.candor;
        if let Ok(Some(unknown)) = candor.holidays_unknown(asked, due, &self.viewer.who) {
            says.push(' ');
            says.push_str(&time::unknown(&unknown));
        }
        says
    }

    fn rule_of_deadline(&self) -> Option<Link> {
        let is_law = match self.case.handled.due_by {
            RuleOf::Law => true,
            RuleOf::Company => false,
        };
        let (law, deadline) = self.deadline().filter(|_| is_law)?;
        Some(Link::new(deadline.citation.as_str(), format!("/profiles/{}", law.code)))
    }

    /// The time to answer that the profile sets.
    fn deadline(&self) -> Option<(&InstrumentLaw, &Deadline)> {
        let asked = &self.case.handled.registration;
        let law = self.profiles.instrument(&asked.instrument)?;
        let deadline = self.viewer.console.candor.law_of_answer(asked).ok()??;
        Some((law, deadline))
    }

    fn track(&self, due: Date, today: Date) -> Option<Track> {
        let received = self.case.row.received_on;
        let whole = (due - received).get_days();
        if whole <= 0 {
            return None;
        }
        let percent = |date: Date| {
            let gone = (date - received).get_days() as f32 / whole as f32 * 100.0;
            gone.clamp(0.0, 100.0)
        };
        let (mut stopped, mut asked) = (Vec::new(), None);
        for event in &self.case.events {
            match event.recorded.event {
                Event::Request(RequestEvent::ClarificationAsked { asked_on, .. }) => {
                    asked = Some(asked_on);
                }
                Event::Request(RequestEvent::ClarificationAnswered { answered_on }) => {
                    let from = asked.take();
                    stopped.extend(from.map(|from| (percent(from), percent(answered_on))));
                }
                _ => {}
            }
        }
        stopped.extend(asked.map(|from| (percent(from), percent(today))));
        let stopped = stopped.into_iter().map(|(from, to)| (from, to - from)).collect();
        let gone = percent(today);
        Some(Track {
            gone,
            stopped,
            begins: words::day(received),
            ends: words::day(due),
            says: format!("{gone:.0} percent of the time from receipt to deadline has gone."),
        })
    }

    /// Others under the same reference, as long as nobody has said how they belong together and
    /// this one is not answered.
    fn duplicates(&self) -> Vec<page::Duplicate> {
        match self.case.handled.stage.kind() {
            StageKind::Received
            | StageKind::InVerification
            | StageKind::ClarificationAsked
            | StageKind::Verified
            | StageKind::Proposed
            | StageKind::Decided
            | StageKind::Prepared => {}
            StageKind::Answered
            | StageKind::Challenged
            | StageKind::Closed
            | StageKind::Withdrawn => return Vec::new(),
        }
        let is_linked =
            |other: &CaseRow| self.case.linked.iter().any(|known| known.request == other.request);
        let others = self.case.same_instrument.iter().rev().filter(|other| {
            // What stands in one letter was registered side by side.
            other.submission != self.case.row.submission && !is_linked(other)
        });
        let told = |other: &CaseRow| {
            let whose = match other.authority == self.case.row.authority {
                true => "this authority",
                false => "what is entered as another authority",
            };
            let received = words::day(other.received_on);
            page::Duplicate {
                link: Link::new(format!("Request {}", other.name), address(other)),
                reason: format!("the same reference, from {whose}, received {received}"),
            }
        };
        others.take(RELATED_MAX).map(told).collect()
    }

    fn related(&self) -> Vec<Related> {
        let mut related = Vec::new();
        let links = |cases: &[CaseRow]| {
            let link = |case: &CaseRow| Link::new(case.name.to_string(), address(case));
            cases.iter().rev().take(RELATED_MAX).map(link).collect::<Vec<_>>()
        };
        if !self.case.same_submission.is_empty() {
            related.push(Related {
                title: "In the same submission".to_owned(),
                links: links(&self.case.same_submission),
                text: words::counted(self.case.same_submission.len(), "other", "others"),
                more: String::new(),
            });
        }
        related.push(Related {
            title: "This authority before".to_owned(),
            links: links(&self.case.of_authority),
            text: match self.case.of_authority.len() {
                0 => "Nothing else has come from it.".to_owned(),
                // No more than the last 2,000 are looked at.
                1_000.. => "1,000 or more other requests".to_owned(),
                n => words::counted(n, "other request", "other requests"),
            },
            more: String::new(),
        });
        related.extend(self.preserved());
        related.push(self.in_the_report());
        related.extend(self.how_long());
        if may(self.viewer, Permission::ReadAccessLog) {
            related.push(Related {
                title: "Who looked".to_owned(),
                links: vec![Link::new(
                    "The access log",
                    format!("/requests/{}/viewings", self.name),
                )],
                text: "of this request".to_owned(),
                more: String::new(),
            });
        }
        if may(self.viewer, Permission::ReadTrail) {
            let path = |kind: &str| format!("/requests/{}/audit.{kind}", self.name);
            related.push(Related {
                title: "Audit trail".to_owned(),
                links: vec![
                    Link::new("To read", path("html")),
                    Link::new("For programs (JSON)", path("json")),
                ],
                text: "as a file.".to_owned(),
                more: "That you took it is in the access log.".to_owned(),
            });
        }
        related
    }

    /// Whether what is asked for is kept.
    fn preserved(&self) -> Option<Related> {
        let handled = &self.case.handled;
        let until = match handled.kept_until {
            Some(until) => format!(" until {}", words::day(until)),
            None => " until somebody releases it".to_owned(),
        };
        let (text, links) = match handled.preservation {
            Preservation::NotPlaced if handled.may_be_placed(self.on_receipt()).is_ok() => {
                let law = self.profiles.instrument(&handled.registration.instrument);
                let duty = law.and_then(|law| law.preserve_on_receipt.as_ref());
                let text = match duty {
                    Some(duty) => format!(
                        "Its receipt obliges to preserve what it asks for ({}), and nobody has \
                         entered yet that it is preserved.",
                        duty.citation
                    ),
                    None => "Nobody has entered yet that it is preserved.".to_owned(),
                };
                (text, Vec::new())
            }
            Preservation::NotPlaced => return None,
            Preservation::Placed => (format!("Preserved{until}."), Vec::new()),
            Preservation::Followed { by } => (
                "Preserved for a request to hand it over.".to_owned(),
                self.linked(by).into_iter().collect(),
            ),
            Preservation::Released => ("Released.".to_owned(), Vec::new()),
            Preservation::Lapsed => ("Its last day is over.".to_owned(), Vec::new()),
        };
        let title = "What is preserved".to_owned();
        Some(Related { title, links, text, more: String::new() })
    }

    fn how_long(&self) -> Option<Related> {
        let kept = self.kept.as_ref()?;
        let link = retention::link_to_holds(self.case.row.name.submission, self.viewer);
        Some(Related {
            title: "How long it is kept".to_owned(),
            text: match link {
                Some(_) => "on all that is kept and erased.".to_owned(),
                None => String::new(),
            },
            links: link.into_iter().collect(),
            more: retention::kept_for(kept),
        })
    }

    fn in_the_report(&self) -> Related {
        use domain::fact::{Counted, Standing};
        let fact = self.case.handled.fact();
        let what = words::category(fact.category).word().to_lowercase();
        let half = if fact.received_on.month() <= 6 { "first" } else { "second" };
        let text = match fact.counted {
            Counted::InSum => format!(
                "Counts in the {half} half of {} as one request for {what} from {}.",
                fact.received_on.year(),
                fact.country.name()
            ),
            Counted::Preservation => "Counts as a preservation, outside the sum.".to_owned(),
            Counted::Linked => "Counts with the linked ones, outside the sum.".to_owned(),
            Counted::Withheld => "Is not counted yet: law or order forbids it.".to_owned(),
            Counted::Banded(process) => {
                format!("Is in no sum: it is told in bands, with the {}.", process.plural())
            }
        };
        let more = match fact.standing {
            Standing::Open => "As open, for now.",
            Standing::Approved => "As approved.",
            Standing::ApprovedInPart => "As approved, of which in part.",
            Standing::Rejected(_) => "As rejected.",
            Standing::Withdrawn => "As withdrawn.",
        };
        let title = "In the report".to_owned();
        Related { title, links: Vec::new(), text, more: more.to_owned() }
    }
}

fn address(case: &CaseRow) -> String {
    format!("/requests/{}", case.name)
}
