//! What arrived: the list, entering a letter, and resolving a submission.

use app::{
    Alike, By, Error, KeptFor, Letter, LetterFile, Look, Registering, Resolution, SubmissionView,
};
use axum::extract::multipart::MultipartError;
use axum::extract::{Multipart, Path, RawForm, RawQuery};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use domain::access::Permission;
use domain::category::{Category, DemandSet};
use domain::compartment::Compartment;
use domain::event::Event;
use domain::fact::Urgency;
use domain::id::Sha256Hash;
use domain::instrument::Instrument;
use domain::submission::{Channel, NotARequest, Said};
use domain::{Country, Demand};

use super::answer::{Answer, Failure, Viewer, led_on, look, see_other, show, show_with};
use super::deadlines::later;
use super::fields::{Fields, Reading};
use super::page::{self, Choice, Fact, Fault, Form, Group, Link, Offered, Shown};
use super::people::Names;
use super::queue::from_beginning;
use super::{files, happened, retention, secrecy, words};

pub(super) async fn submissions(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let fields = Fields::of(query.unwrap_or_default().as_bytes());
    let (q, after) = (fields.get("q"), fields.get("after").parse().ok());
    let list = viewer.console.candor.arrivals(q, after, &viewer.who).await?;
    let count = |n: i64| usize::try_from(n).unwrap_or(0);
    let sentence = format!(
        "{} arrived, {} to be registered.",
        words::counted(count(list.counts.all), "submission", "submissions"),
        words::counted(count(list.counts.waiting), "waits", "wait"),
    );
    let shown = Shown {
        part: match list.entries.as_slice() {
            [first, .., last] if after.is_some() || list.next.is_some() => {
                format!("{} to {}", first.row.number, last.row.number)
            }
            _ => String::new(),
        },
        first: after
            .map(|_| Link::new("From the beginning", from_beginning(&fields, "/submissions"))),
        more: list.next.map(|place| {
            let query = later(&fields, &place.to_string());
            Link::new("More submissions", format!("/submissions?{query}"))
        }),
    };
    let arrivals = list.entries.into_iter().map(|entry| page::Arrival {
        number: entry.row.number.to_string(),
        href: format!("/submissions/{}", entry.row.number),
        channel: words::channel(entry.row.channel).to_owned(),
        received_on: words::day(entry.row.received_on),
        reference: entry.reference.unwrap_or_default(),
        files: entry.row.files.len() as u32,
        marks: secrecy::marks(entry.row.seen_by, None),
        resolved: match entry.row.resolution {
            Resolution::Waits => page::Resolved::Waits,
            Resolution::Requests(n) => page::Resolved::Requests(n),
            Resolution::NotARequest(reason) => {
                page::Resolved::NotARequest(words::not_a_request(reason).to_owned())
            }
        },
    });
    show(&page::Submissions {
        frame: viewer.frame("/submissions"),
        sentence,
        arrivals: arrivals.collect(),
        empty: match q {
            "" => "Nothing has arrived yet.".to_owned(),
            _ => "No submission that you may see has this number or reference.".to_owned(),
        },
        may_enter: viewer.who.has(Permission::EnterSubmission),
        q: q.to_owned(),
        shown,
    })
}

pub(super) async fn new_submission(viewer: Viewer) -> Answer {
    viewer.who.may(Permission::EnterSubmission)?;
    let frame = viewer.frame("/submissions");
    let form = entry_form(&viewer).await?;
    show(&page::SubmissionNew { frame, form })
}

/// The form of a letter, with those who can be named where only some are to see it.
async fn entry_form(viewer: &Viewer) -> Result<Form, Failure> {
    let names = Names::read(&viewer.console).await?;
    Ok(page::SubmissionNew::form(secrecy::readers(&names, &Compartment::new())))
}

