//! Files that came later and belong to a submission.

use app::{Error, NewDocuments};
use axum::extract::{Multipart, Path};
use domain::access::Permission;

use super::answer::{Answer, Failure, Viewer, see_other};
use super::fields::Reading;
use super::page::Fault;
use super::submissions::{Again, drawn, parts};
use super::words;
use app::Look;

/// POST documents
pub(super) async fn add(viewer: Viewer, Path(number): Path<String>, form: Multipart) -> Answer {
    viewer.who.may(Permission::EnterSubmission)?;
    let (fields, files) = parts(form).await?;
    let mut reading = Reading::new(&fields);
    let received_on = reading.day("received_on", "Give the day on which it arrived");
    let what = reading.text("what", "Say in a sentence what it is");
    if files.is_empty() {
        reading.fault("files", "Choose the files: a browser does not keep them");
    }
    let again = |faults| Again { form: "documents", fields: &fields, faults };
    let (received_on, what) = match reading.done(received_on.zip(what)) {
        Ok(read) => read,
        Err(faults) => return drawn(&viewer, &number, Look::Opened, Some(again(faults))).await,
    };
    let candor = &viewer.console.candor;
    let number_read = number.parse().map_err(|_| Failure::Missing)?;
    let submission = candor.submission_id(number_read, &viewer.who).await?;
    let new = NewDocuments { submission, received_on, what, files };
    match candor.add_documents(new, &viewer.who).await {
        Ok(()) => see_other(&format!("/submissions/{number}#files")),
        Err(
            error @ (Error::FileTooLarge(_)
            | Error::FileTwice(_)
            | Error::TextTooLong(_)
            | Error::LineTooLong(_)
            | Error::Submission(_)),
        ) => {
            let fault = Fault::whole(words::sentence(&error.to_string()));
            drawn(&viewer, &number, Look::Opened, Some(again(vec![fault]))).await
        }
        Err(error) => Err(error.into()),
    }
}
