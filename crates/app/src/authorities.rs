//! Authorities: by which domains and numbers they are known, and what was found out about their
//! officers.

use std::collections::BTreeSet;

use domain::access::Permission;
use domain::authority::{
    Arrival, AuthorityRefusal, Command, Contact, ContactKind, ContactSource, ContactState,
    MailDomain, Means, OfficerStanding, Signal, Telephone, Verification, VerificationResult,
    WithdrawalReason, decide,
};
use domain::country::Country;
use domain::event::{Event, Stream, SubmissionEvent};
use domain::id::{Actor, AuthorityId, ContactId, RequestId, SubmissionId, VerificationId};
use domain::request::{Registration, Request};
use jiff::civil::Date;
use store::{
    Attachment, Authority, CaseRow, Cases, Change, NewContact, Officer, Sight, StoredContact,
    StoredRegister, Submissions, Tx, Viewed,
};

use crate::access::SignedIn;
use crate::conduct::{check_texts, moved};
use crate::ids::Ids;
use crate::register::check_line;
use crate::signals::{Known, Letter, MailTold};
use crate::{Candor, Error};

/// A domain or a number, as somebody enters it.
#[derive(Clone, Debug)]
pub struct EnteredContact {
    pub kind: ContactKind,
    pub value: String,
    pub entered_as: EnteredAs,
    /// Where exactly it was found, or how it came to be known as bad.
    pub note: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnteredAs {
    /// The authority's own.
    Official(ContactSource),
    /// Used by somebody who is not the authority.
    KnownBad,
}

/// What somebody did to find out whether a request's officer is real.
#[derive(Clone, Debug)]
pub struct NewVerification {
    pub means: Vec<Means>,
    pub result: VerificationResult,
    /// What they heard and saw.
    pub evidence: String,
}

/// An authority in the list.
#[derive(Clone, Debug)]
pub struct AuthorityEntry {
    pub authority: Authority,
    /// Entries that stand.
    pub domains: usize,
    pub numbers: usize,
    pub known_bad: usize,
    /// That the viewer may read.
    pub requests: usize,
}

/// One authority, with all that a person who may read it sees.
#[derive(Clone, Debug)]
pub struct AuthorityView {
    pub authority: Authority,
    pub contacts: Vec<ContactTold>,
    /// Of requests that the viewer may read.
    pub officers: Vec<OfficerTold>,
    /// The newest first.
    pub requests: Vec<CaseRow>,
}

/// An entry of a register.
#[derive(Clone, Debug)]
pub struct ContactTold {
    pub id: ContactId,
    pub value: String,
    pub note: String,
    pub contact: Contact,
}

#[derive(Clone, Debug)]
pub struct OfficerTold {
    pub officer: Officer,
    /// The newest first.
    pub verifications: Vec<VerificationTold>,
}

/// A record about an officer.
#[derive(Clone, Debug)]
pub struct VerificationTold {
    pub record: Verification,
    /// Whether what it rests on is still taken for true.
    pub serves: bool,
    /// `None` where its letter was erased.
    pub evidence: Option<String>,
}

/// What is known of the officer of a request, and what is noticed about the letter.
#[derive(Clone, Debug)]
pub struct AboutOfficer {
    pub standing: OfficerStanding,
    pub verifications: Vec<VerificationTold>,
    /// The authority's entries that stand.
    pub contacts: Vec<ContactTold>,
    /// Those of the telephone numbers that were there before the letter.
    pub numbers_before: BTreeSet<ContactId>,
    pub signals: Vec<Signal>,
    /// What the e-mails among its files say of themselves.
    pub mails: Vec<MailTold>,
}

impl AuthorityView {
    pub fn of_kind(&self, kind: ContactKind) -> impl Iterator<Item = &ContactTold> {
        self.contacts.iter().filter(move |told| told.contact.kind == kind)
    }
}

/// Records about one officer that are shown; older ones are in the log.
const VERIFICATIONS_SHOWN: usize = 10;

impl Candor {
    /// Authorities of which something is entered, or of whose requests the person may read one.
    pub async fn authority_list(&self, by: &SignedIn) -> Result<Vec<AuthorityEntry>, Error> {
        by.may(Permission::ReadAuthorities)?;
        let mut tx = self.db.snapshot().await?;
        let mut entries = Vec::new();
        for authority in tx.authorities(self.db.keys(), by.sight()).await? {
            let requests = Self::readable(&mut tx, authority.id, by).await?.len();
            let StoredRegister { register, .. } = tx.register(authority.id).await?;
            if requests == 0 && register.contacts().is_empty() {
                continue;
            }
            let known_bad = |contact: &&Contact| is_bad(contact);
            entries.push(AuthorityEntry {
                domains: register.official(ContactKind::MailDomain).count(),
                numbers: register.official(ContactKind::Telephone).count(),
                known_bad: register.contacts().values().filter(known_bad).count(),
                requests,
                authority,
            });
        }
        let place = |entry: &AuthorityEntry| {
            (entry.authority.country.name(), entry.authority.name.to_lowercase())
        };
        entries.sort_by_cached_key(|entry| place(entry));
        Ok(entries)
    }

