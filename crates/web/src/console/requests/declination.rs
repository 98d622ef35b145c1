//! The text that declines a prohibited demand: the form to sign it, and the text once it is signed.

use app::{Case, Kept, Look, SignedDeclination};
use axum::extract::Path;
use domain::access::Permission;
use domain::request::StageKind;

use super::super::answer::{Answer, Failure, Viewer, show};
use super::super::csv::file;
use super::super::fields::{Fields, Reading};
use super::super::page::{Act, Declination, Fact, Letter, Link, SignedText, Warning};
use super::super::people::Names;
use super::view::View;
use super::{Sent, may};

/// POST sign
pub(super) fn read(fields: &Fields) -> Result<Sent, Failure> {
    let mut reading = Reading::new(fields);
    let text = reading.text("text", "Write the text that declines it");
    if !fields.is_ticked("read") {
        reading.fault("read", "Read the text, and say so");
    }
    let signed = text.map(|text| app::signing(&text)).transpose()?;
    Ok(reading.done(signed))
}

/// What the viewer may sign, where nobody has signed anything yet.
pub(super) async fn prepared(viewer: &Viewer, case: &Case) -> Result<Option<String>, Failure> {
    if !case.handled.lacks_declination() || !may(viewer, Permission::SignDeclination) {
        return Ok(None);
    }
    Ok(Some(viewer.console.candor.prepared_declination(case, &viewer.who).await?))
}

/// GET /requests/{name}/declination
pub(in super::super) async fn letter(viewer: Viewer, Path(name): Path<String>) -> Answer {
    let signed = opened(&viewer, &name).await?;
    let names = Names::read(&viewer.console).await?;
    let download = SignedText::new(&name, "").download;
    let page = Letter {
        frame: viewer.frame("/"),
        back: Link::new(format!("Request {name}"), format!("/requests/{name}")),
        warning: otherwise(&signed),
        download,
        facts: vec![
            Fact::new("Signed by", names.of(signed.by)),
            Fact::new("On", viewer.console.moment(signed.at)),
            Fact::new("SHA-256 in the record", signed.commitment.to_string()),
            Fact::new("Salt", &signed.salt),
        ],
        check: format!(
            "(printf 'candor declination\\n%s\\n' {}; cat {}) | sha256sum",
            signed.salt,
            file_name(&name)
        ),
        text: signed.text,
        number: name,
    };
    show(&page)
}

/// GET /requests/{name}/declination.txt: its bytes as they were signed.
pub(in super::super) async fn letter_text(viewer: Viewer, Path(name): Path<String>) -> Answer {
    let signed = opened(&viewer, &name).await?;
    Ok(file(signed.text, "text/plain; charset=utf-8", &file_name(&name)))
}

/// Whoever reads the text has opened the request.
async fn opened(viewer: &Viewer, name: &str) -> Result<SignedDeclination, Failure> {
    let name = name.parse().map_err(|_| Failure::Missing)?;
    let case = viewer.console.candor.open_case(name, Look::Opened, &viewer.who).await?;
    case.declination().ok_or(Failure::Missing)
}

fn file_name(name: &str) -> String {
    format!("declination-{name}.txt")
}

fn otherwise(signed: &SignedDeclination) -> Option<Warning> {
    match signed.kept {
        Kept::AsSigned => None,
        Kept::Otherwise => Some(Warning::new(
            "This is not the text that was signed",
            "What is stored was changed since. Tell who runs candor, and send nothing of it.",
        )),
    }
}

impl View<'_> {
    pub(super) fn declination(&self) -> Option<Declination> {
        if !self.case.handled.is_prohibited() {
            return None;
        }
        let Some(signed) = self.case.declination() else { return Some(self.unsigned()) };
        Some(Declination {
            title: format!("{} signed the text that declines it", self.names.of(signed.by)),
            more: self.viewer.console.moment(signed.at),
            warning: otherwise(&signed),
            signed: Some(SignedText::new(&self.name, signed.text)),
            form: None,
        })
    }

    fn unsigned(&self) -> Declination {
        let is_closed = self.case.handled.stage.kind() == StageKind::Closed;
        let form = self.prepared.as_ref().map(|text| {
            let form = self.mended(Declination::form(&self.name, text));
            // Nothing is to be done next with what is closed.
            if is_closed { form } else { form.main() }
        });
        let title = match &form {
            Some(_) => format!("You, {}, sign the text that declines it", self.viewer.who.name),
            None => "Counsel signs the text that declines it".to_owned(),
        };
        let warning = match is_closed {
            true => "It was closed without a signed text",
            false => "It is declined without a signed text",
        };
        let mut says = "The officer has nothing to read from us.".to_owned();
        says.push_str(match &form {
            Some(_) => " candor sends nothing: send the text yourself once it is signed.",
            None => " It waits for legal counsel.",
        });
        let is_officer_verified = self.officer_closed().is_empty();
        if form.is_some() && !is_officer_verified {
            says.push_str(
                " The officer is not verified: send it to an address of the authority that you know \
                 from elsewhere.",
            );
        }
        Declination {
            title,
            more: String::new(),
            warning: Some(Warning::new(warning, says)),
            signed: None,
            form,
        }
    }

    /// Another text in place of the one that is signed.
    pub(super) fn signed_anew(&self) -> Option<Act> {
        let signed = self.case.declination()?;
        may(self.viewer, Permission::SignDeclination)
            .then(|| Declination::anew(&self.name, &signed.text))
    }
}
