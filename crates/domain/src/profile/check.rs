//! From what files say to profiles, or to everything that is wrong with them.

use std::collections::{BTreeSet, HashMap};
use std::fmt;

use super::{
    Countries, Deadline, Duty, EU_MEMBERS, Element, Follows, InstrumentLaw, Jurisdiction, Profile,
    Source, Written, aspect_code, aspect_of, rule_of, written,
};
use crate::category::{Demand, DemandClass, DemandSet, UnknownCode, find};
use crate::country::Country;
use crate::id::Sha256Hash;
use crate::instrument::{Instrument, RuleId};
use crate::request::Aspect;

/// How much of a text of the file a message shows, in characters.
const SHOWN_MAX: usize = 60;

/// One thing that is wrong with a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The place of the profile among those that were given, from 0.
    pub profile: usize,
    /// The way to it in the file. The last step may not be there, where something is missing.
    pub path: Vec<Step>,
    /// Names the instrument and the element.
    pub what: String,
    pub mend: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.mend)
    }
}

/// One step into a file: to a key of a table, or to a place in a list, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Key(&'static str),
    At(usize),
}

/// Where a check is: in which profile, where in its file, and what a person calls the place.
#[derive(Clone)]
pub(super) struct Place {
    profile: usize,
    path: Vec<Step>,
    name: String,
}

impl Place {
    /// A table in it.
    pub(super) fn table(&self, key: &'static str) -> Self {
        let mut place = self.clone();
        place.path.push(Step::Key(key));
        place.name.push_str(&format!(", {key}"));
        place
    }

    fn inside(&self, list: &'static str, at: usize, name: &str) -> Self {
        let mut place = self.clone();
        place.path.extend([Step::Key(list), Step::At(at)]);
        place.name.push_str(name);
        place
    }
}

/// The text of a file as a message shows it.
fn shown(text: &str) -> String {
    let short: String = text.chars().take(SHOWN_MAX).flat_map(char::escape_debug).collect();
    match text.chars().nth(SHOWN_MAX) {
        Some(_) => format!("`{short}…`"),
        None => format!("`{short}`"),
    }
}

/// The code of something, or its place where it has none.
fn called(what: &str, code: &str, at: usize) -> String {
    match code {
        "" => format!("{what} {}", at + 1),
        code => format!("{what} {}", shown(code)),
    }
}

pub(super) fn check(
    written: &[Written],
    sha256: &dyn Fn(&[u8]) -> Sha256Hash,
) -> Result<Vec<Profile>, Vec<Fault>> {
    let mut check = Check { sha256, instruments: HashMap::new(), faults: Vec::new() };
    let mut profiles = Vec::new();
    for (at, profile) in written.iter().enumerate() {
        let place =
            Place { profile: at, path: Vec::new(), name: called("profile", &profile.code, at) };
        // What it holds would be told as standing twice, too.
        if written[..at].iter().any(|other| other.code == profile.code) {
            check.fault(&place, "code", "another has this code", "leave one file with it");
            continue;
        }
        profiles.extend(check.profile(&place, profile));
    }
    if check.faults.is_empty() { Ok(profiles) } else { Err(check.faults) }
}

pub(super) struct Check<'a> {
    sha256: &'a dyn Fn(&[u8]) -> Sha256Hash,
    /// The profile of each instrument.
    instruments: HashMap<String, String>,
    faults: Vec<Fault>,
}