    /// Somebody looks at an authority: that they did is written down before it is shown.
    pub async fn open_authority(
        &self,
        id: AuthorityId,
        by: &SignedIn,
    ) -> Result<AuthorityView, Error> {
        // What there is nothing of is no looking.
        let view = self.authority(id, by).await?;
        self.note_viewing(Viewed::Authority(id), by).await?;
        Ok(view)
    }

    /// What an authority is called; `None` where the person may not know that there is one.
    pub(crate) async fn authority_name(
        &self,
        tx: &mut Tx,
        id: AuthorityId,
        by: &SignedIn,
    ) -> Result<Option<String>, Error> {
        let found = tx.authorities_with_ids(self.db.keys(), &[id], by.sight()).await?;
        Ok(found.into_iter().next().map(|authority| authority.name))
    }

    /// One authority. [`Error::NoAuthority`] where there is none that the person may know of.
    pub async fn authority(&self, id: AuthorityId, by: &SignedIn) -> Result<AuthorityView, Error> {
        by.may(Permission::ReadAuthorities)?;
        let keys = self.db.keys();
        let mut tx = self.db.snapshot().await?;
        let authority = Self::known_authority(&mut tx, id, keys, by).await?;
        let mut requests = Self::readable(&mut tx, id, by).await?;
        requests.sort_by_key(|case| std::cmp::Reverse(case.name));
        let stored = tx.register(id).await?;
        if requests.is_empty() && stored.register.contacts().is_empty() {
            return Err(Error::NoAuthority);
        }
        let mut officers = Vec::new();
        let ids: BTreeSet<_> = requests.iter().map(|case| case.officer).collect();
        for officer in ids {
            // Whose submission was erased has no name any more.
            let Some(officer) = tx.officer(keys, officer, by.sight()).await? else { continue };
            let verifications = self.verifications(&mut tx, &stored, &officer, by).await?;
            officers.push(OfficerTold { officer, verifications });
        }
        officers.sort_by_cached_key(|told| (told.officer.name.to_lowercase(), told.officer.id));
        let contacts = told(tx.contacts(keys, id).await?, &stored);
        Ok(AuthorityView { authority, contacts, officers, requests })
    }

    /// Enters an authority with the first thing by which it is known. One of this name that is
    /// known already is taken.
    pub async fn register_authority(
        &self,
        (country, name): (Country, &str),
        new: EnteredContact,
        by: &SignedIn,
    ) -> Result<AuthorityId, Error> {
        by.may(Permission::RegisterContacts)?;
        check_line("authority", name)?;
        let id = AuthorityId(Ids::new(self.clock.now())?.make());
        let mut tx = self.db.begin().await?;
        let id = tx.enter_authority(self.db.keys(), id, (country, name)).await?;
        self.enter_contact(&mut tx, id, new, by).await?;
        tx.commit().await.map_err(moved)?;
        self.after_commit().await;
        Ok(id)
    }

    /// Enters a domain or a number of an authority.
    pub async fn register_contact(
        &self,
        of: AuthorityId,
        new: EnteredContact,
        by: &SignedIn,
    ) -> Result<(), Error> {
        by.may(Permission::RegisterContacts)?;
        let mut tx = self.db.begin().await?;
        Self::known_authority(&mut tx, of, self.db.keys(), by).await?;
        self.enter_contact(&mut tx, of, new, by).await?;
        tx.commit().await.map_err(moved)?;
        self.after_commit().await;
        Ok(())
    }

    /// Says that an entry does not count any more. It stays in sight.
    pub async fn withdraw_contact(
        &self,
        of: AuthorityId,
        (contact, reason): (ContactId, WithdrawalReason),
        by: &SignedIn,
    ) -> Result<(), Error> {
        by.may(Permission::RegisterContacts)?;
        let mut tx = self.db.begin().await?;
        let stored = tx.register(of).await?;
        let command = Command::WithdrawContact { contact, reason };
        self.change_register(&mut tx, (of, &stored), &command, by).await?;
        tx.commit().await.map_err(moved)?;
        self.after_commit().await;
        Ok(())
    }

