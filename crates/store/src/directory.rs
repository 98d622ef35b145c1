//! Authorities and officers that requests came from, and the instruments that came before. Names
//! are sealed; who is the same as before is known by a keyed hash.

use domain::country::Country;
use domain::event::Stream;
use domain::id::{AuthorityId, OfficerId, RequestId, SubmissionId};
use uuid::Uuid;

use crate::log::seal::text_name;
use crate::sight::seen_by;
use crate::{Error, Keys, Sight, Tx, insert_all, on_both};

const AUTHORITY_NAME: &str = "authority.name";
const OFFICER_NAME: &str = "officer.name";
const OFFICER_CONTACT: &str = "officer.contact";

/// A body that sends requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    pub id: AuthorityId,
    pub country: Country,
    pub name: String,
}

/// A person who acts for an authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Officer {
    pub id: OfficerId,
    pub authority: AuthorityId,
    pub name: String,
    /// Telephone number and address as the letter gives them: unverified.
    pub contact: String,
}

/// The condition that an authority or officer is seen: somebody met them in a case that is, or in
/// none at all. Who is known from a compartment alone is known to those whom it names.
macro_rules! met {
    ($column:literal, $id:literal, $viewer:literal) => {
        concat!(
            "(NOT EXISTS (SELECT 1 FROM handled_request WHERE handled_request.",
            $column,
            " = ",
            $id,
            ") OR EXISTS (SELECT 1 FROM handled_request WHERE handled_request.",
            $column,
            " = ",
            $id,
            " AND ",
            seen_by!("handled_request.submission_id", $viewer),
            "))"
        )
    };
}

macro_rules! marked {
    () => {
        "SELECT handled_request.request_id FROM instrument_mark \
         JOIN handled_request ON handled_request.request_id = instrument_mark.request_id WHERE "
    };
}

