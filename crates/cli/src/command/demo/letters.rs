//! What arrives in the demo's week: letters of authorities that don't exist.
//!
//! The countries are real, since a report counts by them. No authority, place, officer, address or
//! reference is.

use anyhow::Context;
use app::{Letter, LetterFile, Registering};
use domain::category::{Category, Demand};
use domain::country::Country;
use domain::fact::Urgency;
use domain::instrument::Instrument;
use domain::submission::Channel;
use jiff::ToSpan;
use jiff::civil::Date;

/// A letter, by the reference of its sender.
pub(super) struct Sent {
    pub(super) reference: &'static str,
    channel: Channel,
    sender: &'static str,
    summary: &'static str,
    text: &'static str,
    /// An order that came with it.
    order: Option<&'static str>,
    /// What a forger hopes that somebody opens.
    lure: Option<&'static str>,
}

const SENT: Sent = Sent {
    reference: "",
    channel: Channel::Letter,
    sender: "",
    summary: "",
    text: "",
    order: None,
    lure: None,
};

const INVENTED: &str = "AN INVENTED EXAMPLE, made by `candor demo`. No authority sent this, and \
     nobody and nothing in it is real.\n\n";

impl Sent {
    pub(super) fn letter(&self, received_on: Date) -> Letter {
        let Self { reference, channel, sender, summary, text, order, lure } = self;
        let letter = format!(
            "{INVENTED}{sender}\nOur reference: {reference}\nReceived: {received_on}\n\nTo Example \
             publisher\n\n{text}\n"
        );
        let mut files = vec![LetterFile { name: "letter.txt".to_owned(), bytes: letter.into() }];
        files.extend(order.map(|order| LetterFile {
            name: "order.txt".to_owned(),
            bytes: format!("{INVENTED}{order}\n").into(),
        }));
        files.extend(lure.map(|lure| LetterFile {
            name: "emergency-form.pdf".to_owned(),
            bytes: format!("{INVENTED}{lure}\n").into(),
        }));
        Letter {
            channel: *channel,
            received_on,
            reference: Some((*reference).to_owned()),
            sender: (*sender).to_owned(),
            summary: (*summary).to_owned(),
            files,
            secret: None,
        }
    }
}

/// A request that intake finds in a letter.
pub(super) struct Wanted {
    category: Category,
    demands: &'static [Demand],
    country: &'static str,
    authority: &'static str,
    officer: &'static str,
    contact: &'static str,
    instrument: &'static str,
    reference: &'static str,
    /// Days from the order to its registration.
    issued_days_before: Option<i64>,
    urgency: Urgency,
    accounts: Option<u32>,
    /// Where the order sets a time of its own.
    due_in_days: Option<i64>,
    summary: &'static str,
}

const USER_DATA: Wanted = Wanted {
    category: Category::UserData,
    demands: &[Demand::Registration],
    country: "FR",
    authority: "",
    officer: "",
    contact: "",
    instrument: "eu_production_order",
    reference: "",
    issued_days_before: Some(2),
    urgency: Urgency::Ordinary,
    accounts: Some(1),
    due_in_days: None,
    summary: "",
};

const TECHNICAL: Wanted = Wanted {
    category: Category::TechnicalExpertise,
    instrument: "none",
    issued_days_before: None,
    accounts: None,
    ..USER_DATA
};

impl Wanted {
    pub(super) fn registering(&self, today: Date) -> anyhow::Result<Registering> {
        let issued_on = self.issued_days_before.map(|days| today.checked_sub(days.days()));
        let due_on = self.due_in_days.map(|days| today.checked_add(days.days()));
        Ok(Registering {
            category: self.category,
            demands: self.demands.iter().copied().collect(),
            country: Country::from_code(self.country).context("no country has this code")?,
            authority: self.authority.to_owned(),
            officer: self.officer.to_owned(),
            officer_contact: self.contact.to_owned(),
            instrument: Instrument::new(self.instrument)?,
            instrument_reference: self.reference.to_owned(),
            issued_on: issued_on.transpose()?,
            urgency: self.urgency,
            accounts_specified: self.accounts,
            due_on: due_on.transpose()?,
            received_time: None,
            summary: self.summary.to_owned(),
            seen: 0,
        })
    }
}