pub(super) async fn enter(viewer: Viewer, form: Multipart) -> Answer {
    viewer.who.may(Permission::EnterSubmission)?;
    let (fields, files) = parts(form).await?;
    let mut reading = Reading::new(&fields);
    let channel = reading.code("channel", Channel::from_code, "Say how it arrived");
    let received_on = reading.day("received_on", "Give the day on which it arrived");
    let sender = reading.text("sender", "Say who sent it");
    let summary = reading.text("summary", "Say in a sentence or more what it is");
    let secret = secret(&mut reading);
    let read = channel.zip(received_on).zip(sender.zip(summary));
    let form = entry_form(&viewer).await?;
    let again = |faults: &[Fault]| {
        let form = form.clone().keep(fields.sent()).faulted(faults);
        let page = page::SubmissionNew { frame: viewer.frame("/submissions"), form };
        show_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
    };
    let ((channel, received_on), (sender, summary)) = match reading.done(read) {
        Ok(read) => read,
        Err(mut faults) => {
            if !files.is_empty() {
                let text = "Choose the files again: a browser does not keep them";
                faults.push(Fault::new("files", text));
            }
            return again(&faults);
        }
    };
    let reference = Some(fields.get("reference").to_owned());
    let letter = Letter { channel, received_on, reference, sender, summary, files, secret };
    match viewer.console.candor.enter(letter, &viewer.who).await {
        Ok(entered) => {
            let number = viewer.console.candor.number_of(entered.submission(), &viewer.who).await?;
            led_on(&format!("/submissions/{number}"), 0)
        }
        // It is sealed: whoever sent it again would have it twice.
        Err(Error::NotReceipted(id)) => {
            let number = viewer.console.candor.number_of(id, &viewer.who).await?;
            led_on(&format!("/submissions/{number}"), 0)
        }
        Err(error @ Error::Compartment(_)) => {
            again(&[Fault::new("people", words::sentence(&error.to_string()))])
        }
        Err(
            error @ (Error::FileTooLarge(_)
            | Error::FileTwice(_)
            | Error::TextTooLong(_)
            | Error::LineTooLong(_)
            | Error::Submission(_)),
        ) => again(&[Fault::whole(words::sentence(&error.to_string()))]),
        Err(error) => Err(error.into()),
    }
}

/// Who alone sees it, and why, where somebody was chosen.
fn secret(reading: &mut Reading<'_>) -> Option<(Compartment, String)> {
    match (reading.fields.all("people").next(), reading.fields.get("reason")) {
        (None, "") => None,
        (_, _) => {
            let people = secrecy::people(reading);
            people.zip(reading.text("reason", "Name the order or the law that asks for it"))
        }
    }
}

/// The texts and the files of a form.
pub(super) async fn parts(mut form: Multipart) -> Result<(Fields, Vec<LetterFile>), Failure> {
    let (mut fields, mut files) = (Fields::default(), Vec::new());
    while let Some(part) = form.next_field().await.map_err(unreadable)? {
        let name = part.name().unwrap_or_default().to_owned();
        match part.file_name().map(str::to_owned) {
            Some(file) => {
                let bytes = part.bytes().await.map_err(unreadable)?;
                // A browser sends an empty part where no file was chosen.
                if !file.is_empty() {
                    files.push(LetterFile { name: file, bytes: bytes.to_vec() });
                }
            }
            None => fields.push(&name, part.text().await.map_err(unreadable)?),
        }
    }
    Ok((fields, files))
}

fn unreadable(error: MultipartError) -> Failure {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Failure::TooLong("110 MB"),
        _ => Failure::BadForm,
    }
}

pub(super) async fn submission(
    viewer: Viewer,
    Path(number): Path<String>,
    RawQuery(query): RawQuery,
) -> Answer {
    drawn(&viewer, &number, look(query), None).await
}

/// A form that was sent and is shown again.
pub(super) struct Again<'a> {
    pub(super) form: &'static str,
    pub(super) fields: &'a Fields,
    pub(super) faults: Vec<Fault>,
}

