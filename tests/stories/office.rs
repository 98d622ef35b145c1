//! The company's people at work: each in a browser of their own, through the console's router.

use std::collections::HashMap;

use access::TotpSecret;
use app::{By, Candor, CaseName, Clock, Invitee, SignIn};
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use domain::access::{Role, RoleSet};
use domain::event::{Event, RequestEvent};
use domain::id::PersonId;
use domain::profile::aspect_code;
use domain::request::Aspect;
use jiff::{SignedDuration, ToSpan};
use store::{Cases, Location, Sight, StoredEvent};
use stories::{Answer, World};
use tower::ServiceExt;

pub const PASSWORD: &str = "seven green ladders";
pub const BROWSER: &str = "Example browser 1.0";
/// Where they reach the console.
pub const ORIGIN: &str = "https://console.example";

/// Plainly invented people, by what they do in the stories.
pub const PEOPLE: [(&str, Role); 9] = [
    ("O. Primer", Role::Intake),
    ("R. Ejemplo", Role::Counsel),
    ("K. Beispiel", Role::Counsel),
    ("I. Esempio", Role::Counsel),
    ("E. Muster", Role::Expert),
    ("P. Exemple", Role::PrivacyOfficer),
    ("J. Voorbeeld", Role::Editor),
    ("N. Exempel", Role::Reviewer),
    ("B. Primjer", Role::Operator),
];

pub const INTAKE: &str = "O. Primer";
/// The one who verifies.
pub const VERIFIER: &str = "R. Ejemplo";
/// The one who proposes.
pub const PROPOSER: &str = "K. Beispiel";
/// The one who confirms.
pub const CONFIRMER: &str = "I. Esempio";
pub const EXPERT: &str = "E. Muster";
pub const PRIVACY: &str = "P. Exemple";

pub struct Office {
    pub world: World,
    people: HashMap<&'static str, Colleague>,
}

pub struct Colleague {
    email: String,
    secret: TotpSecret,
    pub session: String,
}

impl Office {
    /// Everybody has joined and is signed in.
    pub async fn new(location: Location) -> Self {
        let mut world = World::new(location).await;
        world.candor.config.console.origin = Some(ORIGIN.to_owned());
        let mut people = HashMap::new();
        for (name, role) in PEOPLE {
            people.insert(name, join(&world.candor, name, [role].into_iter().collect()).await);
        }
        Self { world, people }
    }

    /// The same, with a data inventory, with the profile of an instrument confirmed, and with a
    /// number of the authority from which letters will come.
    pub async fn at_work(location: Location, instruments: &[&str]) -> Self {
        let office = Self::new(location).await;
        office.declares_inventory(VERIFIER).await;
        for country in ["France", "United States"] {
            office.registers_number(INTAKE, (country, "Bureau of Samples"), NUMBER).await;
        }
        for instrument in instruments {
            office.confirms_profile(VERIFIER, instrument).await;
        }
        office
    }

    pub fn candor(&self) -> &Candor {
        &self.world.candor
    }

    pub fn colleague(&self, name: &str) -> &Colleague {
        &self.people[name]
    }

    /// Time goes by. Sessions end meanwhile, so everybody signs in again.
    pub async fn days_pass(&mut self, days: i64) {
        let now = self.world.candor.clock.now() + SignedDuration::from_hours(24 * days);
        self.world.candor.clock = Clock::Fixed(now);
        for colleague in self.people.values_mut() {
            colleague.session = colleague.signs_in(&self.world.candor).await;
        }
    }

    /// The same without anybody signing in again.
    pub fn minutes_pass(&mut self, minutes: i64) {
        let now = self.world.candor.clock.now() + SignedDuration::from_mins(minutes);
        self.world.candor.clock = Clock::Fixed(now);
    }

    /// What the calendar owes is done.
    pub async fn calendar_works(&self) -> u64 {
        self.candor().work_off().await.expect("works")
    }