/// Each part is `None` where it has a fault; the rest is checked all the same.
impl Check<'_> {
    pub(super) fn fault(
        &mut self,
        place: &Place,
        key: &'static str,
        what: &str,
        mend: impl Into<String>,
    ) {
        let mut path = place.path.clone();
        path.push(Step::Key(key));
        let what = format!("{}: {what}", place.name);
        self.faults.push(Fault { profile: place.profile, path, what, mend: mend.into() });
    }

    fn profile(&mut self, place: &Place, written: &Written) -> Option<Profile> {
        let code = match Jurisdiction::new(&written.code) {
            Ok(code) => Some(code),
            Err(error) => {
                self.fault(place, "code", &error.to_string(), "write one such as `eu`");
                None
            }
        };
        let name = self.line(place, "name", &written.name);
        let mut notes = Vec::new();
        for note in &written.notes {
            notes.extend(self.line(place, "notes", note));
        }
        if written.instrument.is_empty() {
            let mend = "describe at least one in a table `[[instrument]]`";
            self.fault(place, "instrument", "it holds no instrument", mend);
        }
        let mut instruments = Vec::new();
        for (at, instrument) in written.instrument.iter().enumerate() {
            let name = format!(", {}", called("instrument", &instrument.code, at));
            let place = place.inside("instrument", at, &name);
            if !instrument.code.is_empty() {
                self.once(&place, &written.code, &instrument.code);
            }
            instruments.extend(self.instrument(&place, instrument));
        }
        Some(Profile { code: code?, name: name?, notes, instruments })
    }

    fn instrument(
        &mut self,
        place: &Place,
        written: &written::Instrument,
    ) -> Option<InstrumentLaw> {
        let code = self.instrument_code(place, &written.code);
        let label = self.line(place, "label", &written.label);
        let description = self.line(place, "description", &written.description);
        let countries = self.countries(place, &written.countries);
        let demands = written.demands.as_deref().map(|demands| self.demands(place, demands));
        let preserve = written.preserve_on_receipt.as_ref().map(|duty| self.duty(place, duty));
        let mut deadlines: Vec<Deadline> = Vec::new();
        for (at, written) in written.deadline.iter().enumerate() {
            let name = format!(", {}", called("deadline", &written.kind, at));
            let place = place.inside("deadline", at, &name);
            let Some(deadline) = self.deadline(&place, written) else { continue };
            if deadlines.iter().any(|other| other.kind == deadline.kind) {
                let mend = "leave one of them";
                self.fault(&place, "kind", "a deadline of this kind stands above", mend);
            }
            deadlines.push(deadline);
        }
        let mut elements = Vec::new();
        for (at, element) in written.element.iter().enumerate() {
            let name = format!(", {}", called("element", &element.code, at));
            let place = place.inside("element", at, &name);
            let is_code = |other: &written::Element| other.code == element.code;
            if !element.code.is_empty() && written.element[..at].iter().any(is_code) {
                let mend = "give one of them another code, or take it out";
                self.fault(&place, "code", "an element with this code stands above", mend);
            }
            elements.extend(self.element(&place, code.as_ref(), element));
        }
        for aspect in Aspect::ALL.map(aspect_code) {
            if !written.element.iter().any(|element| element.aspect == aspect) {
                let what = format!("no element is about the {aspect}, so no finding could be");
                let mend = format!("add one with aspect = \"{aspect}\"");
                self.fault(place, "code", &what, mend);
            }
        }
        self.hash(&mut elements);
        Some(InstrumentLaw {
            code: code?,
            label: label?,
            description: description?,
            countries: countries?,
            demands: demands.map_or(Some(None), |demands| demands.map(Some))?,
            preserve_on_receipt: preserve.map_or(Some(None), |duty| duty.map(Some))?,
            deadlines,
            elements,
        })
    }

    /// An instrument's code, of which the rules of all aspects can be made.
    fn instrument_code(&mut self, place: &Place, text: &str) -> Option<Instrument> {
        let code = match Instrument::new(text) {
            Ok(code) if !text.contains('.') => code,
            Ok(_) => {
                let mend = "write `_` in place of it: the dot leads to the instrument's elements";
                self.fault(place, "code", "there is a dot in its code", mend);
                return None;
            }
            Err(error) => {
                let mend = "write one such as `eu_production_order`";
                self.fault(place, "code", &error.to_string(), mend);
                return None;
            }
        };
        if Aspect::ALL.into_iter().any(|aspect| rule_of(&code, aspect).is_err()) {
            let mend =
                "shorten it to 29: the codes of its rules, such as `CODE.instrument`, have 40";
            self.fault(place, "code", &format!("its code has {} letters", text.len()), mend);
            return None;
        }
        Some(code)
    }

    fn countries(&mut self, place: &Place, written: &[String]) -> Option<Countries> {
        const MEND: &str = "write [\"any\"], or a list of codes such as \"DE\", in which \"eu\" \
                            stands for all Member States of the European Union";
        if written == ["any"] {
            return Some(Countries::Any);
        }
        if written.is_empty() {
            self.fault(place, "countries", "it is said of no country", MEND);
            return None;
        }
        let mut countries = BTreeSet::new();
        for text in written {
            match (text.as_str(), Country::from_code(text)) {
                ("eu", _) => {
                    countries.extend(EU_MEMBERS.iter().filter_map(|c| Country::from_code(c)))
                }
                (_, Some(country)) => {
                    countries.insert(country);
                }
                (_, None) => {
                    let what = format!("{} is no country's code", shown(text));
                    self.fault(place, "countries", &what, MEND);
                }
            }
        }
        Some(Countries::Of(countries))
    }

    fn duty(&mut self, place: &Place, written: &written::Duty) -> Option<Duty> {
        let place = place.table("preserve_on_receipt");
        let citation = self.line(&place, "citation", &written.citation);
        let source = self.source(&place, &written.source);
        Some(Duty { citation: citation?, source: source? })
    }

    fn demands(&mut self, place: &Place, written: &[String]) -> Option<DemandSet> {
        let mut demands = DemandSet::default();
        if written.is_empty() {
            let mend = "name what it carries, or leave `demands` out where the law does not say it";
            self.fault(place, "demands", "it carries nothing", mend);
        }
        for text in written {
            match text.parse::<Demand>() {
                Ok(demand) if demand.class() == DemandClass::Prohibited => {
                    let what = format!("{} is a prohibited demand", shown(text));
                    let mend = "take it out: no instrument makes it one that can be met";
                    self.fault(place, "demands", &what, mend);
                }
                Ok(demand) => demands.insert(demand),
                Err(error) => {
                    let what = format!("{} is no demand", shown(text));
                    self.fault(place, "demands", &what, one_of(&error));
                }
            }
        }
        Some(demands)
    }

    fn element(
        &mut self,
        place: &Place,
        of: Option<&Instrument>,
        written: &written::Element,
    ) -> Option<Element> {
        let code = of.and_then(|of| self.element_code(place, of, &written.code));
        let aspect = self.known(place, "aspect", aspect_of(&written.aspect));
        let text = self.line(place, "text", &written.text);
        let citation = self.line(place, "citation", &written.citation);
        let source = self.source(place, &written.source);
        let follows = if written.may_follow { Follows::Later } else { Follows::AtOnce };
        if let (Some(Aspect::Officer | Aspect::Scope), Follows::Later) = (aspect, follows) {
            let what = "only what makes the instrument valid may follow";
            self.fault(place, "may_follow", what, "take the line out, or change the aspect");
        }
        Some(Element {
            code: code?,
            instrument: of?.clone(),
            aspect: aspect?,
            text: text?,
            citation: citation?,
            source: source?,
            follows,
            sha256: Sha256Hash([0; 32]),
        })
    }

    fn element_code(&mut self, place: &Place, of: &Instrument, text: &str) -> Option<RuleId> {
        let name = text.strip_prefix(of.as_str()).and_then(|rest| rest.strip_prefix('.'));
        let Some(name) = name.filter(|name| !name.is_empty() && !name.contains('.')) else {
            let what = "its code is not the instrument's, a dot and a name without dots";
            self.fault(place, "code", what, format!("write one such as `{of}.legal_basis`"));
            return None;
        };
        if aspect_of(name).is_ok() {
            let what = "its code is that of a whole rule, which findings cite";
            self.fault(place, "code", what, "give it another name after the dot");
            return None;
        }
        match RuleId::new(text) {
            Ok(code) => Some(code),
            Err(error) => {
                let mend =
                    format!("shorten or correct it: it has {} letters", text.chars().count());
                self.fault(place, "code", &error.to_string(), mend);
                None
            }
        }
    }

    pub(super) fn source(&mut self, place: &Place, text: &str) -> Option<Source> {
        self.known(place, "source", find(&Source::ALL, Source::code, text))
    }

    pub(super) fn known<T>(
        &mut self,
        place: &Place,
        key: &'static str,
        found: Result<T, UnknownCode>,
    ) -> Option<T> {
        found
            .map_err(|error| {
                let what = match error.given.as_str() {
                    "" => format!("`{key}` is missing"),
                    given => format!("{} is unknown as `{key}`", shown(given)),
                };
                self.fault(place, key, &what, one_of(&error));
            })
            .ok()
    }

    /// A text that people read: one line, not empty.
    pub(super) fn line(&mut self, place: &Place, key: &'static str, text: &str) -> Option<String> {
        if text.trim().is_empty() {
            self.fault(place, key, &format!("`{key}` is empty"), "write it");
            return None;
        }
        if text.trim() != text || text.chars().any(char::is_control) {
            let what = format!("`{key}` has line breaks, or spaces around it");
            self.fault(place, key, &what, "write it in one line without them");
            return None;
        }
        Some(text.to_owned())
    }

    /// An instrument stands once in all profiles.
    fn once(&mut self, place: &Place, profile: &str, code: &str) {
        let Some(first) = self.instruments.get(code) else {
            self.instruments.insert(code.to_owned(), profile.to_owned());
            return;
        };
        let what = format!("the profile {} has an instrument with this code", shown(first));
        let mend = "give one of them another code, or take it out";
        self.fault(place, "code", &what, mend);
    }

    /// An element is confirmed as one of its rule's: where one is added or taken away, the rule is
    /// another, so the codes of all are in the hash of each.
    fn hash(&self, elements: &mut [Element]) {
        for aspect in Aspect::ALL {
            let of_rule = elements.iter().filter(|element| element.aspect == aspect);
            let codes: BTreeSet<_> = of_rule.map(|element| element.code.clone()).collect();
            for element in elements.iter_mut().filter(|element| element.aspect == aspect) {
                element.sha256 = (self.sha256)(&canonical(element, &codes));
            }
        }
    }
}

fn one_of(error: &UnknownCode) -> String {
    format!("write one of {}", error.known.join(", "))
}

/// Everything in an element that means something, as bytes that no other element has: each field
/// after its length, 8 bytes, big-endian. `docs/profiles.md` tells it to whoever hashes elsewhere.
fn canonical(element: &Element, codes_of_rule: &BTreeSet<RuleId>) -> Vec<u8> {
    let fields = [
        "candor element 1",
        element.instrument.as_str(),
        element.code.as_str(),
        aspect_code(element.aspect),
        &element.text,
        &element.citation,
        element.source.code(),
    ];
    let follows = match element.follows {
        Follows::AtOnce => None,
        Follows::Later => Some("may_follow"),
    };
    let codes = codes_of_rule.iter().map(RuleId::as_str);
    let mut bytes = Vec::new();
    for field in fields.into_iter().chain(follows).chain(codes) {
        bytes.extend((field.len() as u64).to_be_bytes());
        bytes.extend(field.as_bytes());
    }
    bytes
}