/// Names are the same but for case and white space.
pub(crate) fn normal(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

impl Tx {
    /// The authority of this name in this country, where one is known.
    pub async fn authority_named(
        &mut self,
        keys: &Keys,
        (country, name): (Country, &str),
    ) -> Result<Option<AuthorityId>, Error> {
        const NAMED: &str = "SELECT authority_id FROM authority WHERE name_mac = $1";
        let mac = authority_mac(keys, (country, name));
        let id: Option<Uuid> = on_both!(self, |c| {
            sqlx::query_scalar(NAMED).bind(mac.as_slice()).fetch_optional(&mut **c).await?
        });
        Ok(id.map(AuthorityId))
    }

    /// The officer of this name and contact at an authority, where one is known.
    pub async fn officer_named(
        &mut self,
        keys: &Keys,
        authority: AuthorityId,
        (name, contact): (&str, &str),
    ) -> Result<Option<OfficerId>, Error> {
        const NAMED: &str = "SELECT officer_id FROM officer WHERE name_mac = $1";
        let mac = officer_mac(keys, authority, (name, contact));
        let id: Option<Uuid> = on_both!(self, |c| {
            sqlx::query_scalar(NAMED).bind(mac.as_slice()).fetch_optional(&mut **c).await?
        });
        Ok(id.map(OfficerId))
    }

    /// The authority of this name in this country; entered under `new` where it is not known.
    pub async fn enter_authority(
        &mut self,
        keys: &Keys,
        new: AuthorityId,
        (country, name): (Country, &str),
    ) -> Result<AuthorityId, Error> {
        const ENTER: &str = "INSERT INTO authority (authority_id, country, name_mac, sealed_name) \
             VALUES ($1, $2, $3, $4) ON CONFLICT (name_mac) DO NOTHING";
        let mac = authority_mac(keys, (country, name));
        let sealed = keys.seal_of(AUTHORITY_NAME, new.0, name.trim())?;
        on_both!(self, |c| {
            sqlx::query(ENTER)
                .bind(new.0)
                .bind(country.code())
                .bind(mac.as_slice())
                .bind(sealed.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        let entered = self.authority_named(keys, (country, name)).await?;
        entered
            .ok_or_else(|| Error::inconsistent("authority", new, "it was entered and is not there"))
    }

    /// The officer of this name and contact at an authority; entered under `new` where unknown.
    pub async fn enter_officer(
        &mut self,
        keys: &Keys,
        new: OfficerId,
        authority: AuthorityId,
        (name, contact): (&str, &str),
    ) -> Result<OfficerId, Error> {
        const ENTER: &str = "INSERT INTO officer (officer_id, authority_id, name_mac, sealed_name, \
             sealed_contact) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name_mac) DO NOTHING";
        let mac = officer_mac(keys, authority, (name, contact));
        let sealed_name = keys.seal_of(OFFICER_NAME, new.0, name.trim())?;
        let sealed_contact = keys.seal_of(OFFICER_CONTACT, new.0, contact.trim())?;
        on_both!(self, |c| {
            sqlx::query(ENTER)
                .bind(new.0)
                .bind(authority.0)
                .bind(mac.as_slice())
                .bind(sealed_name.as_slice())
                .bind(sealed_contact.as_slice())
                .execute(&mut **c)
                .await?
                .rows_affected()
        });
        let entered = self.officer_named(keys, authority, (name, contact)).await?;
        entered
            .ok_or_else(|| Error::inconsistent("officer", new, "it was entered and is not there"))
    }

    /// All authorities that are seen; what stands in a register is no secret.
    pub async fn authorities(
        &mut self,
        keys: &Keys,
        sight: Sight,
    ) -> Result<Vec<Authority>, Error> {
        const ALL: &str = concat!(
            // What is entered in a register is no secret of a case.
            "SELECT authority_id, country, sealed_name FROM authority WHERE EXISTS \
             (SELECT 1 FROM authority_contact \
             WHERE authority_contact.authority_id = authority.authority_id) OR ",
            met!("authority_id", "authority.authority_id", "$1")
        );
        let rows: Vec<AuthorityRow> = on_both!(self, |c| {
            sqlx::query_as(ALL).bind(sight.viewer()).fetch_all(&mut **c).await?
        });
        rows.into_iter().map(|row| open_authority(keys, row)).collect()
    }

    /// Those of these authorities that are seen, in no order.
    pub async fn authorities_with_ids(
        &mut self,
        keys: &Keys,
        ids: &[AuthorityId],
        sight: Sight,
    ) -> Result<Vec<Authority>, Error> {
        const FIND: &str = concat!(
            ") SELECT authority_id, country, sealed_name FROM authority WHERE (EXISTS \
             (SELECT 1 FROM authority_contact \
             WHERE authority_contact.authority_id = authority.authority_id) OR ",
            met!("authority_id", "authority.authority_id", "(SELECT id FROM viewer)"),
            ") AND authority.authority_id IN ("
        );
        let mut found = Vec::with_capacity(ids.len());
        on_both!(self, |c| {
            for ids in ids.chunks(1000) {
                let mut find = sqlx::QueryBuilder::new("WITH viewer (id) AS (SELECT ");
                find.push_bind(sight.viewer()).push(FIND);
                let mut list = find.separated(", ");
                for id in ids {
                    list.push_bind(id.0);
                }
                find.push(")");
                let rows: Vec<AuthorityRow> = find.build_query_as().fetch_all(&mut **c).await?;
                for row in rows {
                    found.push(open_authority(keys, row)?);
                }
            }
        });
        Ok(found)
    }

    /// All officers that are seen.
    pub async fn officers(&mut self, keys: &Keys, sight: Sight) -> Result<Vec<Officer>, Error> {
        const ALL: &str = concat!(
            "SELECT officer_id, authority_id, sealed_name, sealed_contact FROM officer WHERE ",
            met!("officer_id", "officer.officer_id", "$1"),
            " ORDER BY officer_id"
        );
        let rows: Vec<(Uuid, Uuid, Vec<u8>, Vec<u8>)> = on_both!(self, |c| {
            sqlx::query_as(ALL).bind(sight.viewer()).fetch_all(&mut **c).await?
        });
        rows.into_iter()
            .map(|(id, of, name, contact)| open(keys, id, (of, name, contact)))
            .collect()
    }

    /// The names of these officers, in no order; those who were forgotten are left out. Whoever
    /// finds requests by them asks who sees the requests.
    pub async fn officer_names(
        &mut self,
        keys: &Keys,
        ids: &[OfficerId],
    ) -> Result<Vec<(OfficerId, String)>, Error> {
        const FIND: &str = "SELECT officer_id, sealed_name FROM officer WHERE officer_id IN (";
        let mut found = Vec::with_capacity(ids.len());
        on_both!(self, |c| {
            for ids in ids.chunks(1000) {
                let mut find = sqlx::QueryBuilder::new(FIND);
                let mut list = find.separated(", ");
                for id in ids {
                    list.push_bind(id.0);
                }
                find.push(")");
                let rows: Vec<(Uuid, Vec<u8>)> = find.build_query_as().fetch_all(&mut **c).await?;
                for (id, name) in rows {
                    found.push((OfficerId(id), keys.open_of(OFFICER_NAME, id, &name)?));
                }
            }
        });
        Ok(found)
    }

    /// These officers, in no order; those who were forgotten are left out. Whoever finds them by
    /// requests asks who sees the requests.
    pub async fn officers_with_ids(
        &mut self,
        keys: &Keys,
        ids: &[OfficerId],
    ) -> Result<Vec<Officer>, Error> {
        const FIND: &str = "SELECT officer_id, authority_id, sealed_name, sealed_contact \
             FROM officer WHERE officer_id IN (";
        let mut found = Vec::with_capacity(ids.len());
        on_both!(self, |c| {
            for ids in ids.chunks(1000) {
                let mut find = sqlx::QueryBuilder::new(FIND);
                let mut list = find.separated(", ");
                for id in ids {
                    list.push_bind(id.0);
                }
                find.push(")");
                let rows: Vec<(Uuid, Uuid, Vec<u8>, Vec<u8>)> =
                    find.build_query_as().fetch_all(&mut **c).await?;
                for (id, of, name, contact) in rows {
                    found.push(open(keys, id, (of, name, contact))?);
                }
            }
        });
        Ok(found)
    }

    pub async fn officer(
        &mut self,
        keys: &Keys,
        id: OfficerId,
        sight: Sight,
    ) -> Result<Option<Officer>, Error> {
        const ONE: &str = concat!(
            "SELECT authority_id, sealed_name, sealed_contact FROM officer \
             WHERE officer_id = $1 AND ",
            met!("officer_id", "officer.officer_id", "$2")
        );
        let row: Option<(Uuid, Vec<u8>, Vec<u8>)> = on_both!(self, |c| {
            let one = sqlx::query_as(ONE).bind(id.0).bind(sight.viewer());
            one.fetch_optional(&mut **c).await?
        });
        row.map(|row| open(keys, id.0, row)).transpose()
    }

    /// Requests under an instrument with this reference, whichever authority it is from, in the
    /// order in which they were registered.
    pub async fn with_reference(
        &mut self,
        keys: &Keys,
        reference: &str,
        sight: Sight,
    ) -> Result<Vec<RequestId>, Error> {
        const FIND: &str = concat!(
            marked!(),
            seen_by!("handled_request.submission_id", "$1"),
            " AND mark_mac = $2 ORDER BY handled_request.request_id"
        );
        let mac = instrument_mac(keys, reference);
        let rows: Vec<Uuid> = on_both!(self, |c| {
            let marked = sqlx::query_scalar(FIND).bind(sight.viewer()).bind(mac.as_slice());
            marked.fetch_all(&mut **c).await?
        });
        Ok(rows.into_iter().map(RequestId).collect())
    }

    /// Notes by which references the instruments of requests are known.
    pub async fn mark_instruments(
        &mut self,
        keys: &Keys,
        references: &[(RequestId, String)],
    ) -> Result<(), Error> {
        insert_all!(
            self,
            "instrument_mark (mark_mac, request_id, has_authority)",
            1000,
            references,
            |values, of| values
                .push_bind(instrument_mac(keys, &of.1).to_vec())
                .push_bind(of.0.0)
                .push_bind(0_i64)
        );
        Ok(())
    }

    /// Whether every instrument has the mark that this version makes.
    pub async fn are_instruments_marked(&mut self) -> Result<bool, Error> {
        const EARLIER: &str = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM instrument_mark \
             WHERE has_authority = 1 LIMIT 1) AS found";
        let found: i64 =
            on_both!(self, |c| sqlx::query_scalar(EARLIER).fetch_one(&mut **c).await?);
        Ok(found == 0)
    }

    /// Makes marks anew that an earlier version made, at most so many. Returns how many there were.
    pub async fn mark_instruments_anew(&mut self, keys: &Keys, limit: i64) -> Result<usize, Error> {
        const EARLIER: &str = "SELECT instrument_mark.request_id, submission_id \
             FROM instrument_mark \
             JOIN handled_request ON handled_request.request_id = instrument_mark.request_id \
             WHERE has_authority = 1 LIMIT $1";
        const FORGET: &str = "DELETE FROM instrument_mark \
             WHERE request_id = $1 AND has_authority = 1";
        let earlier: Vec<(Uuid, Uuid)> =
            on_both!(self, |c| sqlx::query_as(EARLIER).bind(limit).fetch_all(&mut **c).await?);
        for (request, submission) in &earlier {
            on_both!(self, |c| {
                sqlx::query(FORGET).bind(request).execute(&mut **c).await?.rows_affected()
            });
            let request = RequestId(*request);
            let name = text_name(Stream::Request(request), 1, "instrument_reference");
            let of = (SubmissionId(*submission), name.as_str());
            // Of one that was erased nothing is to be known again.
            if let Some(reference) = self.field(keys, of, Sight::whole()).await? {
                self.mark_instruments(keys, &[(request, reference)]).await?;
            }
        }
        Ok(earlier.len())
    }
}

type AuthorityRow = (Uuid, String, Vec<u8>);

fn open_authority(keys: &Keys, (id, country, name): AuthorityRow) -> Result<Authority, Error> {
    let country = Country::from_code(&country)
        .ok_or_else(|| Error::inconsistent("authority", id, "its country"))?;
    let name = keys.open_of(AUTHORITY_NAME, id, &name)?;
    Ok(Authority { id: AuthorityId(id), country, name })
}

fn open(
    keys: &Keys,
    id: Uuid,
    (authority, name, contact): (Uuid, Vec<u8>, Vec<u8>),
) -> Result<Officer, Error> {
    Ok(Officer {
        id: OfficerId(id),
        authority: AuthorityId(authority),
        name: keys.open_of(OFFICER_NAME, id, &name)?,
        contact: keys.open_of(OFFICER_CONTACT, id, &contact)?,
    })
}

fn authority_mac(keys: &Keys, (country, name): (Country, &str)) -> [u8; 32] {
    keys.mac(&["authority", country.code(), &normal(name)])
}

fn officer_mac(keys: &Keys, authority: AuthorityId, (name, contact): (&str, &str)) -> [u8; 32] {
    keys.mac(&["officer", &authority.to_string(), &normal(name), &normal(contact)])
}

fn instrument_mac(keys: &Keys, reference: &str) -> [u8; 32] {
    keys.mac(&["instrument_reference", &normal(reference)])
}
