//! What a restored backup has not: told until somebody states that it is gone.

use domain::fact::Standing;
use domain::id::{Actor, RequestId};
use domain::period::Period;
use domain::request::Request;
use jiff::civil::Date;
use ledger::leaf::HalfYear;
use store::{Lost, LostLeaf, Sight, Tx};

use crate::{Candor, Error};

impl Candor {
    /// States that what is lost will not come back, so that editions can go out without it.
    /// Returns how many leaves that is about; nothing happens where none is.
    pub async fn state_loss(&self, actor: Actor) -> Result<usize, Error> {
        let mut tx = self.db.begin().await?;
        let lost = tx.lost().await?;
        let mut open = lost.iter().filter(|lost| !lost.is_stated).map(|lost| lost.index);
        let Some(first) = open.next() else { return Ok(0) };
        let last = open.next_back().unwrap_or(first);
        tx.state_loss(self.clock.now(), actor, (first, last + 1)).await?;
        tx.commit().await?;
        Ok(lost.iter().filter(|lost| !lost.is_stated).count())
    }

    /// Refuses an edition that would count less than the log holds, where nobody has stated that.
    pub(crate) async fn refuse_loss(tx: &mut Tx, period: Period) -> Result<(), Error> {
        let (mut submissions, mut requests, mut outcomes) = (0, 0, 0);
        for LostLeaf { what, is_stated, .. } in tx.lost().await? {
            match what {
                _ if is_stated => {}
                Lost::Submission { received } if touches(period, received) => submissions += 1,
                Lost::Request { received } if touches(period, received) => requests += 1,
                Lost::Submission { .. } | Lost::Request { .. } => {}
                Lost::Outcome { of } => {
                    let fact = tx.request(of, Sight::whole()).await?.0.fact();
                    outcomes +=
                        u32::from(fact.is_some_and(|fact| period.contains(fact.received_on)));
                }
            }
        }
        let told = [
            (submissions, "submissions"),
            (requests, "requests"),
            (outcomes, "outcomes of requests"),
        ];
        let told = told.into_iter().filter(|(count, _)| *count > 0);
        let what = told.map(|(count, what)| format!("{count} {what}")).collect::<Vec<_>>();
        match what.as_slice() {
            [] => Ok(()),
            what => Err(Error::ContentLost { period, what: what.join(", ") }),
        }
    }

    /// Open requests of a period whose last decision is lost: that they are open is to be sealed
    /// again.
    pub(crate) async fn open_with_lost_outcome(
        tx: &mut Tx,
        period: Period,
    ) -> Result<Vec<RequestId>, Error> {
        let mut open = Vec::new();
        for lost in tx.lost().await? {
            let Lost::Outcome { of } = lost.what else { continue };
            // History is not sealed again: its line is imported again.
            let Request::Handled(request) = tx.request(of, Sight::whole()).await?.0 else {
                continue;
            };
            let fact = Request::Handled(request).fact();
            let is_open = fact.is_some_and(|fact| {
                fact.standing == Standing::Open && period.contains(fact.received_on)
            });
            if is_open && !open.contains(&of) {
                open.push(of);
            }
        }
        Ok(open)
    }

    /// What the doctor says of it; `None` where nothing is lost.
    pub(crate) async fn examine_loss(tx: &mut Tx) -> Result<Option<Result<String, String>>, Error> {
        let lost = tx.lost().await?;
        let missed = lost.iter().filter(|lost| !lost.is_stated).count();
        if missed > 0 {
            return Ok(Some(Err(format!(
                "what {missed} leaves of the log seal is lost since a backup was restored: enter \
                 it again from what the senders hold, and decide again; `candor report publish \
                 --despite-loss` goes on without it"
            ))));
        }
        let stated = format!("{} leaves are lost, and it was stated", lost.len());
        Ok((!lost.is_empty()).then_some(Ok(stated)))
    }
}

fn touches(period: Period, half: HalfYear) -> bool {
    let number = |day: Date| i32::from(day.year()) * 2 + i32::from(day.month() > 6);
    (number(period.first())..=number(period.last())).contains(&i32::from(half.number()))
}
