//! What is noticed about a letter and its sender, and what the e-mails among its files say of
//! themselves, for whoever verifies the officer. Nothing of it verifies anybody, and nothing adds it
//! up.

use std::collections::{BTreeMap, BTreeSet};

use domain::authority::{
    Arrival, ContactKind, EarlierLetter, MailAddress, MailDomain, Register, Signal, Telephone,
    Whose, addresses_in, burst, domains_in, found_false, new_addresses, of_domains, telephones_in,
    verified_before,
};
use domain::id::{OfficerId, SubmissionId};
use inspect::{NotedCheck, ServerNote, shown};
use serde::{Deserialize, Serialize};
use store::{Attachment, CaseRow, Officer, Tx};

use crate::access::SignedIn;
use crate::authorities::ContactTold;
use crate::{Candor, Error};

/// The company's own mail, by which letters come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterSettings {
    /// By which names the company's own mail servers sign what they note in the head of an e-mail:
    /// the `authserv-id` (RFC 8601, section 2.5), such as `mx.example.com`. Without one, no note
    /// counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mail_servers: Vec<String>,
}

impl LetterSettings {
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What an e-mail among a letter's files says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailTold {
    /// The name of the file.
    pub file: String,
    pub from: Vec<String>,
    pub reply_to: Vec<String>,
    pub notes: Vec<MailNote>,
}

/// What somebody noted about an e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailNote {
    pub server: String,
    pub noted_by: NotedBy,
    pub checks: Vec<NotedCheck>,
}

/// Whose note it is, as far as the settings tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotedBy {
    /// It carries the name of a mail server of the company.
    OurServer,
    /// So does another one, so that one of them may be forged.
    OurServerAgain,
    /// Whoever sent it may have written it.
    Another,
    /// Nobody said which mail servers are the company's.
    NotSet,
}

/// The letter that is looked at.
#[derive(Clone, Copy)]
pub(crate) struct Letter<'a> {
    pub(crate) row: &'a CaseRow,
    pub(crate) officer: &'a Officer,
    pub(crate) mails: &'a [MailTold],
    pub(crate) arrival: Arrival,
}

/// What it is held against: the authority's register, the entries of it that stand, and the
/// authority's other requests that the viewer may read.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) register: &'a Register,
    pub(crate) contacts: &'a [ContactTold],
    pub(crate) others: &'a [CaseRow],
}

impl Candor {
    /// What the e-mails among files say of themselves, as far as somebody has looked into them.
    pub(crate) fn mails_told(&self, files: &[Attachment]) -> Vec<MailTold> {
        let told = |file: &Attachment| {
            let head = self.seen(file).mail()?.clone();
            // A process read it that its file may have taken over: it is shown like any other text.
            let lines = |texts: Vec<String>| texts.iter().map(|text| shown(text)).collect();
            let notes = &head.notes;
            let noted_by = |note: &ServerNote| {
                let is_same = |other: &&ServerNote| other.server.eq_ignore_ascii_case(&note.server);
                let ours = &self.config.letters.mail_servers;
                let is_ours = ours.iter().any(|name| name.eq_ignore_ascii_case(&note.server));
                match (ours.is_empty(), is_ours, notes.iter().filter(is_same).count()) {
                    (true, ..) => NotedBy::NotSet,
                    (false, false, _) => NotedBy::Another,
                    (false, true, 1) => NotedBy::OurServer,
                    (false, true, _) => NotedBy::OurServerAgain,
                }
            };
            let notes = notes.iter().map(|note| MailNote {
                server: shown(&note.server),
                noted_by: noted_by(note),
                checks: note.checks.clone(),
            });
            Some(MailTold {
                file: file.name.clone(),
                notes: notes.collect(),
                from: lines(head.from),
                reply_to: lines(head.reply_to),
            })
        };
        files.iter().filter_map(told).collect()
    }