pub(super) async fn register(
    viewer: Viewer,
    Path(number): Path<String>,
    RawForm(form): RawForm,
) -> Answer {
    viewer.who.may(Permission::ResolveSubmission)?;
    let fields = Fields::of(&form);
    let again = |faults| Again { form: "register", fields: &fields, faults };
    let seen = Reading::new(&fields).parsed("seen", "").ok_or(Failure::BadForm)?;
    let new = match registering(&fields, seen) {
        Ok(new) => new,
        Err(faults) => return drawn(&viewer, &number, Look::Opened, Some(again(faults))).await,
    };
    let candor = &viewer.console.candor;
    let number_read = number.parse().map_err(|_| Failure::Missing)?;
    let submission = candor.submission_id(number_read, &viewer.who).await?;
    match candor.register(submission, new, &viewer.who).await {
        Ok(registered) => match registered.as_slice() {
            [one] => {
                let name = candor.name_of(*one, &viewer.who).await?;
                led_on(&format!("/requests/{name}"), 0)
            }
            _ => see_other(&format!("/submissions/{number}")),
        },
        Err(error @ Error::Refused(_)) => {
            let fault = Fault::new("demands", words::sentence(&error.to_string()));
            drawn(&viewer, &number, Look::Opened, Some(again(vec![fault]))).await
        }
        Err(error @ (Error::TextTooLong(_) | Error::LineTooLong(_))) => {
            let fault = Fault::whole(words::sentence(&error.to_string()));
            drawn(&viewer, &number, Look::Opened, Some(again(vec![fault]))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What somebody read in a letter: what is asked for, by whom and under what.
pub(super) struct Asked {
    pub(super) category: Category,
    pub(super) demands: DemandSet,
    pub(super) country: Country,
    pub(super) authority: String,
    pub(super) officer: String,
    pub(super) instrument: Instrument,
    pub(super) urgency: Urgency,
}

impl Asked {
    pub(super) fn read(reading: &mut Reading<'_>) -> Option<Self> {
        let category = reading.code("category", str::parse::<Category>, "Choose the category");
        let demands =
            reading.codes("demands", |code| code.parse::<Demand>().ok(), "Choose what it asks for");
        let country = Country::from_text(reading.fields.get("country"));
        if country.is_none() {
            reading.fault("country", "Name a country, or give its code");
        }
        let authority = reading.text("authority", "Name the authority");
        let officer = reading.text("officer", "Name the officer, or write “not named”");
        let instrument = Instrument::new(reading.fields.get("instrument")).ok();
        if instrument.is_none() {
            reading.fault("instrument", "Choose the instrument, or “No instrument”");
        }
        let urgency = match reading.fields.get("emergency") {
            "yes" => Some(Urgency::Emergency),
            "no" => Some(Urgency::Ordinary),
            _ => {
                reading.fault("emergency", "Say whether it is an emergency");
                None
            }
        };
        Some(Self {
            category: category?,
            demands: demands?,
            country: country?,
            authority: authority?,
            officer: officer?,
            instrument: instrument?,
            urgency: urgency?,
        })
    }
}

/// What was typed; `seen` is how many requests of the submission there were.
fn registering(fields: &Fields, seen: u16) -> Result<Registering, Vec<Fault>> {
    let mut reading = Reading::new(fields);
    let asked = Asked::read(&mut reading);
    let summary = reading.text("summary", "Say in a sentence or two what it wants");
    let (issued_on, due_on) = (reading.day_or_none("issued_on"), reading.day_or_none("due_on"));
    let received_time = reading.time_or_none("received_time");
    let accounts_specified = reading.number_or_none("accounts");
    let whole = asked.zip(summary).map(|(asked, summary)| {
        let Asked { category, demands, country, authority, officer, instrument, urgency } = asked;
        Registering {
            category,
            demands,
            country,
            authority,
            officer,
            officer_contact: fields.get("officer_contact").to_owned(),
            instrument,
            instrument_reference: fields.get("instrument_reference").to_owned(),
            issued_on,
            urgency,
            accounts_specified,
            due_on,
            received_time,
            summary,
            seen,
        }
    });
    reading.done(whole)
}

pub(super) async fn not_a_request(
    viewer: Viewer,
    Path(number): Path<String>,
    RawForm(form): RawForm,
) -> Answer {
    viewer.who.may(Permission::ResolveSubmission)?;
    let fields = Fields::of(&form);
    let again = |faults| Again { form: "nothing", fields: &fields, faults };
    let mut reading = Reading::new(&fields);
    let reason = reading.code("reason", NotARequest::from_code, "Say what it is");
    let reason = match reading.done(reason) {
        Ok(reason) => reason,
        Err(faults) => return drawn(&viewer, &number, Look::Opened, Some(again(faults))).await,
    };
    let candor = &viewer.console.candor;
    let number_read = number.parse().map_err(|_| Failure::Missing)?;
    let submission = candor.submission_id(number_read, &viewer.who).await?;
    let by = By::Person(&viewer.who);
    match candor.declare_not_a_request(submission, reason, by).await {
        // It had been received, and nothing else.
        Ok(()) => led_on(&format!("/submissions/{number}"), 1),
        Err(Error::Submission(refusal)) => {
            let fault = Fault::whole(words::sentence(&refusal.to_string()));
            drawn(&viewer, &number, Look::Opened, Some(again(vec![fault]))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// POST reopen: that it holds no request was a mistake.
pub(super) async fn reopen(
    viewer: Viewer,
    Path(number): Path<String>,
    RawForm(form): RawForm,
) -> Answer {
    viewer.who.may(Permission::ReopenSubmission)?;
    let fields = Fields::of(&form);
    let again = |faults| Again { form: "reopen", fields: &fields, faults };
    let mut reading = Reading::new(&fields);
    let reason = reading.text("reason", "Say what was overlooked, in a sentence or more");
    let reason = match reading.done(reason) {
        Ok(reason) => reason,
        Err(faults) => return drawn(&viewer, &number, Look::Opened, Some(again(faults))).await,
    };
    let candor = &viewer.console.candor;
    let number_read = number.parse().map_err(|_| Failure::Missing)?;
    let submission = candor.submission_id(number_read, &viewer.who).await?;
    match candor.take_back_not_a_request(submission, &reason, &viewer.who).await {
        Ok(()) => led_on(&format!("/submissions/{number}"), 0),
        Err(error @ Error::TextTooLong(_)) => {
            let fault = Fault::whole(words::sentence(&error.to_string()));
            drawn(&viewer, &number, Look::Opened, Some(again(vec![fault]))).await
        }
        Err(error) => Err(error.into()),
    }
}

/// The sender's receipt, as it opens all about the submission by now.
pub(super) async fn receipt(viewer: Viewer, Path(number): Path<String>) -> Answer {
    viewer.who.may(Permission::ReadReceipts)?;
    let candor = &viewer.console.candor;
    let number_read = number.parse().map_err(|_| Failure::Missing)?;
    let submission = candor.submission_id(number_read, &viewer.who).await?;
    let receipt = candor.receipt(submission, By::Person(&viewer.who)).await?;
    let name = format!("attachment; filename=\"receipt-{number}.json\"");
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, receipt.to_json()).into_response())
}

/// Whoever sees the page has opened the submission, also where a form is shown again.
pub(super) async fn drawn(
    viewer: &Viewer,
    number: &str,
    look: Look,
    again: Option<Again<'_>>,
) -> Answer {
    let candor = &viewer.console.candor;
    let number_read = number.parse().map_err(|_| Failure::Missing)?;
    candor.note_submission_viewed(number_read, look, &viewer.who).await?;
    let view = candor.submission(number_read, &viewer.who).await?;
    let may = viewer.who.has(Permission::ResolveSubmission) && !view.row.is_erased;
    let not_declared = !matches!(view.row.resolution, Resolution::NotARequest(_));
    let seen = match view.row.resolution {
        Resolution::Requests(n) => n,
        Resolution::Waits | Resolution::NotARequest(_) => 0,
    };
    let mut register = match may && not_declared {
        true => {
            let form = page::Submission::register(number, offered(viewer).await?);
            Some(form.hidden("seen", seen.to_string()))
        }
        false => None,
    };
    let mut nothing = (may && view.waits()).then(|| page::Submission::not_a_request(number));
    let may_add = viewer.who.has(Permission::EnterSubmission) && !view.row.is_erased;
    let mut documents = may_add.then(|| page::Submission::add_documents(number));
    let may_reopen = viewer.who.has(Permission::ReopenSubmission) && !view.row.is_erased;
    let mut reopen = (may_reopen && !not_declared).then(|| page::Submission::reopen(number));
    let names = Names::read(&viewer.console).await?;
    let kept = candor.kept_for(number_read, &viewer.who).await?;
    let mut secrecy = secrecy::of_submission(viewer, &view, &names);
    let is_again = again.is_some();
    if let Some(Again { form, fields, faults }) = again {
        let of_secrecy = secrecy.acts.iter_mut().map(|act| &mut act.form);
        let forms = register.iter_mut().chain(&mut nothing).chain(&mut reopen);
        let forms = forms.chain(&mut documents).chain(of_secrecy);
        for sent in forms.filter(|of| of.id == form) {
            *sent = sent.clone().keep(fields.sent()).faulted(&faults);
        }
    }
    let status = if is_again { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let said = said_of(viewer, &view, &names);
    let page = shown(viewer, view, (secrecy, kept, said));
    show_with(status, &page::Submission { register, nothing, reopen, documents, ..page })
}

fn shown(
    viewer: &Viewer,
    view: SubmissionView,
    (secrecy, kept, said): (page::Secrecy, Option<KeptFor>, Vec<Fact>),
) -> page::Submission {
    let number = view.row.number;
    let waits = view.waits();
    let mut facts = vec![
        Fact::new("Arrived by", words::channel(view.row.channel)),
        Fact::new("Received on", words::day(view.row.received_on)),
        Fact::new("Sealed", viewer.console.moment(view.row.entered_at)),
    ];
    let texts = [("Sender’s reference", view.reference), ("Sender", view.sender)];
    facts.extend(texts.into_iter().filter_map(|(term, text)| Some(Fact::new(term, text?))));
    facts.extend(said);
    facts.extend(kept.as_ref().map(|kept| Fact::new("How long", retention::kept_for(kept))));
    let may_open = viewer.who.has(Permission::OpenFiles);
    let files = view.files.iter().map(|file| {
        let href = match may_open {
            true => format!("/submissions/{number}/files/{}", file.sha256),
            false => String::new(),
        };
        page::StoredFile {
            name: inspect::shown(&file.name),
            told: files::told(&viewer.console, file, &href),
            href,
            size: words::size(file.size_bytes),
            added: match app::added(&view.events, file.sha256) {
                Some((on, what)) => format!("{}: {what}", words::day(on)),
                None => String::new(),
            },
            sha256_begins: begins(file.sha256),
        }
    });
    let requests = view.requests.iter().map(|case| page::Found {
        link: Link::new(case.name.to_string(), format!("/requests/{}", case.name)),
        mark: words::mark(case),
        text: words::demands(case.demands),
        state: words::state(case),
    });
    let resolved = match view.row.resolution {
        Resolution::Waits => "Waits to be registered".to_owned(),
        Resolution::Requests(n) => {
            format!("Holds {}", words::counted(n.into(), "request", "requests"))
        }
        Resolution::NotARequest(reason) => {
            format!("Not a request: {}", words::not_a_request(reason))
        }
    };
    let may_receipt = viewer.who.has(Permission::ReadReceipts) && !view.row.is_erased;
    page::Submission {
        frame: viewer.frame("/submissions"),
        number: number.to_string(),
        resolved,
        waits,
        facts,
        summary: view.summary,
        files: files.collect(),
        duplicates: view.alike.iter().map(duplicate).collect(),
        requests: requests.collect(),
        receipt: (may_receipt && view.receipt_waits.is_none())
            .then(|| Link::new("Receipt for the sender", format!("/submissions/{number}/receipt"))),
        receipt_waits: view.receipt_waits.filter(|_| may_receipt).map(|at| {
            let at = viewer.console.moment(at);
            format!("Sealed with the batch of {at}; the receipt can be had then.")
        }),
        retention: kept.and_then(|_| retention::link_to_holds(number, viewer)),
        documents: None,
        register: None,
        nothing: None,
        reopen: None,
        marks: secrecy::marks(view.row.seen_by, None),
        secrecy,
    }
}

/// What was said of whether it holds a request, by whom and when.
fn said_of(viewer: &Viewer, view: &SubmissionView, names: &Names) -> Vec<Fact> {
    let fact = |event: &app::ReasonedEvent| {
        let Event::Submission(happened) = &event.recorded.event else { return None };
        Said::by(happened)?;
        let who = words::who(event.recorded.actor, names);
        let (what, at) =
            (happened::to_submission(happened, names), viewer.console.moment(event.recorded.at));
        let why = event.reason.as_ref().map(|reason| format!(": “{reason}”")).unwrap_or_default();
        Some(Fact::new("Holds a request?", format!("{who} {what}{why}, {at}")))
    };
    view.events.iter().filter_map(fact).collect()
}

fn duplicate((row, alike): &(app::SubmissionRow, Alike)) -> page::Duplicate {
    let what = match alike {
        Alike::SameFile => "the same file came with it",
        Alike::SameReference => "it came with the same reference of its sender",
    };
    page::Duplicate {
        link: Link::new(
            format!("Submission {}", row.number),
            format!("/submissions/{}", row.number),
        ),
        reason: format!("{what}, received {}", words::day(row.received_on)),
    }
}

/// The first eight digits, in groups of four.
pub(super) fn begins(sha256: Sha256Hash) -> String {
    let text = sha256.to_string();
    format!("{} {}", &text[..4], &text[4..8])
}

async fn offered(viewer: &Viewer) -> Result<Offered, Failure> {
    let candor = &viewer.console.candor;
    let mut authorities = candor.authorities(&viewer.who).await?;
    authorities.sort();
    let instruments = candor.profiles()?.all().iter().map(|profile| {
        let choices = profile.instruments.iter();
        let choices = choices.map(|law| Choice::new(law.code.to_string(), law.label.as_str()));
        Group::new(profile.name.as_str(), choices.collect())
    });
    Ok(Offered {
        countries: Country::all().map(|country| country.name().to_owned()).collect(),
        authorities,
        instruments: instruments.collect(),
    })
}
