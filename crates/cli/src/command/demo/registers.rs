//! By what the authorities of the demo's week are known: numbers and domains that intake found
//! before their letters came.
//!
//! No number is anybody's: +999 is a country code that ITU-T E.164 leaves free, and +1 202 555 01xx
//! is kept for invented people.

use anyhow::Context;
use app::{EnteredAs, EnteredContact};
use domain::authority::{ContactKind, ContactSource};
use domain::country::Country;

/// A number or a domain.
pub(super) struct Known {
    country: &'static str,
    pub(super) authority: &'static str,
    kind: ContactKind,
    value: &'static str,
    entered_as: EnteredAs,
    note: &'static str,
}

impl Known {
    pub(super) fn country(&self) -> anyhow::Result<Country> {
        Country::from_code(self.country).context("no country has this code")
    }

    pub(super) fn entered(&self) -> EnteredContact {
        let Self { kind, value, entered_as, note, .. } = self;
        EnteredContact {
            kind: *kind,
            value: (*value).to_owned(),
            entered_as: *entered_as,
            note: (*note).to_owned(),
        }
    }
}

const fn number(
    country: &'static str,
    authority: &'static str,
    value: &'static str,
    (source, note): (ContactSource, &'static str),
) -> Known {
    let kind = ContactKind::Telephone;
    Known { country, authority, kind, value, entered_as: EnteredAs::Official(source), note }
}

const DIRECTORY: (ContactSource, &str) = (
    ContactSource::PublicDirectory,
    "Example directory of courts and offices, edition of this year.",
);
const SITE: (ContactSource, &str) =
    (ContactSource::OfficialSite, "The page “How to reach us”, read on the day of the entry.");

pub(super) const SHERIFF: &str = "Example County Sheriff";

/// Entered before the first letter.
pub(super) const KNOWN: [Known; 15] = [
    number("FR", "Bureau of Samples, Port Sample", "+999 1 5550101", DIRECTORY),
    number("DE", "Office of Examples, Musterstadt", "+999 2 5550102", DIRECTORY),
    number("GB", "Placeholder Constabulary", "+999 3 5550103", SITE),
    number("IT", "Public Prosecutor of Placeholder Town", "+999 4 5550104", DIRECTORY),
    number("US", SHERIFF, "+1 202 555 0143", SITE),
    number("US", "Specimen Bureau of Inquiry", "+1 202 555 0144", DIRECTORY),
    number("ES", "Examining Court of Villa Muestra", "+999 5 5550105", DIRECTORY),
    number("PL", "Prosecutor of Przykładowo", "+999 6 5550106", DIRECTORY),
    number(
        "CH",
        "Cantonal Court of Beispielwil",
        "+999 7 5550107",
        (ContactSource::Gazette, "Example gazette, notice on the courts."),
    ),
    number("NL", "Voorbeeldstad Prosecution Desk", "+999 8 5550108", SITE),
    number(
        "SG",
        "Sample Cyber Desk",
        "+999 9 5550109",
        (ContactSource::InPerson, "Handed over at the Example Summit by two of the desk."),
    ),
    number("BR", "Civil Inquiry Desk of Cidade Exemplo", "+999 9 5550110", DIRECTORY),
    domain("FR", "Bureau of Samples, Port Sample", "samples.example"),
    domain("US", SHERIFF, "sheriff.example"),
    domain("US", "Specimen Bureau of Inquiry", "specimen-bureau.example"),
];

const fn domain(country: &'static str, authority: &'static str, value: &'static str) -> Known {
    let kind = ContactKind::MailDomain;
    let (source, note) = SITE;
    Known { country, authority, kind, value, entered_as: EnteredAs::Official(source), note }
}

/// The number in the forged letter.
pub(super) const FORGERS: Known = Known {
    country: "US",
    authority: SHERIFF,
    kind: ContactKind::Telephone,
    value: "+1 202 555 0100",
    entered_as: EnteredAs::KnownBad,
    note: "Given in a forged emergency request; whoever answers there says what is wanted.",
};
