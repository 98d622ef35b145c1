//! Signing in and out, joining by a link, and proving once more who one is.

use app::{AccessRefusal, Error, MustWait, NewAuthenticator, SignIn, Token};
use axum::extract::{Path, RawForm, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use domain::id::PersonId;

use super::again::Kept;
use super::answer::{Answer, Failure, Loud, Viewer, see_other, show, show_with};
use super::client::Client;
use super::fields::Fields;
use super::page::{self, Authenticator, Fault, Form, Frame, Passkey};
use super::{Console, words};

/// `__Host-`: for this host alone, over HTTPS or on this machine (RFC 6265bis, section 4.1.3.2).
const COOKIE: &str = "__Host-candor";
/// Of a browser on the page where one signs in with a passkey, so that its challenge is good in no
/// other.
const VISIT: &str = "__Host-candor-visit";
const LATER: &str = "HttpOnly; Secure; SameSite=Strict; Path=/";

/// The token of the session that the browser sends.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, COOKIE)
}

/// What [`sign_in_page`] gave the browser.
pub(super) fn visit(headers: &HeaderMap) -> &str {
    cookie(headers, VISIT).unwrap_or_default()
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// Who was signed in with the session that the browser sends and that has ended by itself.
pub(super) async fn returning(console: &Console, headers: &HeaderMap) -> Option<PersonId> {
    let token = token(headers)?;
    // Where that can't be told now, a form is not kept, and nothing else is lost.
    console.candor.whose_session_ended(token).await.ok().flatten()
}

/// To the page where one signs in, and from there back.
pub(super) fn first(next: &str) -> Response {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    Redirect::to(&format!("/sign-in?next={next}")).into_response()
}

/// Signed in: the page with the session's cookie.
pub(super) fn with_session(response: Response, token: &Token) -> Answer {
    with_cookie(response, &format!("{COOKIE}={}; {LATER}", token.reveal()))
}

fn with_cookie(mut response: Response, value: &str) -> Answer {
    let cookie = HeaderValue::from_str(value).map_err(|_| Failure::BadForm)?;
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

/// A path of this site, and nothing that leads elsewhere. A browser takes `\` for `/` and leaves
/// out tabs and line breaks (WHATWG URL, section 4.4), so that `/`, a tab and `/` are `//` to it.
pub(super) fn own_path(next: &str) -> &str {
    let is_strange = next.contains('\\') || next.contains(char::is_control);
    let is_own = next.starts_with('/') && !next.starts_with("//") && !is_strange;
    if is_own { next } else { "/" }
}

pub(super) fn browser(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default()
}

pub(super) fn outside(console: &Console) -> Frame {
    let publisher = &console.candor.config.publisher;
    Frame { notice: publisher.notice.clone(), ..Frame::outside(&publisher.name) }
}

pub(super) async fn sign_in_page(
    State(console): State<Console>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Answer {
    let query = Fields::of(query.unwrap_or_default().as_bytes());
    Entry::new(query.get("next")).show(&console, &headers, StatusCode::OK)
}

/// The page where one signs in, by a passkey first.
pub(super) struct Entry<'a> {
    next: &'a str,
    /// A form of somebody whose session ended while they wrote.
    kept: Option<Kept>,
    pub(super) with_passkey: Form,
    pub(super) form: Form,
}

impl<'a> Entry<'a> {
    pub(super) fn new(next: &'a str) -> Self {
        let (with_passkey, form) = (page::SignIn::with_passkey(), page::SignIn::form());
        Self { next: own_path(next), kept: None, with_passkey, form }
    }

    pub(super) fn kept(self, kept: Option<Kept>) -> Self {
        Self { kept, ..self }
    }

    /// The page, with a cookie for the browser that has none yet: the challenge is for it alone.
    pub(super) fn show(self, console: &Console, headers: &HeaderMap, status: StatusCode) -> Answer {
        let new = match visit(headers) {
            "" => Some(console.candor.new_visit()?),
            _ => None,
        };
        let options = console.candor.ask_to_sign_in(new.as_deref().unwrap_or(visit(headers)))?;
        let Self { next, kept, with_passkey, form } = self;
        let [with_passkey, form] = [with_passkey, form].map(|form| {
            let form = form.hidden("next", next);
            kept.as_ref().map_or_else(|| form.clone(), |kept| kept.hide(form.clone()))
        });
        let page = page::SignIn {
            frame: outside(console),
            form,
            waits: if kept.is_some() { page::Waits::Form } else { page::Waits::Nothing },
            passkey: options.map(|options| Passkey::get(options, with_passkey)),
        };
        let answer = show_with(status, &page)?;
        match new {
            Some(visit) => with_cookie(answer, &format!("{VISIT}={visit}; {LATER}")),
            None => Ok(answer),
        }
    }
}

pub(super) async fn sign_in(
    State(console): State<Console>,
    Client(client): Client,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Answer {
    let fields = Fields::of(&form);
    let user_agent = browser(&headers);
    let (email, password, code) = (fields.get("email"), fields.get("password"), fields.get("code"));
    let trying = console.candor.sign_in(SignIn { email, password, code, user_agent });
    match console.candor.sign_in_from(client, trying).await {
        Ok(token) => welcome_back(&console, &headers, &token, &fields).await,
        Err(Error::Access(refusal)) => {
            let mut entry = Entry::new(fields.get("next")).kept(Kept::read(&fields));
            let fault = Fault::whole(words::sentence(&refusal.to_string()));
            entry.form = entry.form.keep(fields.sent()).faulted(&[fault]);
            entry.refused(&console, &headers, &refusal)
        }
        Err(error) => Err(error.into()),
    }
}

impl Entry<'_> {
    /// The page with what was wrong. Where too many came from one address it says when the next is
    /// let through (RFC 6585, section 4; RFC 9110, section 10.2.3).
    pub(super) fn refused(
        self,
        console: &Console,
        headers: &HeaderMap,
        refusal: &AccessRefusal,
    ) -> Answer {
        let AccessRefusal::TooManyFromThere(MustWait { until }) = refusal else {
            return self.show(console, headers, StatusCode::UNPROCESSABLE_ENTITY);
        };
        let wait = until.duration_since(console.candor.clock.now());
        let seconds = u64::try_from(wait.as_secs()).unwrap_or(0) + 1;
        let mut answer = self.show(console, headers, StatusCode::TOO_MANY_REQUESTS)?;
        answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        Ok(answer)
    }
}

/// On to where they were going; the form that waits is offered to whoever filled it in, and to
/// nobody else.
pub(super) async fn welcome_back(
    console: &Console,
    headers: &HeaderMap,
    token: &Token,
    fields: &Fields,
) -> Answer {
    let next = own_path(fields.get("next"));
    let page = match (Kept::read(fields), returning(console, headers).await) {
        (Some(kept), Some(was)) => match console.candor.session(&token.reveal()).await? {
            Some(who) if who.person == was => {
                let loud = Loud::read(console, &who).await?;
                let viewer = Viewer { console: console.clone(), who, loud };
                show(&kept.offered(&viewer, "You are signed in again.", next).await)
            }
            Some(_) | None => see_other(next),
        },
        (Some(_) | None, _) => see_other(next),
    };
    with_session(page?, token)
}

pub(super) async fn sign_out(viewer: Viewer) -> Answer {
    viewer.console.candor.sign_out(&viewer.who).await?;
    with_cookie(see_other("/sign-in")?, &format!("{COOKIE}=; Max-Age=0; {LATER}"))
}

pub(super) async fn join_page(State(console): State<Console>, Path(token): Path<String>) -> Answer {
    let forms = [page::Join::with_passkey(&token), page::Join::form(&token)];
    joining(&console, &token, forms).await
}

/// The page where one joins, by a passkey first; its forms may have faults.
pub(super) async fn joining(
    console: &Console,
    token: &str,
    [with_passkey, form]: [Form; 2],
) -> Answer {
    let welcome = console.candor.invitation(token).await?.ok_or(Failure::Missing)?;
    let new = console.candor.begin_joining(token).await?;
    let options = console.candor.ask_to_join(token).await?;
    let is_faulty = with_passkey.is_faulty() || form.is_faulty();
    let status = if is_faulty { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = page::Join {
        frame: outside(console),
        name: welcome.person.name.to_string(),
        roles: words::roles(welcome.person.roles),
        authenticator: authenticator(new),
        form,
        passkey: options.map(|options| Passkey::create(options, with_passkey)),
    };
    show_with(status, &page)
}

pub(super) fn authenticator(new: NewAuthenticator) -> Authenticator {
    let (secret, link) = (new.secret_in_groups, new.uri);
    Authenticator { secret, link, drawing: new.svg.unwrap_or_default() }
}

pub(super) async fn join(
    State(console): State<Console>,
    Path(token): Path<String>,
    headers: HeaderMap,
    RawForm(form): RawForm,
) -> Answer {
    let fields = Fields::of(&form);
    let again = |fault| {
        let form = page::Join::form(&token).faulted(&[fault]);
        joining(&console, &token, [page::Join::with_passkey(&token), form])
    };
    if fields.get("password") != fields.get("again") {
        return again(Fault::new("again", "Type the same password twice")).await;
    }
    let welcome = console.candor.invitation(&token).await?.ok_or(Failure::Missing)?;
    let given = (fields.get("password"), fields.get("code"));
    match console.candor.join(&token, given, browser(&headers)).await {
        Ok(joined) => {
            let page = page::Joined {
                frame: outside(&console),
                name: welcome.person.name.to_string(),
                codes: joined.recovery_codes.iter().map(|code| code.reveal()).collect(),
            };
            with_session(show(&page)?, &joined.session)
        }
        Err(Error::Access(refusal)) => {
            let field = match refusal {
                app::AccessRefusal::Password(_) => "password",
                app::AccessRefusal::WrongCode => "code",
                _ => "",
            };
            again(Fault::new(field, words::sentence(&refusal.to_string()))).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn step_up_page(viewer: Viewer, RawQuery(query): RawQuery) -> Answer {
    let query = Fields::of(query.unwrap_or_default().as_bytes());
    Proof::new(query.get("next"), None).ask(&viewer, StatusCode::OK).await
}

/// A second proof that is asked for, by a passkey first, and the form that was sent before it: it
/// is offered to be sent again, so that nothing is lost.
pub(super) struct Proof<'a> {
    next: &'a str,
    kept: Option<Kept>,
    pub(super) with_passkey: Form,
    pub(super) form: Form,
}

impl<'a> Proof<'a> {
    /// `next` is where the way leads without it.
    pub(super) fn new(next: &'a str, kept: Option<Kept>) -> Self {
        let (with_passkey, form) = (page::StepUp::with_passkey(), page::StepUp::form());
        Self { next: own_path(next), kept, with_passkey, form }
    }

    /// As the form of the proof holds it.
    pub(super) fn of(fields: &'a Fields) -> Self {
        Self::new(fields.get("next"), Kept::read(fields))
    }

    pub(super) async fn ask(self, viewer: &Viewer, status: StatusCode) -> Answer {
        let options = viewer.console.candor.ask_to_step_up(&viewer.who).await?;
        let Self { next, kept, with_passkey, form } = self;
        let [with_passkey, form] = [with_passkey, form].map(|form| {
            let form = form.hidden("next", next);
            kept.as_ref().map_or_else(|| form.clone(), |kept| kept.hide(form.clone()))
        });
        let page = page::StepUp {
            frame: viewer.frame(""),
            about: "What you are about to do lets something out or somebody in. Prove that it is \
                    you; it holds for five minutes."
                .to_owned(),
            back: page::Link::new("Back without doing it", next),
            form,
            passkey: options.map(|options| Passkey::get(options, with_passkey)),
        };
        show_with(status, &page)
    }

    /// It is proven.
    pub(super) async fn done(self, viewer: &Viewer) -> Answer {
        match self.kept {
            None => see_other(self.next),
            Some(kept) => {
                let proven = "You have proven that it is you.";
                show(&kept.offered(viewer, proven, self.next).await)
            }
        }
    }
}

/// A second proof.
pub(super) async fn step_up(viewer: Viewer, RawForm(form): RawForm) -> Answer {
    let fields = Fields::of(&form);
    let mut proof = Proof::of(&fields);
    match viewer.console.candor.step_up(&viewer.who, fields.get("code")).await {
        Ok(()) => proof.done(&viewer).await,
        Err(Error::Access(refusal)) => {
            let fault = Fault::new("code", words::sentence(&refusal.to_string()));
            proof.form = proof.form.faulted(&[fault]);
            proof.ask(&viewer, StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}
