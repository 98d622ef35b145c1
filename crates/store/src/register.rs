//! The registers of authorities: what their entries are, beside the events that say where each
//! stands. Domains, numbers and where they were found are sealed; equal ones are known by a keyed
//! hash.

use domain::authority::{ContactKind, Register, evolve};
use domain::event::{AuthorityEvent, Event, Stream};
use domain::id::{AuthorityId, ContactId, SubmissionId, VerificationId};
use uuid::Uuid;

use crate::{Error, Keys, Sight, StoredEvent, Tx, on_both};

const VALUE: &str = "authority_contact.value";
const NOTE: &str = "authority_contact.note";
const EVIDENCE: &str = "evidence";

/// A mail domain or telephone number as it is entered.
#[derive(Clone, Debug)]
pub struct NewContact<'a> {
    pub id: ContactId,
    pub kind: ContactKind,
    /// In its one form, as [`domain::authority::MailDomain`] and `Telephone` write it.
    pub value: &'a str,
    /// Where exactly it was found.
    pub note: &'a str,
}

/// The same as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredContact {
    pub id: ContactId,
    pub kind: ContactKind,
    pub value: String,
    pub note: String,
}

/// A register with the events that made it; the first one has version 1.
#[derive(Clone, Debug, Default)]
pub struct StoredRegister {
    pub register: Register,
    pub events: Vec<StoredEvent>,
}

impl StoredRegister {
    pub fn version(&self) -> i64 {
        self.events.len() as i64
    }

    /// The version of the event that recorded a verification.
    fn version_of(&self, verification: VerificationId) -> Option<i64> {
        let is_it = |recorded: &StoredEvent| match &recorded.event {
            Event::Authority(AuthorityEvent::OfficerVerificationRecorded {
                verification: one,
                ..
            }) => *one == verification,
            _ => false,
        };
        (1..).zip(&self.events).find(|(_, event)| is_it(event)).map(|(version, _)| version)
    }
}

impl Tx {
    /// The register of an authority; an empty one where nothing was entered.
    pub async fn register(&mut self, of: AuthorityId) -> Result<StoredRegister, Error> {
        // It lies in no compartment; the letters do for whose sake its records were made.
        let sight = Sight::without_compartments();
        let events = self.stream_events(Stream::Authority(of), sight).await?;
        let register = events.iter().try_fold(Register::default(), evolve);
        let strange = || Error::inconsistent("event", of, "they make no register");
        Ok(StoredRegister { register: register.ok_or_else(strange)?, events })
    }

    /// Keeps what an entry is, beside the event that enters it.
    pub async fn insert_contact(
        &mut self,
        keys: &Keys,
        of: AuthorityId,
        new: &NewContact<'_>,
    ) -> Result<(), Error> {
        const INSERT: &str = "INSERT INTO authority_contact (contact_id, authority_id, kind, \
             value_mac, sealed_value, sealed_note) VALUES ($1, $2, $3, $4, $5, $6)";
        let mac = contact_mac(keys, new.kind, new.value);
        let value = keys.seal_of(VALUE, new.id.0, new.value)?;
        let note = keys.seal_of(NOTE, new.id.0, new.note)?;
        on_both!(self, |c| {
            sqlx::query(INSERT)
                .bind(new.id.0)
                .bind(of.0)
                .bind(new.kind.code())
                .bind(mac.as_slice())
                .bind(value.as_slice())
                .bind(note.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        Ok(())
    }

    /// What the entries of an authority are.
    pub async fn contacts(
        &mut self,
        keys: &Keys,
        of: AuthorityId,
    ) -> Result<Vec<StoredContact>, Error> {
        const ALL: &str = "SELECT contact_id, kind, sealed_value, sealed_note \
             FROM authority_contact WHERE authority_id = $1 ORDER BY contact_id";
        let rows: Vec<(Uuid, String, Vec<u8>, Vec<u8>)> =
            on_both!(self, |c| sqlx::query_as(ALL).bind(of.0).fetch_all(&mut **c).await?);
        rows.into_iter()
            .map(|(id, kind, value, note)| {
                let strange = |_| Error::inconsistent("authority_contact", id, "its kind");
                Ok(StoredContact {
                    id: ContactId(id),
                    kind: ContactKind::from_code(&kind).map_err(strange)?,
                    value: keys.open_of(VALUE, id, &value)?,
                    note: keys.open_of(NOTE, id, &note)?,
                })
            })
            .collect()
    }

    /// Entries of any authority with this value.
    pub async fn contacts_with(
        &mut self,
        keys: &Keys,
        kind: ContactKind,
        value: &str,
    ) -> Result<Vec<(AuthorityId, ContactId)>, Error> {
        const FIND: &str = "SELECT authority_id, contact_id FROM authority_contact \
             WHERE value_mac = $1 ORDER BY contact_id";
        let mac = contact_mac(keys, kind, value);
        let rows: Vec<(Uuid, Uuid)> = on_both!(self, |c| {
            sqlx::query_as(FIND).bind(mac.as_slice()).fetch_all(&mut **c).await?
        });
        Ok(rows.into_iter().map(|(of, id)| (AuthorityId(of), ContactId(id))).collect())
    }

    /// Authorities of which something is entered.
    pub async fn with_contacts(&mut self) -> Result<Vec<AuthorityId>, Error> {
        const ALL: &str =
            "SELECT DISTINCT authority_id FROM authority_contact ORDER BY authority_id";
        let rows: Vec<Uuid> =
            on_both!(self, |c| sqlx::query_scalar(ALL).fetch_all(&mut **c).await?);
        Ok(rows.into_iter().map(AuthorityId).collect())
    }

    /// What somebody saw or heard when they verified an officer. It is sealed under the key of the
    /// letter for whose sake they did, and gone with it.
    pub async fn evidence(
        &mut self,
        keys: &Keys,
        (of, register): (AuthorityId, &StoredRegister),
        (verification, submission): (VerificationId, SubmissionId),
        sight: Sight,
    ) -> Result<Option<String>, Error> {
        let Some(version) = register.version_of(verification) else { return Ok(None) };
        self.field(keys, (submission, &format!("{of}/{version}/{EVIDENCE}")), sight).await
    }
}

fn contact_mac(keys: &Keys, kind: ContactKind, value: &str) -> [u8; 32] {
    keys.mac(&["contact", kind.code(), value])
}
