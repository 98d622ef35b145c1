//! Every form of the console: its fields, what was typed into them, and what is wrong with it.
//!
//! The words of a form stand with its page. After a failed send the same form is built again,
//! [`Form::keep`] puts back what was typed and [`Form::faulted`] says at each field what to do.

use askama::Template;
use askama::filters::HtmlSafe;

use super::Fact;

/// A form that is sent by POST, never disabled and never checked by the browser alone.
#[derive(Clone, Debug, Template)]
#[template(path = "console/form.html")]
pub struct Form {
    /// Unique in its page; the ids of its fields begin with it.
    pub id: String,
    pub action: String,
    pub parts: Vec<Part>,
    pub hidden: Vec<Hidden>,
    /// What the rules close here, each with the reason.
    pub closed: Vec<Closed>,
    /// Of the form as a whole: a rule that refuses what was asked for.
    pub whole: Vec<String>,
    /// A verb with its object.
    pub button: String,
    /// What can't be undone, in a sentence beside the button.
    pub undone: Option<String>,
    pub weight: Weight,
    pub encoding: Encoding,
}

/// How loud the button is: one page has at most one main button. Where a passkey is offered first,
/// the style sheet makes the button of the other way quiet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    Main,
    Quiet,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Urlencoded,
    /// With files.
    Multipart,
}

/// Fields that belong together, under a heading where there are several parts.
#[derive(Clone, Debug, Default)]
pub struct Part {
    pub title: String,
    pub note: String,
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug)]
pub struct Hidden {
    pub name: String,
    pub value: String,
}

/// An option that is not open, and the rule that closes it.
#[derive(Clone, Debug)]
pub struct Closed {
    pub what: String,
    pub why: String,
}

impl Closed {
    pub fn new(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { what: what.into(), why: why.into() }
    }
}

/// What is wrong with a field that was sent, as an instruction: "Give your reason in a sentence".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field's name; one that the form doesn't have, or none, means the form as a whole.
    pub field: String,
    pub text: String,
}

impl Fault {
    pub fn new(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self { field: field.into(), text: text.into() }
    }

    /// Of the form as a whole.
    pub fn whole(text: impl Into<String>) -> Self {
        Self::new("", text)
    }
}

/// A line of the summary on top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultLink {
    pub text: String,
    /// The id of what is to be mended.
    pub id: String,
}

/// A field with its label.
#[derive(Clone, Debug, Template)]
#[template(path = "console/field.html")]
pub struct Field {
    /// Set when a form takes the field in.
    pub id: String,
    pub name: String,
    pub label: String,
    pub hint: Option<String>,
    pub fault: Option<String>,
    pub width: Width,
    /// The answer, elsewhere in the form, that this field belongs to: it stands back until that
    /// is given. The style sheet knows the answers that can stand here.
    pub when: Option<&'static str>,
    pub control: Control,
}

/// More choices than this stand in two columns.
const MANY: usize = 7;

/// How much of the form's width a field takes on a wide screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    Full,
    Half,
    Third,
    Quarter,
    Sixth,
}

#[derive(Clone, Debug)]
pub enum Control {
    Line {
        value: String,
        kind: Kind,
        suggestions: Vec<String>,
    },
    /// Never shown again.
    Password {
        purpose: Secret,
    },
    Text {
        value: String,
    },
    /// A whole letter.
    Letter {
        value: String,
    },
    One {
        choices: Vec<Choice>,
    },
    Many {
        groups: Vec<Group>,
    },
    Select {
        groups: Vec<Group>,
    },
    Tick {
        ticked: bool,
    },
    Files,
}

/// What a line holds, for the keyboard of a phone and the browser's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Email,
    Date,
    Time,
    Number,
    /// Of an authenticator or for recovery.
    OneTimeCode,
    /// The e-mail address by which somebody signs in.
    Username,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    Current,
    New,
}

/// Choices under one heading; an empty heading for a plain list.
#[derive(Clone, Debug)]
pub struct Group {
    pub title: String,
    pub note: Option<String>,
    pub choices: Vec<Choice>,
}

impl Group {
    pub fn plain(choices: Vec<Choice>) -> Vec<Self> {
        vec![Self::new("", choices)]
    }

    pub fn new(title: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self { title: title.into(), note: None, choices }
    }

    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

#[derive(Clone, Debug)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub hint: Option<String>,
    /// What is to be known before choosing it: "source not checked".
    pub flag: Option<String>,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into(), hint: None, flag: None, chosen: false }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn flag(mut self, flag: impl Into<String>) -> Self {
        self.flag = Some(flag.into());
        self
    }

    pub fn chosen(mut self) -> Self {
        self.chosen = true;
        self
    }
}

impl Field {
    fn new(name: impl Into<String>, label: impl Into<String>, control: Control) -> Self {
        Self {
            id: String::new(),
            name: name.into(),
            label: label.into(),
            hint: None,
            fault: None,
            width: Width::Full,
            when: None,
            control,
        }
    }

    pub fn line(name: impl Into<String>, label: impl Into<String>, kind: Kind) -> Self {
        let control = Control::Line { value: String::new(), kind, suggestions: Vec::new() };
        Self::new(name, label, control)
    }