    /// Reasons to look twice; each is told by itself.
    pub(crate) async fn signals(
        &self,
        tx: &mut Tx,
        letter: Letter<'_>,
        known: Known<'_>,
        by: &SignedIn,
    ) -> Result<Vec<Signal>, Error> {
        let Letter { row, officer, .. } = letter;
        let mut signals = Vec::new();
        for told in found_false(known.register, row.submission, self.today()) {
            // Of a letter in a compartment those are told whom it names.
            if Self::sees(tx, told.submission, by).await? {
                signals.push(Signal::FoundFalse { on: told.recorded.on });
                break;
            }
        }
        let earlier: Vec<_> = known.others.iter().filter(|case| is_earlier(case, row)).collect();
        if !earlier.iter().any(|case| case.officer == officer.id) {
            signals.push(Signal::FirstLetter);
        }
        let standing = known.register.standing(officer.id, letter.arrival);
        signals.extend(verified_before(known.register, standing, letter.arrival));
        let written = self.written(tx, letter, by).await?;
        let domains = domains_in(&written);
        for (kind, value) in told_as_bad(&domains, &telephones_in(&written)) {
            if self.is_known_bad(tx, kind, &value).await? {
                signals.push(Signal::KnownBad { value });
            }
        }
        let of_register = known.contacts.iter();
        let registered: Vec<_> = of_register
            .filter(|told| told.contact.kind == ContactKind::MailDomain)
            .filter_map(|told| MailDomain::new(&told.value).ok())
            .collect();
        signals.extend(of_domains(&domains, &registered));
        let addresses = addresses_in(&written);
        if !addresses.is_empty() {
            let earlier = self.earlier_letters(tx, &earlier, officer, by).await?;
            signals.extend(new_addresses(&addresses, &earlier));
        }
        let all = known.others.iter().chain([row]);
        let all = all.map(|case| (case.submission, case.received_on, case.urgency));
        signals.extend(burst(all, row.received_on));
        Ok(signals)
    }

    /// Where addresses and numbers of a letter stand: what was typed of its officer and its sender,
    /// and the heads of its e-mails.
    async fn written(
        &self,
        tx: &mut Tx,
        Letter { row, officer, mails, .. }: Letter<'_>,
        by: &SignedIn,
    ) -> Result<String, Error> {
        let sender = (row.submission, "sender");
        let sender = tx.field(self.db.keys(), sender, by.sight()).await?.unwrap_or_default();
        let mut lines = vec![officer.contact.as_str(), &sender];
        for mail in mails {
            lines.extend(mail.from.iter().chain(&mail.reply_to).map(String::as_str));
        }
        Ok(lines.join("\n"))
    }

    /// The letters of earlier requests, with the addresses that were typed of each.
    async fn earlier_letters(
        &self,
        tx: &mut Tx,
        earlier: &[&CaseRow],
        officer: &Officer,
        by: &SignedIn,
    ) -> Result<Vec<EarlierLetter>, Error> {
        let keys = self.db.keys();
        let officers: BTreeSet<OfficerId> = earlier.iter().map(|case| case.officer).collect();
        let officers: Vec<_> = officers.into_iter().collect();
        let officers: BTreeMap<OfficerId, Officer> =
            tx.officers_with_ids(keys, &officers).await?.into_iter().map(|o| (o.id, o)).collect();
        let letters: BTreeSet<SubmissionId> = earlier.iter().map(|case| case.submission).collect();
        let letters: Vec<_> = letters.into_iter().collect();
        let senders = tx.fields(keys, (&letters, "sender"), by.sight()).await?;
        let letter = |case: &&CaseRow| {
            let wrote = officers.get(&case.officer);
            let is_same = wrote.is_some_and(|wrote| is_same_name(&wrote.name, &officer.name));
            let contact = wrote.map_or("", |wrote| wrote.contact.as_str());
            let sender = senders.get(&case.submission).map_or("", String::as_str);
            let addresses: Vec<MailAddress> = addresses_in(&format!("{contact}\n{sender}"));
            let whose = if is_same { Whose::SameName } else { Whose::OfAuthority };
            EarlierLetter { received_on: case.received_on, whose, addresses }
        };
        Ok(earlier.iter().map(letter).collect())
    }
}

/// Of an earlier letter, as they were entered.
fn is_earlier(case: &CaseRow, row: &CaseRow) -> bool {
    case.submission != row.submission && case.name.submission < row.name.submission
}

/// Names are the same but for case and white space.
fn is_same_name(one: &str, other: &str) -> bool {
    let normal = |name: &str| name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    normal(one) == normal(other)
}

/// What may be known as bad: each number, each domain and those that it lies within.
fn told_as_bad(
    domains: &[MailDomain],
    telephones: &[Telephone],
) -> BTreeSet<(ContactKind, String)> {
    let mut all = BTreeSet::new();
    for domain in domains {
        let mut rest = domain.as_str();
        while rest.contains('.') {
            all.insert((ContactKind::MailDomain, rest.to_owned()));
            rest = rest.split_once('.').map_or("", |(_, rest)| rest);
        }
    }
    all.extend(telephones.iter().map(|one| (ContactKind::Telephone, one.as_str().to_owned())));
    all
}