    /// Records what was done to find out whether the officer of a request is real.
    pub async fn verify_officer(
        &self,
        request: RequestId,
        new: NewVerification,
        by: &SignedIn,
    ) -> Result<(), Error> {
        by.may(Permission::VerifyOfficers)?;
        let NewVerification { means, result, evidence } = new;
        if evidence.trim().is_empty() {
            return Err(AuthorityRefusal::NoEvidence.into());
        }
        check_texts(&[("evidence", evidence.clone())])?;
        let mut tx = self.db.begin().await?;
        let current = tx.sealed_request(self.db.keys(), request, by.sight()).await?;
        let current = current.ok_or(Error::NoRequest)?;
        let Request::Handled(handled) = &current.request else { return Err(Error::NoRequest) };
        let asked = &handled.registration;
        by.may(Permission::ReadCases(asked.category))?;
        let stored = tx.register(asked.authority).await?;
        let command = Command::RecordVerification {
            verification: VerificationId(Ids::new(self.clock.now())?.make()),
            officer: asked.officer,
            arrival: Self::arrival(&mut tx, asked.submission, asked.received_on).await?,
            means,
            result,
        };
        let actor = Actor::Person(by.person);
        let events = decide(&stored.register, &command, (actor, self.today()))?;
        let change = Change::of_authority(asked.authority, stored.version(), events).with_text(
            &current.submission,
            "evidence",
            evidence.trim(),
        )?;
        tx.record(self.clock.now(), actor, &[change]).await.map_err(moved)?;
        tx.commit().await.map_err(moved)?;
        self.after_commit().await;
        Ok(())
    }

    /// What the register says of a request's officer.
    pub(crate) async fn officer_standing(
        tx: &mut Tx,
        asked: &Registration,
    ) -> Result<OfficerStanding, Error> {
        let stored = tx.register(asked.authority).await?;
        let arrival = Self::arrival(tx, asked.submission, asked.received_on).await?;
        Ok(stored.register.standing(asked.officer, arrival))
    }

    /// What whoever verifies the officer of a request should know. `others` are the authority's
    /// other requests that the viewer may read, `files` those of the letter.
    pub(crate) async fn about_officer(
        &self,
        tx: &mut Tx,
        (row, officer): (&CaseRow, &Officer),
        (others, files): (&[CaseRow], &[Attachment]),
        by: &SignedIn,
    ) -> Result<AboutOfficer, Error> {
        let stored = tx.register(row.authority).await?;
        let arrival = Self::arrival(tx, row.submission, row.received_on).await?;
        let mut contacts = told(tx.contacts(self.db.keys(), row.authority).await?, &stored);
        contacts.retain(|told| told.contact.state.is_official());
        let numbers_before = stored.register.numbers_before(arrival).map(|(id, _)| id).collect();
        let mails = self.mails_told(files);
        let letter = Letter { row, officer, mails: &mails, arrival };
        let known = Known { register: &stored.register, contacts: &contacts, others };
        let signals = self.signals(tx, letter, known, by).await?;
        Ok(AboutOfficer {
            standing: stored.register.standing(officer.id, arrival),
            verifications: self.verifications(tx, &stored, officer, by).await?,
            signals,
            contacts,
            numbers_before,
            mails,
        })
    }