    pub fn password(name: impl Into<String>, label: impl Into<String>, purpose: Secret) -> Self {
        Self::new(name, label, Control::Password { purpose })
    }

    /// Several lines.
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Text { value: String::new() })
    }

    /// A whole letter, as it will be read.
    pub fn letter(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Letter { value: String::new() })
    }

    /// One of a few, all in sight.
    pub fn one(name: impl Into<String>, label: impl Into<String>, choices: Vec<Choice>) -> Self {
        Self::new(name, label, Control::One { choices })
    }

    /// Any number of them.
    pub fn many(name: impl Into<String>, label: impl Into<String>, groups: Vec<Group>) -> Self {
        Self::new(name, label, Control::Many { groups })
    }

    /// One of many, from a list that opens.
    pub fn select(name: impl Into<String>, label: impl Into<String>, groups: Vec<Group>) -> Self {
        Self::new(name, label, Control::Select { groups })
    }

    pub fn tick(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Tick { ticked: false })
    }

    pub fn files(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(name, label, Control::Files)
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn width(mut self, width: Width) -> Self {
        self.width = width;
        self
    }

    /// Lets it stand back until another field of the form has this answer.
    pub fn when(mut self, answer: &'static str) -> Self {
        self.when = Some(answer);
        self
    }

    /// What a line offers; anything else can be typed too.
    pub fn suggestions(mut self, offered: Vec<String>) -> Self {
        if let Control::Line { suggestions, .. } = &mut self.control {
            *suggestions = offered;
        }
        self
    }

    /// What stands in it: a text, or the value of what is chosen.
    pub fn value(mut self, text: &str) -> Self {
        self.keep(&[text]);
        self
    }

    /// Puts back what was sent under its name.
    fn keep(&mut self, sent: &[&str]) {
        let first = sent.first().copied().unwrap_or_default();
        let choose = |choice: &mut Choice| choice.chosen = sent.contains(&choice.value.as_str());
        match &mut self.control {
            // It was used, and works no second time.
            Control::Line { kind: Kind::OneTimeCode, .. } => {}
            Control::Line { value, .. } | Control::Text { value } | Control::Letter { value } => {
                first.clone_into(value);
            }
            Control::One { choices } => choices.iter_mut().for_each(choose),
            Control::Many { groups } | Control::Select { groups } => {
                groups.iter_mut().flat_map(|group| &mut group.choices).for_each(choose);
            }
            Control::Tick { ticked } => *ticked = !sent.is_empty(),
            Control::Password { .. } | Control::Files => {}
        }
    }

    /// What was sent under its name, in the words that a person saw; `None` where that is
    /// nothing, or a secret.
    fn told(&self, sent: &[&str]) -> Option<String> {
        let words = |choices: &mut dyn Iterator<Item = &Choice>| {
            let known: Vec<_> = choices.collect();
            let word = |value: &&str| {
                let choice = known.iter().find(|choice| choice.value == *value);
                choice.map_or_else(|| (*value).to_owned(), |choice| choice.label.clone())
            };
            sent.iter().map(word).collect::<Vec<_>>().join("; ")
        };
        let told = match &self.control {
            Control::Line { kind: Kind::OneTimeCode, .. }
            | Control::Password { .. }
            | Control::Files => return None,
            Control::Line { .. } | Control::Text { .. } | Control::Letter { .. } => sent.join("; "),
            Control::One { choices } => words(&mut choices.iter()),
            Control::Many { groups } | Control::Select { groups } => {
                words(&mut groups.iter().flat_map(|group| &group.choices))
            }
            Control::Tick { .. } => "yes".to_owned(),
        };
        let is_empty = sent.iter().all(|text| text.trim().is_empty());
        (!is_empty).then_some(told)
    }

    /// Its classes of the style sheet. What is wrong with it is always in sight.
    fn class(&self) -> String {
        let width = self.width.class();
        match (self.when, &self.fault) {
            (_, Some(_)) => format!("{width} fe"),
            (Some(answer), None) => format!("{width} when-{answer}"),
            (None, None) => width.to_owned(),
        }
    }

    /// How its choices are laid out: two short ones in a line, many in two columns.
    fn columns(&self) -> &'static str {
        match &self.control {
            Control::One { choices } if choices.len() > MANY => " two",
            Control::One { choices } if choices.len() == 2 => {
                let plain = choices.iter().all(|choice| choice.hint.is_none());
                if plain { " flat" } else { "" }
            }
            Control::One { .. }
            | Control::Line { .. }
            | Control::Password { .. }
            | Control::Text { .. }
            | Control::Letter { .. }
            | Control::Many { .. }
            | Control::Select { .. }
            | Control::Tick { .. }
            | Control::Files => "",
        }
    }

    /// The ids of what describes it, for `aria-describedby`; empty where nothing does.
    fn described(&self) -> String {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id));
        let fault = self.fault.as_ref().map(|_| format!("{}-error", self.id));
        hint.into_iter().chain(fault).collect::<Vec<_>>().join(" ")
    }
}