const FRENCH_ORDER_TEXT: &str = "PRODUCTION ORDER PO-77\n\nThe Bureau of Samples orders Example \
     publisher to hand over the registration data of the accounts 0001, 0002 and 0003.";

pub(super) const FRENCH: Sent = Sent {
    reference: "BS 77",
    sender: "Bureau of Samples, Port Sample",
    summary: "A production order about three accounts.",
    text: "Please find enclosed our order PO-77. It concerns three accounts.",
    order: Some(FRENCH_ORDER_TEXT),
    ..SENT
};
pub(super) const FRENCH_WANTS: Wanted = Wanted {
    authority: "Bureau of Samples, Port Sample",
    officer: "T. Placeholder",
    contact: "t.placeholder@samples.example",
    reference: "PO-77",
    accounts: Some(3),
    summary: "Wants to know who registered three accounts from which samples were sold.",
    ..USER_DATA
};

/// The same order once more, by e-mail.
pub(super) const FRENCH_AGAIN: Sent = Sent {
    reference: "BS 77, reminder",
    channel: Channel::Mail,
    summary: "The production order about three accounts once more, by e-mail.",
    text: "We sent you our order PO-77 and have no record of an answer. It is enclosed again.",
    ..FRENCH
};
pub(super) const FRENCH_AGAIN_WANTS: Wanted = Wanted {
    issued_days_before: Some(9),
    summary: "Sends the order PO-77 again, and asks where the answer is.",
    ..FRENCH_WANTS
};

/// One letter, two categories.
pub(super) const GERMAN: Sent = Sent {
    reference: "OE-310",
    sender: "Office of Examples, Musterstadt",
    summary: "An order about two accounts, and questions about a program that encrypts files.",
    text: "1. We enclose our order OE-310/a about two accounts.\n2. Apart from that we ask for what \
           your analysts know of the program “Mustercrypt”.",
    order: Some(
        "PRODUCTION ORDER OE-310/a\n\nTo be handed over of the accounts 0101 and 0102: who \
         registered them, when they signed in, and what they stored.",
    ),
    ..SENT
};
pub(super) const GERMAN_WANTS_DATA: Wanted = Wanted {
    demands: &[Demand::Registration, Demand::Connection, Demand::Content],
    country: "DE",
    authority: "Office of Examples, Musterstadt",
    officer: "A. Platzhalter",
    contact: "desk@examples-office.example",
    reference: "OE-310/a",
    accounts: Some(2),
    summary: "Wants registration, connection and content data of two accounts.",
    ..USER_DATA
};
pub(super) const GERMAN_WANTS_ADVICE: Wanted = Wanted {
    demands: &[Demand::Indicators, Demand::ModusOperandi],
    country: "DE",
    authority: "Office of Examples, Musterstadt",
    officer: "A. Platzhalter",
    contact: "desk@examples-office.example",
    reference: "OE-310/b",
    summary: "Asks by what the program “Mustercrypt” is known and how it goes about its work.",
    ..TECHNICAL
};

/// Nobody can say who served it, and its time is over.
pub(super) const BRITISH: Sent = Sent {
    reference: "PC/9/41",
    sender: "Placeholder Constabulary",
    summary: "An overseas production order about four accounts.",
    text: "An overseas production order is enclosed. We look forward to your answer in seven days.",
    order: Some("OVERSEAS PRODUCTION ORDER 9/41\n\nFour accounts: registration and connections."),
    ..SENT
};
pub(super) const BRITISH_WANTS: Wanted = Wanted {
    demands: &[Demand::Registration, Demand::Connection],
    country: "GB",
    authority: "Placeholder Constabulary",
    officer: "C. Specimen",
    contact: "c.specimen@constabulary.example",
    instrument: "uk_overseas_order",
    reference: "9/41",
    issued_days_before: Some(12),
    accounts: Some(4),
    summary: "Wants registration and connection data of four accounts.",
    ..USER_DATA
};

