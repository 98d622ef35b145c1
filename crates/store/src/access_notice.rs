//! Events of people's accounts that somebody is to see. To whom which event is told is not known
//! here.

use domain::id::{PersonId, Position};

use crate::event::EventRow;
use crate::{Error, StoredEvent, Tx, insert_all, on_both};

impl Tx {
    /// These people are to see the event at a position.
    pub async fn put_access_notices(
        &mut self,
        people: &[PersonId],
        at: Position,
    ) -> Result<(), Error> {
        insert_all!(self, "access_notice (person_id, position)", 100, people, |values, person| {
            values.push_bind(person.0).push_bind(at.0)
        });
        Ok(())
    }

    /// What a person is to see, the newest first; not more than `count`.
    pub async fn access_notices(
        &mut self,
        person: PersonId,
        count: u16,
    ) -> Result<Vec<StoredEvent>, Error> {
        const FIND: &str = "SELECT event.position, stream_id, schema, at_micros, actor, body \
             FROM access_notice JOIN event ON event.position = access_notice.position \
             WHERE person_id = $1 ORDER BY event.position DESC LIMIT $2";
        let rows: Vec<EventRow> = on_both!(self, |c| {
            sqlx::query_as(FIND).bind(person.0).bind(i64::from(count)).fetch_all(&mut **c).await?
        });
        rows.into_iter().map(StoredEvent::try_from).collect()
    }

    pub async fn count_access_notices(&mut self, person: PersonId) -> Result<u64, Error> {
        const COUNT: &str = "SELECT COUNT(*) FROM access_notice WHERE person_id = $1";
        let count: i64 = on_both!(self, |c| sqlx::query_scalar(COUNT)
            .bind(person.0)
            .fetch_one(&mut **c)
            .await?);
        Ok(count.unsigned_abs())
    }

    /// A person has seen the events up to a position, itself included.
    pub async fn end_access_notices(
        &mut self,
        person: PersonId,
        until: Position,
    ) -> Result<(), Error> {
        const END: &str = "DELETE FROM access_notice WHERE person_id = $1 AND position <= $2";
        on_both!(self, |c| sqlx::query(END)
            .bind(person.0)
            .bind(until.0)
            .execute(&mut **c)
            .await?
            .rows_affected());
        Ok(())
    }
}