    /// Whether somebody else than an authority uses it, whichever authority's name they take.
    pub(crate) async fn is_known_bad(
        &self,
        tx: &mut Tx,
        kind: ContactKind,
        value: &str,
    ) -> Result<bool, Error> {
        for (of, id) in tx.contacts_with(self.db.keys(), kind, value).await? {
            if tx.register(of).await?.register.contacts().get(&id).is_some_and(is_bad) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn verifications(
        &self,
        tx: &mut Tx,
        stored: &StoredRegister,
        officer: &Officer,
        by: &SignedIn,
    ) -> Result<Vec<VerificationTold>, Error> {
        let all = stored.register.verifications().iter().rev();
        let of_officer = all.filter(|record| record.officer == officer.id);
        let mut told = Vec::new();
        for record in of_officer {
            if told.len() == VERIFICATIONS_SHOWN {
                break;
            }
            if !Self::sees(tx, record.submission, by).await? {
                continue;
            }
            let (of, about) = ((officer.authority, stored), (record.id, record.submission));
            told.push(VerificationTold {
                record: record.clone(),
                serves: stored.register.still_serves(record),
                evidence: tx.evidence(self.db.keys(), of, about, by.sight()).await?,
            });
        }
        Ok(told)
    }

    pub(crate) async fn sees(tx: &mut Tx, id: SubmissionId, by: &SignedIn) -> Result<bool, Error> {
        Ok(!tx.submissions(Submissions::One(id), by.sight()).await?.is_empty())
    }

    /// When a letter arrived, in the order of all events.
    async fn arrival(
        tx: &mut Tx,
        submission: SubmissionId,
        received_on: Date,
    ) -> Result<Arrival, Error> {
        // Whoever asks has read the case, and the rule is the same for all.
        let events = tx.stream_events(Stream::Submission(submission), Sight::whole()).await?;
        let arrived = events.iter().find(|told| {
            matches!(told.event, Event::Submission(SubmissionEvent::SubmissionReceived { .. }))
        });
        let position = arrived.ok_or(Error::NoSubmission(submission))?.position;
        Ok(Arrival { submission, position, received_on })
    }

    async fn enter_contact(
        &self,
        tx: &mut Tx,
        of: AuthorityId,
        new: EnteredContact,
        by: &SignedIn,
    ) -> Result<(), Error> {
        let EnteredContact { kind, value, entered_as, note } = new;
        if note.trim().is_empty() {
            return Err(AuthorityRefusal::NoSource.into());
        }
        check_texts(&[("where it was found", note.clone())])?;
        let value = one_form(kind, &value)?;
        let keys = self.db.keys();
        let stored = tx.register(of).await?;
        for known in told(tx.contacts(keys, of).await?, &stored) {
            if (known.contact.kind, &known.value) == (kind, &value)
                && known.contact.state.is_official()
            {
                return Err(AuthorityRefusal::RegisteredAlready.into());
            }
        }
        if self.is_known_bad(tx, kind, &value).await? {
            return Err(AuthorityRefusal::KnownAsBad.into());
        }
        let contact = ContactId(Ids::new(self.clock.now())?.make());
        let command = match entered_as {
            EnteredAs::Official(source) => Command::RegisterContact { contact, kind, source },
            EnteredAs::KnownBad => Command::ReportBadContact { contact, kind },
        };
        self.change_register(tx, (of, &stored), &command, by).await?;
        let new = NewContact { id: contact, kind, value: &value, note: note.trim() };
        Ok(tx.insert_contact(keys, of, &new).await?)
    }

    async fn change_register(
        &self,
        tx: &mut Tx,
        (of, stored): (AuthorityId, &StoredRegister),
        command: &Command,
        by: &SignedIn,
    ) -> Result<(), Error> {
        let actor = Actor::Person(by.person);
        let events = decide(&stored.register, command, (actor, self.today()))?;
        let change = Change::of_authority(of, stored.version(), events);
        tx.record(self.clock.now(), actor, &[change]).await.map_err(moved)?;
        Ok(())
    }

    /// The authority's requests that the person may read, the first received first.
    async fn readable(tx: &mut Tx, of: AuthorityId, by: &SignedIn) -> Result<Vec<CaseRow>, Error> {
        let mut cases = tx.cases(Cases::Of(of), by.sight()).await?;
        cases.retain(|case| by.has(Permission::ReadCases(case.category)));
        Ok(cases)
    }

    async fn known_authority(
        tx: &mut Tx,
        id: AuthorityId,
        keys: &store::Keys,
        by: &SignedIn,
    ) -> Result<Authority, Error> {
        let known = tx.authorities(keys, by.sight()).await?;
        known.into_iter().find(|authority| authority.id == id).ok_or(Error::NoAuthority)
    }
}

/// Entries as they stand, in the order in which they were made. One of which no event speaks is
/// left out: `doctor --refold` tells of it.
fn told(stored: Vec<StoredContact>, register: &StoredRegister) -> Vec<ContactTold> {
    let known = register.register.contacts();
    let told = |StoredContact { id, value, note, .. }| {
        Some(ContactTold { id, value, note, contact: known.get(&id)?.clone() })
    };
    let mut entries: Vec<_> = stored.into_iter().filter_map(told).collect();
    entries.sort_by_key(|told| told.contact.entered.position);
    entries
}

fn is_bad(contact: &Contact) -> bool {
    match contact.state {
        ContactState::KnownBad { .. } => true,
        ContactState::Official { .. } | ContactState::Withdrawn { .. } => false,
    }
}

fn one_form(kind: ContactKind, text: &str) -> Result<String, AuthorityRefusal> {
    Ok(match kind {
        ContactKind::MailDomain => MailDomain::new(text)?.as_str().to_owned(),
        ContactKind::Telephone => Telephone::new(text)?.as_str().to_owned(),
    })
}