/// User data and, in the same breath, what can only be declined.
pub(super) const ITALIAN: Sent = Sent {
    reference: "PPS 1203",
    sender: "Public Prosecutor of Placeholder Town",
    summary: "An order about two accounts, with a demand for the keys of their storage.",
    text: "Our order 1203 is enclosed. Beside the data we demand the keys by which your product \
           encrypts the storage of these users.",
    order: Some("PRODUCTION ORDER 1203\n\nTwo accounts: registration and licences."),
    ..SENT
};
pub(super) const ITALIAN_WANTS: Wanted = Wanted {
    demands: &[Demand::Registration, Demand::Licence, Demand::EncryptionKeys],
    country: "IT",
    authority: "Public Prosecutor of Placeholder Town",
    officer: "S. Campione",
    contact: "s.campione@prosecutor.example",
    reference: "1203",
    accounts: Some(2),
    summary: "Wants registration and licence data of two accounts, and the keys to their storage.",
    ..USER_DATA
};

/// The mail comes from the right domain. The number in it is not the sheriff's.
pub(super) const FORGED: Sent = Sent {
    reference: "URGENT 0001",
    channel: Channel::Mail,
    sender: "Example County Sheriff, “emergency desk”",
    summary: "Says that a life is in danger, and wants an answer within the hour.",
    text: "LIFE IN DANGER. We need the address of the user of account 0401 within 60 minutes. The \
           paper follows. Call no other number than the one below. The form is attached.",
    lure: Some(LURE),
    ..SENT
};
/// A text under the name of a PDF: nothing in it could do harm.
pub(super) const LURE: &str = "This file is harmless. The scanner of the demo is made up, and takes it \
     for malware so that the page of a file in quarantine can be seen.";
pub(super) const FORGED_WANTS: Wanted = Wanted {
    demands: &[Demand::Registration, Demand::Connection],
    country: "US",
    authority: "Example County Sheriff",
    officer: "“Lt. J. Sample”",
    contact: "j.sample@sheriff.example, +1 202 555 0100",
    instrument: "us_emergency_disclosure",
    issued_days_before: None,
    urgency: Urgency::Emergency,
    summary: "Wants name, address and connections of one account within the hour, without paper.",
    ..USER_DATA
};

/// An emergency that is one: the statement follows on paper.
pub(super) const EMERGENCY: Sent = Sent {
    reference: "SBI 5-88",
    channel: Channel::Mail,
    sender: "Specimen Bureau of Inquiry, duty desk",
    summary: "Somebody has announced in a forum to harm themselves; asks who it may be.",
    text: "A user of account 0502 has announced to harm themselves tonight. We ask for what helps \
           to find them. Our written statement follows.",
    ..SENT
};
pub(super) const EMERGENCY_WANTS: Wanted = Wanted {
    demands: &[Demand::Registration, Demand::Connection],
    country: "US",
    authority: "Specimen Bureau of Inquiry",
    officer: "D. Dummy",
    contact: "duty@specimen-bureau.example",
    instrument: "us_emergency_disclosure",
    reference: "5-88",
    issued_days_before: None,
    urgency: Urgency::Emergency,
    summary: "Asks for registration and connection data of one account: a life is in danger.",
    ..USER_DATA
};