impl Kind {
    /// A class of the style sheet: how wide a line is by what it holds.
    fn class(self) -> &'static str {
        match self {
            Self::Date | Self::Time => " date",
            Self::Number => " number",
            Self::OneTimeCode => " code",
            Self::Text | Self::Email | Self::Username => "",
        }
    }

    /// The attributes that differ from kind to kind.
    fn attributes(self) -> &'static str {
        match self {
            Self::Text => r#"type="text" autocomplete="off""#,
            Self::Email => r#"type="email" autocomplete="off" spellcheck="false""#,
            Self::Date => r#"type="date" autocomplete="off""#,
            Self::Time => r#"type="time" autocomplete="off""#,
            Self::Number => r#"type="text" inputmode="numeric" autocomplete="off""#,
            Self::OneTimeCode => {
                r#"type="text" inputmode="text" autocomplete="one-time-code" spellcheck="false""#
            }
            Self::Username => r#"type="email" autocomplete="username" spellcheck="false""#,
        }
    }
}

impl Secret {
    fn autocomplete(self) -> &'static str {
        match self {
            Self::Current => "current-password",
            Self::New => "new-password",
        }
    }
}

impl Width {
    fn class(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Half => "half",
            Self::Third => "third",
            Self::Quarter => "quarter",
            Self::Sixth => "sixth",
        }
    }
}

impl Form {
    pub fn new(
        id: impl Into<String>,
        action: impl Into<String>,
        button: impl Into<String>,
    ) -> Self {
        Self {
            id: id.into(),
            action: action.into(),
            parts: Vec::new(),
            hidden: Vec::new(),
            closed: Vec::new(),
            whole: Vec::new(),
            button: button.into(),
            undone: None,
            weight: Weight::Quiet,
            encoding: Encoding::Urlencoded,
        }
    }

    /// Adds a field to the last part.
    pub fn field(mut self, mut field: Field) -> Self {
        field.id = format!("{}-{}", self.id, field.name);
        if self.parts.is_empty() {
            self.parts.push(Part::default());
        }
        if let Some(part) = self.parts.last_mut() {
            part.fields.push(field);
        }
        self
    }

    /// Begins a part; `note` may be empty.
    pub fn part(mut self, title: impl Into<String>, note: impl Into<String>) -> Self {
        self.parts.push(Part { title: title.into(), note: note.into(), fields: Vec::new() });
        self
    }

    pub fn hidden(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hidden.push(Hidden { name: name.into(), value: value.into() });
        self
    }

    pub fn closed(mut self, closed: Vec<Closed>) -> Self {
        self.closed = closed;
        self
    }

    pub fn undone(mut self, sentence: impl Into<String>) -> Self {
        self.undone = Some(sentence.into());
        self
    }

    /// Makes its button the page's filled one.
    pub fn main(mut self) -> Self {
        self.weight = Weight::Main;
        self
    }

    pub fn multipart(mut self) -> Self {
        self.encoding = Encoding::Multipart;
        self
    }

    /// Puts back what was sent, as name and value in order. Passwords and files are not kept.
    pub fn keep(mut self, sent: &[(String, String)]) -> Self {
        for field in self.parts.iter_mut().flat_map(|part| &mut part.fields) {
            let of_field: Vec<&str> = sent
                .iter()
                .filter(|(name, _)| *name == field.name)
                .map(|(_, value)| value.as_str())
                .collect();
            field.keep(&of_field);
        }
        self
    }

    /// What was sent with it, under the labels of its fields.
    pub fn told(&self, sent: &[(String, String)]) -> Vec<Fact> {
        let mut told = Vec::new();
        for part in &self.parts {
            for field in &part.fields {
                let of_field: Vec<&str> = sent
                    .iter()
                    .filter(|(name, _)| *name == field.name)
                    .map(|(_, value)| value.as_str())
                    .collect();
                let term = match part.title.as_str() {
                    "" => field.label.clone(),
                    title => format!("{title}: {}", field.label),
                };
                told.extend(field.told(&of_field).map(|text| Fact::new(term, text)));
            }
        }
        told
    }

    /// Says at each field what is wrong with it.
    pub fn faulted(mut self, faults: &[Fault]) -> Self {
        for fault in faults {
            let place = self
                .parts
                .iter_mut()
                .flat_map(|part| &mut part.fields)
                .find(|field| field.name == fault.field && field.fault.is_none());
            match place {
                Some(field) => field.fault = Some(fault.text.clone()),
                None => self.whole.push(fault.text.clone()),
            }
        }
        self
    }

    pub fn faults(&self) -> Vec<FaultLink> {
        let whole =
            self.whole.iter().map(|text| FaultLink { text: text.clone(), id: self.id.clone() });
        let fields = self.parts.iter().flat_map(|part| &part.fields).filter_map(|field| {
            field.fault.clone().map(|text| FaultLink { text, id: field.id.clone() })
        });
        whole.chain(fields).collect()
    }

    pub fn is_faulty(&self) -> bool {
        !self.faults().is_empty()
    }
}

/// Their templates escape every text.
impl HtmlSafe for Form {}
impl HtmlSafe for Field {}
