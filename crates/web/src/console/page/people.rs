//! Who may work here, and as what. For the operator.

use askama::Template;

use super::{Choice, Field, Form, Frame, Group, Kind, Page, Width};

#[derive(Debug, Template)]
#[template(path = "console/people.html")]
pub struct People {
    pub frame: Frame,
    pub people: Vec<Person>,
    /// Right after somebody was invited: the link, shown this once.
    pub invited: Option<Invited>,
    pub form: Form,
}

#[derive(Clone, Debug)]
pub struct Person {
    pub id: String,
    pub name: String,
    pub email: String,
    /// In plain words: "legal counsel".
    pub roles: Vec<String>,
    pub access: Access,
    /// POST /people/{id}/roles; `None` where they can't change, or are the reader's own.
    pub change: Option<Form>,
    /// POST /people/{id}/link; `None` once the person has joined.
    pub again: Option<Form>,
    /// POST /people/{id}/sessions; `None` where they can't sign in.
    pub sessions: Option<Form>,
    /// POST /people/{id}/reset; the same, and for oneself.
    pub reset: Option<Form>,
    /// POST /people/{id}/end; `None` where the access has ended.
    pub end: Option<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// They have a link that works once, and for a while.
    Invited,
    Active,
    Ended,
}

impl Access {
    fn word(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Ended => "ended",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Self::Invited => "s-clock",
            Self::Active => "s-yes",
            Self::Ended => "s-end",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Invited => " wait",
            Self::Active => " ok",
            Self::Ended => " dim",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Invited {
    pub name: String,
    /// The whole address.
    pub link: String,
    pub until: String,
    /// Whether it goes out by mail too.
    pub is_mailed: bool,
}

impl Person {
    fn has_forms(&self) -> bool {
        self.forms().next().is_some()
    }

    /// Whether its forms are shown unfolded.
    fn is_open(&self) -> bool {
        self.forms().any(Form::is_faulty)
    }

    fn forms(&self) -> impl Iterator<Item = &Form> {
        let Self { change, again, sessions, reset, end, .. } = self;
        change.iter().chain(again).chain(sessions).chain(reset).chain(end)
    }

    /// POST /people/{id}/link: no fields.
    pub fn again(id: &str) -> Form {
        Form::new(format!("link-{id}"), format!("/people/{id}/link"), "Make a new link")
            .undone("The link made before does not work any more.")
    }

    /// POST /people/{id}/roles: `roles`.
    pub fn change(id: &str, roles: Vec<Choice>) -> Form {
        Form::new(format!("roles-{id}"), format!("/people/{id}/roles"), "Change the roles")
            .field(Field::many("roles", "Roles", Group::plain(roles)))
    }

    /// POST /people/{id}/sessions: no fields.
    pub fn sessions(id: &str) -> Form {
        let path = format!("/people/{id}/sessions");
        Form::new(format!("sessions-{id}"), path, "End all their sessions")
            .undone("They sign in again as ever. Tokens of their programs go on.")
    }

    /// POST /people/{id}/reset: no fields.
    pub fn reset(id: &str, name: &str) -> Form {
        let path = format!("/people/{id}/reset");
        Form::new(format!("reset-{id}"), path, format!("Reset {name}’s access")).undone(
            "For who lost all that they sign in with: passkeys, password, authenticator, codes, \
             sessions and tokens open nothing any more, and they join anew with a link, as who they \
             were. They are told by mail, and so is everybody who checks the work where they read \
             cases.",
        )
    }

    /// POST /people/{id}/end: no fields.
    pub fn end(id: &str, name: &str) -> Form {
        Form::new(format!("end-{id}"), format!("/people/{id}/end"), format!("End {name}’s access"))
            .undone("They are signed out at once. What they did stays on record under their name.")
    }
}

impl People {
    /// POST /people: `name`, `email`, `roles`. `roles` by code, with what each may do as hint.
    pub fn form(roles: Vec<Choice>) -> Form {
        Form::new("invite", "/people", "Invite this person")
            .field(
                Field::line("name", "Name", Kind::Text)
                    .hint("As it stands beside what they do.")
                    .width(Width::Half),
            )
            .field(
                Field::line("email", "E-mail address", Kind::Email)
                    .hint("They sign in with it. candor sends nothing there.")
                    .width(Width::Half),
            )
            .field(Field::many("roles", "Roles", Group::plain(roles)))
            .undone("You get a link that works once; hand it over yourself.")
            .main()
    }
}

impl Page for People {
    fn title(&self) -> String {
        "People".to_owned()
    }

    fn forms(&self) -> Vec<&Form> {
        self.people.iter().flat_map(Person::forms).chain([&self.form]).collect()
    }
}

#[cfg(test)]
impl People {
    fn roles() -> Vec<Choice> {
        vec![
            Choice::new("intake", "Intake")
                .hint("Enters letters and registers the requests in them."),
            Choice::new("counsel", "Legal counsel")
                .hint("Verifies, proposes, confirms; confirms the rules of profiles."),
            Choice::new("expert", "Technical expert")
                .hint("Prepares technical information, sees no user data."),
            Choice::new("operator", "Operator").hint("Invites people; sees no request."),
        ]
    }

    pub fn sample() -> Self {
        let person = |id: &str, name: &str, email: &str, role: &str, access| Person {
            id: id.into(),
            name: name.into(),
            email: format!("{email}@publisher.example"),
            roles: vec![role.into()],
            access,
            change: Some(Person::change(id, Self::roles())),
            again: (access == Access::Invited).then(|| Person::again(id)),
            sessions: (access == Access::Active).then(|| Person::sessions(id)),
            reset: (access == Access::Active).then(|| Person::reset(id, name)),
            end: Some(Person::end(id, name)),
        };
        Self {
            frame: Frame::sample("/people"),
            people: vec![
                Person {
                    roles: vec!["legal counsel".into(), "intake".into()],
                    ..person("p1", "I. Esempio", "i.esempio", "", Access::Active)
                },
                person("p2", "K. Beispiel", "k.beispiel", "legal counsel", Access::Active),
                person("p3", "R. Ejemplo", "r.ejemplo", "legal counsel", Access::Invited),
                Person {
                    change: None,
                    end: None,
                    ..person("p4", "O. Primer", "o.primer", "intake", Access::Ended)
                },
            ],
            invited: Some(Invited {
                name: "R. Ejemplo".into(),
                link: "https://console.publisher.example/join/3f9k-w2mq-7tzx-h5pd-8vcn".into(),
                until: "2 Oct 2026, 12:00 UTC".into(),
                is_mailed: false,
            }),
            form: Self::form(Self::roles()),
        }
    }

    pub fn sample_faulty() -> Self {
        let sent = [("name", "T. Placeholder"), ("email", "t.placeholder"), ("roles", "expert")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let form = Self::form(Self::roles())
            .keep(&sent)
            .faulted(&[super::Fault::new("email", "Give an address with an @ in it")]);
        Self { invited: None, form, ..Self::sample() }
    }
}