pub(super) const SPANISH_KEEP: Sent = Sent {
    reference: "EC 12/p",
    sender: "Examining Court of Villa Muestra",
    summary: "An order to keep the data of two accounts until an order to produce them comes.",
    text: "Please keep the data of the accounts 0601 and 0602. An order to produce them follows.",
    order: Some("PRESERVATION ORDER 12/p\n\nAccounts 0601 and 0602, for sixty days."),
    ..SENT
};
pub(super) const SPANISH_KEEP_WANTS: Wanted = Wanted {
    demands: &[Demand::Preservation],
    country: "ES",
    authority: "Examining Court of Villa Muestra",
    officer: "L. Fulano",
    contact: "registry@villa-muestra.example",
    instrument: "eu_preservation_order",
    reference: "12/p",
    accounts: Some(2),
    summary: "Wants the data of two accounts kept.",
    ..USER_DATA
};

pub(super) const SPANISH: Sent = Sent {
    reference: "EC 12/q",
    summary: "The order that was announced, about the two accounts whose data are kept.",
    text: "We refer to our order 12/p and enclose the order to produce.",
    order: Some("PRODUCTION ORDER 12/q\n\nAccounts 0601 and 0602: registration and licences."),
    ..SPANISH_KEEP
};
pub(super) const SPANISH_WANTS: Wanted = Wanted {
    demands: &[Demand::Registration, Demand::Licence],
    instrument: "eu_production_order",
    reference: "12/q",
    issued_days_before: Some(1),
    summary: "Wants registration and licence data of the two accounts whose data are kept.",
    ..SPANISH_KEEP_WANTS
};

pub(super) const POLISH: Sent = Sent {
    reference: "PR 640",
    sender: "Prosecutor of Przykładowo",
    summary: "An order to provide information on whoever uses a shared address.",
    text: "You are ordered to say who used the address 192.0.2.7 in spring.",
    order: Some("ORDER 640\n\nInformation on the users of 192.0.2.7, “in spring”."),
    ..SENT
};
pub(super) const POLISH_WANTS: Wanted = Wanted {
    demands: &[Demand::Registration],
    country: "PL",
    authority: "Prosecutor of Przykładowo",
    officer: "not named",
    instrument: "eu_dsa_order",
    reference: "640",
    accounts: None,
    due_in_days: Some(14),
    summary: "Wants to know who used one address “in spring”.",
    ..USER_DATA
};

pub(super) const SWISS: Sent = Sent {
    reference: "CC-2-19",
    sender: "Cantonal Court of Beispielwil",
    summary: "A court’s order about one account, which forbids for ever to tell its user.",
    text: "Enclosed is our order. The user may never be told of it.",
    order: Some("ORDER 2-19\n\nAccount 0801: registration and connections. Secret without end."),
    ..SENT
};
pub(super) const SWISS_WANTS: Wanted = Wanted {
    demands: &[Demand::Registration, Demand::Connection],
    country: "CH",
    authority: "Cantonal Court of Beispielwil",
    officer: "V. Vorlage",
    contact: "registry@beispielwil.example",
    instrument: "court_order",
    reference: "2-19",
    due_in_days: Some(20),
    summary: "Wants registration and connection data of one account, and silence for ever.",
    ..USER_DATA
};

pub(super) const DUTCH: Sent = Sent {
    reference: "VPD 0088",
    sender: "Voorbeeldstad Prosecution Desk",
    summary: "An order about a licence that was used in a fraud.",
    text: "Our order is enclosed. It concerns the licence ending in 0088.",
    order: Some("PRODUCTION ORDER 0088\n\nThe buyer of the licence ending in 0088."),
    ..SENT
};
pub(super) const DUTCH_WANTS: Wanted = Wanted {
    demands: &[Demand::Licence],
    country: "NL",
    authority: "Voorbeeldstad Prosecution Desk",
    officer: "B. Proefstuk",
    contact: "desk@voorbeeldstad.example",
    reference: "0088",
    summary: "Wants to know who bought one licence.",
    ..USER_DATA
};