    pub async fn asks(
        &self,
        who: Option<&str>,
        request: axum::http::request::Builder,
        body: Body,
    ) -> Answer {
        let mut request =
            request.header(header::HOST, "console.example").body(body).expect("a request");
        if let Some(who) = who {
            let cookie = format!("__Host-candor={}", self.people[who].session);
            request.headers_mut().insert(header::COOKIE, cookie.parse().expect("a cookie"));
        }
        let console = web::console(web::Console { candor: self.candor().clone() });
        let response = console.oneshot(request).await.expect("answers");
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), 100_000_000).await.expect("a body").to_vec();
        Answer { status, headers, bytes }
    }

    pub async fn opens(&self, who: &str, path: &str) -> Answer {
        self.asks(Some(who), Request::get(path), Body::empty()).await
    }

    pub async fn sends(&self, who: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = encoded(fields);
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.asks(Some(who), request, Body::from(form)).await
    }

    /// Sends a form and is led on.
    pub async fn does(&self, who: &str, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.sends(who, path, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{who} at {path}: {}", told(&answer));
        let location = answer.headers[header::LOCATION].to_str().expect("a path");
        location.to_owned()
    }

    /// Acts on a request as it stands now.
    pub async fn acts(&self, who: &str, case: &str, act: &str, fields: &[(&str, &str)]) -> Answer {
        let seen = self.version(case).await.to_string();
        let fields = [&[("seen", seen.as_str())], fields].concat();
        self.sends(who, &format!("/requests/{case}/{act}"), &fields).await
    }

    /// Acts, and it is done.
    pub async fn act(&self, who: &str, case: &str, act: &str, fields: &[(&str, &str)]) {
        let answer = self.acts(who, case, act, fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{who}, {act}: {}", told(&answer));
    }

    /// Acts, and a rule refuses it in these words.
    pub async fn refused(
        &self,
        who: &str,
        case: &str,
        act: &str,
        fields: &[(&str, &str)],
        words: &str,
    ) {
        let before = self.world.events().await;
        let answer = self.acts(who, case, act, fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", told(&answer));
        let text = answer.text();
        let says_so = text.contains("<title>Error: ") || text.contains("The rules refuse this");
        assert!(says_so, "{}", told(&answer));
        assert!(plain(answer.text()).contains(words), "{words}: {}", told(&answer));
        assert_eq!(self.world.events().await, before, "nothing happened");
    }

    /// The number of events of a request.
    pub async fn version(&self, case: &str) -> i64 {
        let name: CaseName = case.parse().expect("a name");
        let mut tx = self.candor().db.snapshot().await.expect("begins");
        let row = tx
            .cases(Cases::Named(name), Sight::whole())
            .await
            .expect("reads")
            .pop()
            .expect("is there");
        let stream = domain::event::Stream::Request(row.request);
        tx.version(stream).await.expect("reads")
    }

    /// What happened to a request, oldest first.
    pub async fn recorded(&self, case: &str) -> Vec<RequestEvent> {
        let name: CaseName = case.parse().expect("a name");
        let mut tx = self.candor().db.snapshot().await.expect("begins");
        let row = tx
            .cases(Cases::Named(name), Sight::whole())
            .await
            .expect("reads")
            .pop()
            .expect("is there");
        let stream = domain::event::Stream::Request(row.request);
        let events = tx.stream_events(stream, Sight::whole()).await.expect("reads");
        let of_request = |recorded: StoredEvent| match recorded.event {
            Event::Request(event) => event,
            other => panic!("{} stands on the stream of a request", other.kind()),
        };
        events.into_iter().map(of_request).collect()
    }

    /// The same by kind.
    pub async fn events_of(&self, case: &str) -> Vec<&'static str> {
        self.recorded(case).await.iter().map(RequestEvent::kind).collect()
    }

    /// A letter comes in with a scan, and is entered. Returns its number.
    pub async fn enters_letter(&self, reference: &str, scan: &[u8]) -> String {
        let today = self.candor().today().to_string();
        let answer = self
            .enters(
                &[
                    ("channel", "letter"),
                    ("received_on", &today),
                    ("reference", reference),
                    ("sender", "Bureau of Samples, Port Sample"),
                    ("summary", "An order about accounts."),
                ],
                &[("order.pdf", scan)],
            )
            .await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", told(&answer));
        let location = answer.headers[header::LOCATION].to_str().expect("a path");
        number_in(location)
    }

    pub async fn enters(&self, fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> Answer {
        let (kind, body) = with_files(fields, files);
        let request = Request::post("/submissions")
            .header(header::CONTENT_TYPE, kind)
            .header("sec-fetch-site", "same-origin");
        self.asks(Some(INTAKE), request, Body::from(body)).await
    }

    /// Registers a request with these fields in place of an ordinary one's. Returns its name.
    pub async fn registers(&self, submission: &str, fields: &[(&str, &str)]) -> String {
        let seen = self.found_in(submission).await;
        let fields = registration(&[fields, &[("seen", &seen)]].concat());
        let path = format!("/submissions/{submission}/requests");
        let location = self.does(INTAKE, &path, &fields).await;
        number_in(&location)
    }

    /// How many requests were found in a submission so far, as its page's form says.
    pub async fn found_in(&self, submission: &str) -> String {
        let who = self.signed_in(INTAKE).await;
        let number = submission.parse().expect("a number");
        let view = self.candor().submission(number, &who).await.expect("reads");
        view.requests.len().to_string()
    }

    /// Records a finding with every element of its rule.
    pub async fn finds(&self, who: &str, case: &str, aspect: Aspect, fields: &[(&str, &str)]) {
        let elements = self.elements(case, aspect).await;
        let mut all = vec![("aspect", aspect_code(aspect))];
        all.extend(elements.iter().map(|code| ("elements", code.as_str())));
        all.extend(fields);
        self.act(who, case, "finding", &all).await;
    }

    /// Enters an authority with a number found in a directory. Returns the path of its page.
    pub async fn registers_number(
        &self,
        who: &str,
        (country, authority): (&str, &str),
        number: &str,
    ) -> String {
        let fields = [("country", country), ("authority", authority)];
        let fields = [&fields[..], &found("telephone", number)].concat();
        self.does(who, "/authorities", &fields).await
    }

    /// Somebody calls back and is told that the officer is who they say.
    pub async fn verifies_officer(&self, who: &str, case: &str) {
        let number = self.number_for(case).await;
        let until = self.candor().today().saturating_add(180.days()).to_string();
        let fields = [
            ("means", "call_back"),
            ("number", number.as_str()),
            ("result", "verified"),
            ("valid_until", &until),
            ("evidence", "The duty desk put me through to them."),
        ];
        self.does(who, &format!("/requests/{case}/verification"), &fields).await;
    }

    /// A number that was registered before the letter with a request came.
    pub async fn number_for(&self, case: &str) -> String {
        let about = self.about_officer(case).await;
        about.numbers_before.first().expect("a number").to_string()
    }

    pub async fn about_officer(&self, case: &str) -> app::AboutOfficer {
        let who = self.signed_in(VERIFIER).await;
        let name = case.parse().expect("a name");
        self.candor().case(name, &who).await.expect("reads").about_officer
    }

    pub async fn elements(&self, case: &str, aspect: Aspect) -> Vec<String> {
        let name = case.parse().expect("a name");
        let who = self.signed_in(VERIFIER).await;
        let case = self.candor().case(name, &who).await.expect("reads");
        let profiles = self.candor().profiles().expect("profiles");
        let instrument = &case.handled.registration.instrument;
        profiles.elements_for(instrument, aspect).map(|element| element.code.to_string()).collect()
    }

    /// Somebody more, who is in none of the lists here.
    pub async fn another_joins(&self, name: &str, role: Role) -> PersonId {
        let invitee = Invitee {
            name,
            email: "another@publisher.example",
            roles: [role].into_iter().collect(),
        };
        let invited = self.candor().invite(invitee, By::OperatorCli).await.expect("invites");
        let email = invitee.email.to_owned();
        comes_in(self.candor(), email, &invited.link.reveal()).await;
        invited.person
    }

    /// Somebody whose access was reset joins anew, with another authenticator.
    pub async fn joins_anew(&mut self, who: &'static str, link: &str) {
        let known = self.people.get(who).expect("was here");
        let colleague = comes_in(&self.world.candor, known.email.clone(), link).await;
        self.people.insert(who, colleague);
    }

    pub async fn signed_in(&self, who: &str) -> app::SignedIn {
        let session = &self.people[who].session;
        self.candor().session(session).await.expect("reads").expect("is signed in")
    }

    /// All three stand.
    pub async fn verifies(&self, who: &str, case: &str) {
        self.act(who, case, "begin", &[]).await;
        self.verifies_officer(who, case).await;
        self.finds(who, case, Aspect::Officer, &[("verdict", "stands")]).await;
        self.finds(who, case, Aspect::Instrument, &[("verdict", "stands")]).await;
        let scope = [("verdict", "stands"), ("transfer", "same_jurisdiction")];
        self.finds(who, case, Aspect::Scope, &scope).await;
    }

    pub async fn proposes(&self, who: &str, case: &str, fields: &[(&str, &str)]) {
        let fields = [fields, &[("reason", "The order names the accounts.")]].concat();
        self.act(who, case, "propose", &fields).await;
    }

    pub async fn confirms(&self, who: &str, case: &str) {
        self.act(who, case, "confirm", &CONFIRMS).await;
    }

    pub async fn confirms_profile(&self, who: &str, instrument: &str) {
        let code = domain::instrument::Instrument::new(instrument).expect("a code");
        let law = self.candor().profiles().expect("profiles").instrument(&code).expect("is known");
        let elements: Vec<_> = law
            .elements
            .iter()
            .map(|element| format!("{}={}", element.code, element.sha256()))
            .collect();
        let fields: Vec<_> = elements.iter().map(|seen| ("elements", seen.as_str())).collect();
        self.does(who, &format!("/profiles/{instrument}/confirm"), &fields).await;
    }

    /// Registration and licence data are held, connection and content data are not.
    pub async fn declares_inventory(&self, who: &str) {
        self.declares(who, ["yes", "yes", "no", "no"]).await;
    }

    pub async fn declares_that_nothing_is_held(&self, who: &str) {
        self.declares(who, ["no"; 4]).await;
    }

    async fn declares(&self, who: &str, held: [&'static str; 4]) {
        let mut fields = Vec::new();
        let kinds = ["registration", "licence", "connection", "content"];
        for (kind, held) in kinds.into_iter().zip(held) {
            fields.push((format!("held_{kind}"), held));
            for name in ["where", "kept", "basis"] {
                fields.push((format!("{name}_{kind}"), "as the policy says"));
            }
        }
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        self.does(who, "/inventory", &fields).await;
    }
}

/// Of no country: a code that ITU-T E.164 leaves free.
pub const NUMBER: &str = "+999 30 5550100";

/// What is filled in to register a number or a domain.
pub fn found<'a>(kind: &'a str, value: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("kind", kind),
        ("value", value),
        ("as", "official"),
        ("source", "public_directory"),
        ("note", "The directory of 2026, page 12."),
    ]
}

pub const CONFIRMS: [(&str, &str); 3] =
    [("agree", "yes"), ("reason", "I have read it and agree."), ("read", "yes")];

impl Colleague {
    pub fn email(&self) -> &str {
        &self.email
    }

    pub fn code(&self, candor: &Candor) -> String {
        self.secret.code_at(candor.clock.now())
    }

    async fn signs_in(&self, candor: &Candor) -> String {
        let code = self.code(candor);
        let with =
            SignIn { email: &self.email, password: PASSWORD, code: &code, user_agent: BROWSER };
        candor.sign_in(with).await.expect("signs in").reveal()
    }
}

/// Somebody is invited and joins.
async fn join(candor: &Candor, name: &str, roles: RoleSet) -> Colleague {
    let email = format!("{}@publisher.example", name.to_lowercase().replace(". ", "."));
    let invitee = Invitee { name, email: &email, roles };
    let invited = candor.invite(invitee, By::OperatorCli).await.expect("invites");
    comes_in(candor, email, &invited.link.reveal()).await
}

async fn comes_in(candor: &Candor, email: String, link: &str) -> Colleague {
    let authenticator = candor.begin_joining(link).await.expect("begins");
    let secret = authenticator.secret_in_groups.replace(' ', "");
    let secret = TotpSecret::read(&secret).expect("a secret");
    let code = secret.code_at(candor.clock.now());
    let joined = candor.join(link, (PASSWORD, &code), BROWSER).await.expect("joins");
    Colleague { email, secret, session: joined.session.reveal() }
}

/// The name or number at the end of a path.
fn number_in(location: &str) -> String {
    let path = location.split('?').next().expect("a path");
    path.rsplit('/').next().expect("a name").to_owned()
}

/// A form with files as a browser sends it (RFC 7578): its media type and its body.
pub fn with_files(fields: &[(&str, &str)], files: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    const BOUNDARY: &str = "example-boundary";
    let mut body = Vec::new();
    for (name, value) in fields {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        );
        body.extend(part.as_bytes());
    }
    for (name, bytes) in files {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"files\"; \
             filename=\"{name}\"\r\nContent-Type: application/pdf\r\n\r\n"
        );
        body.extend(part.as_bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={BOUNDARY}"), body)
}

pub fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// The text of a page without its tags.
pub fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for c in html.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            c if !inside => text.push(c),
            _ => {}
        }
    }
    let text = text.replace("&#39;", "'").replace("&quot;", "\"").replace("&amp;", "&");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What went wrong, for a failing test.
pub fn told(answer: &Answer) -> String {
    format!("{} {}", answer.status, plain(answer.text()).chars().take(1_500).collect::<String>())
}

/// The form of an ordinary request, with these fields in place of its own.
pub fn registration<'a>(fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let ordinary = [
        ("category", "user_data"),
        ("demands", "registration"),
        ("country", "France"),
        ("authority", "Bureau of Samples"),
        ("officer", "T. Placeholder"),
        ("officer_contact", "t.placeholder@samples.example"),
        ("instrument", "eu_production_order"),
        ("instrument_reference", "PO-77/2026"),
        ("emergency", "no"),
        ("accounts", "3"),
        ("summary", "Wants registration data of three accounts."),
    ];
    let is_own = |name: &str| fields.iter().any(|(other, _)| *other == name);
    ordinary.into_iter().filter(|(name, _)| !is_own(name)).chain(fields.iter().copied()).collect()
}