pub(super) const AMERICAN: Sent = Sent {
    reference: "SDC-4410",
    sender: "Clerk of the Sample District Court",
    summary: "An order for the records of one account.",
    text: "Enclosed is an order of the court under 18 USC 2703(d).",
    order: Some(
        "ORDER 4410\n\nRecords other than contents of an account that the order leaves out.",
    ),
    ..SENT
};
pub(super) const AMERICAN_WANTS: Wanted = Wanted {
    demands: &[Demand::Registration, Demand::Connection],
    country: "US",
    authority: "Sample District Court",
    officer: "Q. Stand-In, clerk",
    contact: "clerk@sample-court.example",
    instrument: "us_2703d_order",
    reference: "4410",
    due_in_days: Some(14),
    summary: "Wants registration and connection data of one account, which it does not name.",
    ..USER_DATA
};

pub(super) const SINGAPORE: Sent = Sent {
    reference: "SCD/77/1",
    channel: Channel::Mail,
    sender: "Sample Cyber Desk",
    summary: "Asks what is known of a program that was found on the computers of a clinic.",
    text: "We found the enclosed names of files. Which indicators do you have, and what did your \
           analysts see in it?",
    ..SENT
};
pub(super) const SINGAPORE_WANTS: Wanted = Wanted {
    demands: &[Demand::Indicators, Demand::ReverseEngineering],
    country: "SG",
    authority: "Sample Cyber Desk",
    officer: "W. Contoh",
    contact: "w.contoh@cyberdesk.example",
    summary: "Asks for indicators of a program and for what its code does.",
    ..TECHNICAL
};

/// An instrument whose profile nobody has confirmed, and a question to the experts.
pub(super) const BRAZILIAN: Sent = Sent {
    reference: "CID 31/2",
    sender: "Civil Inquiry Desk of Cidade Exemplo",
    summary: "An order about one account, and a question how often a program was seen.",
    text: "We enclose our order 31. We also ask how often your products met “Exemplobot” this year.",
    order: Some("PRODUCTION ORDER 31\n\nAccount 1101: registration and licences."),
    ..SENT
};
pub(super) const BRAZILIAN_WANTS_DATA: Wanted = Wanted {
    demands: &[Demand::Registration, Demand::Licence],
    country: "BR",
    authority: "Civil Inquiry Desk of Cidade Exemplo",
    officer: "H. Beltrano",
    contact: "h.beltrano@inquiry-desk.example",
    instrument: "production_order",
    reference: "31",
    due_in_days: Some(15),
    summary: "Wants registration and licence data of one account.",
    ..USER_DATA
};
pub(super) const BRAZILIAN_WANTS_NUMBERS: Wanted = Wanted {
    demands: &[Demand::Statistics],
    country: "BR",
    authority: "Civil Inquiry Desk of Cidade Exemplo",
    officer: "H. Beltrano",
    contact: "h.beltrano@inquiry-desk.example",
    summary: "Asks how often “Exemplobot” was seen in the country.",
    ..TECHNICAL
};

pub(super) const ADVERTISING: Sent = Sent {
    reference: "Summit 0",
    channel: Channel::Mail,
    sender: "Example Summit Services",
    summary: "Offers a stand at a trade fair for those who answer authorities.",
    text: "Only this week: a stand at the Example Summit for half the price.",
    ..SENT
};

/// Nobody has registered these two yet.
pub(super) const AUSTRIAN: Sent = Sent {
    reference: "OP 15/3",
    channel: Channel::Mail,
    sender: "Office of Placeholders, Bad Muster",
    summary: "An order about one account, with a scan that is hard to read.",
    text: "Enclosed you find our order. Please confirm that you have it.",
    order: Some("PRODUCTION ORDER 15/3\n\nAccount 1401: registration."),
    lure: None,
};
pub(super) const JAPANESE: Sent = Sent {
    reference: "SIO 202",
    sender: "Sample Inquiry Office",
    summary: "A question on three pages; a translation is on its way.",
    text: "With this letter we inquire about a user of your product.",
    ..SENT
};
