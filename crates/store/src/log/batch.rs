//! Batches: in sealed mode leaves get their place so many of each kind at a time, filled up with
//! pads, in random order (see `docs/log.md`, "Sealed mode").
//!
//! **A batch is one transaction**: a crash leaves all of it or nothing. Every leaf refers to one of
//! an earlier batch, so that the order within a batch is free.

use std::collections::BTreeSet;

use domain::event::CompanyEvent;
use domain::id::Actor;
use domain::padding::Padding;
use jiff::Timestamp;
use jiff::civil::Date;
use ledger::leaf::{HalfYear, LeafKind};

use crate::log::append::{Grown, Head};
use crate::log::codes;
use crate::log::pad::{NewPad, PadParent};
use crate::log::period::half_year;
use crate::log::seal::Sealer;
use crate::log::waiting::WaitingLeaf;
use crate::{Error, Keys, Tx, on_both};

/// A pad waits on average about so long for its request, and that one for its decision, as far as
/// the numbers of a batch allow it: as what really happens takes its time.
const DELAY_SECONDS: u64 = 3 * 24 * 60 * 60;
/// So many days into a half-year, pads are of the one before as often as of this one: some of what
/// is received by then was sent before.
const LATE_DAYS: i32 = 31;
/// How often a lot is drawn again that fell on a pad which was drawn already.
const LOTS_MAX: u32 = 16;

/// What a batch is made for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose<'a> {
    /// It is due, or leaves wait that an edition counts.
    Regular,
    /// Pads of these half-years that lack a request or a decision get theirs first.
    Completing(&'a BTreeSet<HalfYear>),
}

/// What stands at a place of a batch.
enum Slot {
    Waiting(Box<WaitingLeaf>, Option<u64>),
    Pad(HalfYear, NewPad),
}

/// The half-years that a batch made today can be about.
struct Season {
    current: HalfYear,
    /// `None` where its key was destroyed.
    previous: Option<HalfYear>,
    is_early: bool,
}

impl Tx {
    /// The shape of the batches, and the second since 1970 at which the last one was due; `None`
    /// where the log is not in sealed mode.
    pub async fn padding(&mut self) -> Result<Option<(Padding, i64)>, Error> {
        const FIND: &str = "SELECT every_seconds, submissions, requests, decisions, \
             reclassifications, batch_due FROM padding WHERE id = 1";
        type Row = (i64, i64, i64, i64, i64, i64);
        let row: Option<Row> =
            on_both!(self, |c| sqlx::query_as(FIND).fetch_optional(&mut **c).await?);
        let Some((every, submissions, requests, decisions, reclassifications, due)) = row else {
            return Ok(None);
        };
        let strange = || Error::inconsistent("padding", "1", "its numbers are none");
        let count = |n: i64| u16::try_from(n).ok().and_then(|n| n.try_into().ok());
        let padding = Padding {
            every_seconds: u32::try_from(every)
                .ok()
                .and_then(|every| every.try_into().ok())
                .ok_or_else(strange)?,
            submissions: count(submissions).ok_or_else(strange)?,
            requests: count(requests).ok_or_else(strange)?,
            decisions: count(decisions).ok_or_else(strange)?,
            reclassifications: count(reclassifications).ok_or_else(strange)?,
        };
        Ok(Some((padding, due)))
    }

    /// Has leaves get their place in batches of this shape from here on. The first is due at the
    /// next multiple of its seconds.
    pub async fn set_padding(
        &mut self,
        at: Timestamp,
        actor: Actor,
        padding: Padding,
    ) -> Result<(), Error> {
        const SET: &str = "INSERT INTO padding (id, every_seconds, submissions, requests, \
             decisions, reclassifications, batch_due) VALUES (1, $1, $2, $3, $4, $5, $6) \
             ON CONFLICT (id) DO UPDATE SET every_seconds = excluded.every_seconds, \
             submissions = excluded.submissions, requests = excluded.requests, \
             decisions = excluded.decisions, reclassifications = excluded.reclassifications";
        const SEAL: &str = "UPDATE log_head SET is_padded = 1 WHERE id = 1";
        self.record_of_publication(at, actor, CompanyEvent::PaddingChanged { padding }).await?;
        on_both!(self, |c| {
            sqlx::query(SET)
                .bind(i64::from(padding.every_seconds.get()))
                .bind(i64::from(padding.submissions.get()))
                .bind(i64::from(padding.requests.get()))
                .bind(i64::from(padding.decisions.get()))
                .bind(i64::from(padding.reclassifications.get()))
                .bind(padding.due(at.as_second()))
                .execute(&mut **c)
                .await?;
            sqlx::query(SEAL).execute(&mut **c).await?.rows_affected()
        });
        if let Some(codebook) = codes::with_pads(self.codebook().await?) {
            self.append_codebook(&codebook).await?;
        }
        Ok(())
    }

    /// Appends the batch that is due at `now`, on the day `today` of the log's time zone. Returns
    /// how many leaves that waited got their place; `None` where the log is not in sealed mode, or
    /// the batch was made. One that was missed stays missed.
    pub async fn append_due_batch(
        &mut self,
        keys: &std::sync::Arc<Keys>,
        (now, today): (Timestamp, Date),
    ) -> Result<Option<u64>, Error> {
        const TAKE: &str = "UPDATE padding SET batch_due = $1 WHERE id = 1 AND batch_due < $1";
        // Whoever holds the head makes the batch; who comes second finds it made.
        self.take_head().await?;
        let Some((padding, _)) = self.padding().await? else { return Ok(None) };
        let due = padding.due(now.as_second());
        let taken = on_both!(self, |c| {
            sqlx::query(TAKE).bind(due).execute(&mut **c).await?.rows_affected()
        });
        if taken != 1 {
            return Ok(None);
        }
        let mut sealer = self.sealer(keys).await?;
        let placed = self.append_batch(&mut sealer, &padding, (today, Purpose::Regular)).await?;
        Ok(Some(placed))
    }

    /// Appends one batch. Returns how many leaves that waited got their place.
    pub(super) async fn append_batch(
        &mut self,
        sealer: &mut Sealer,
        padding: &Padding,
        (today, purpose): (Date, Purpose<'_>),
    ) -> Result<u64, Error> {
        let mut head = self.take_head().await?;
        let season = self.season(sealer, today).await?;
        let mut grown = Grown::default();
        self.seed(sealer, padding, (&season, purpose), (&mut head, &mut grown)).await?;
        let mut slots = Vec::new();
        for (kind, count) in [
            (LeafKind::Submission, padding.submissions.get()),
            (LeafKind::Request, padding.requests.get()),
            (LeafKind::Decision, padding.decisions.get()),
            (LeafKind::Reclassification, padding.reclassifications.get()),
        ] {
            let ready = self.waiting_ready(kind, count).await?;
            let rest = usize::from(count).saturating_sub(ready.len());
            let waiting = |(waits, parent)| Slot::Waiting(Box::new(waits), parent);
            slots.extend(ready.into_iter().map(waiting));
            let pads = self.new_pads(kind, rest, padding, (&season, purpose)).await?;
            slots.extend(pads.into_iter().map(|(half_year, new)| Slot::Pad(half_year, new)));
        }
        shuffle(&mut slots)?;
        let mut placed = 0;
        for slot in slots {
            match slot {
                Slot::Waiting(waits, parent) => {
                    let index = head.frontier.size();
                    head.push(waits.placed(index, parent), &mut grown);
                    self.note_place(&waits, index).await?;
                    placed += 1;
                }
                Slot::Pad(half_year, new) => {
                    self.place_pad(sealer, (half_year, new), (&mut head, &mut grown)).await?;
                }
            }
        }
        self.insert_leaves(&grown).await?;
        self.put_head(&head).await?;
        Ok(placed)
    }

    /// Returns where it came to stand.
    async fn place_pad(
        &mut self,
        sealer: &Sealer,
        (half_year, new): (HalfYear, NewPad),
        (head, grown): (&mut Head, &mut Grown),
    ) -> Result<u64, Error> {
        let index = head.frontier.size();
        let made = sealer.pad(index, half_year, new)?;
        head.push(made.row(index, head.position), grown);
        self.note_pad(index, half_year, new).await?;
        Ok(index)
    }

    /// Has the keys of the half-years at hand, new ones if need be: that of the next one too, so
    /// that a backup holds it before pads are made with it, and knows them again.
    async fn season(&mut self, sealer: &mut Sealer, today: Date) -> Result<Season, Error> {
        let current = half_year(today)?;
        let keys = sealer.keys().clone();
        let previous = HalfYear::from_number(current.number().saturating_sub(1));
        let next = HalfYear::from_number(current.number().saturating_add(1));
        let mut usable = BTreeSet::new();
        for half_year in [previous, current, next] {
            match sealer.periods.of(&keys, half_year) {
                Ok((_, new)) => {
                    if let Some(new) = new {
                        self.save_period_key(&new).await?;
                    }
                    usable.insert(half_year);
                }
                // None of a half-year that is over.
                Err(Error::PeriodKeyDestroyed(of)) if of == previous => {}
                Err(error) => return Err(error),
            }
        }
        let previous = usable.contains(&previous).then_some(previous);
        let begun = Date::constant(today.year(), if today.month() <= 6 { 1 } else { 7 }, 1);
        let is_early = (today - begun).get_days() < LATE_DAYS;
        Ok(Season { current, previous, is_early })
    }

    /// Where there are too few pads for others to refer to, as at the very beginning, a few whole
    /// ones come before the batch. Anyone can tell that these are pads.
    async fn seed(
        &mut self,
        sealer: &Sealer,
        padding: &Padding,
        (season, purpose): (&Season, Purpose<'_>),
        (head, grown): (&mut Head, &mut Grown),
    ) -> Result<(), Error> {
        let to_decide = padding.decisions.max(padding.reclassifications).get();
        let mut lacking = false;
        for (kind, wanted) in
            [(LeafKind::Submission, padding.requests.get()), (LeafKind::Request, to_decide)]
        {
            let mut there = 0;
            for half_year in season.window(kind, purpose) {
                let wanted = u64::from(wanted);
                there += self.pads_from((kind, half_year), 0, wanted).await?.len();
            }
            lacking |= there < usize::from(wanted);
        }
        if !lacking {
            return Ok(());
        }
        let whole = padding.requests.get().max(to_decide);
        let mut submissions = Vec::new();
        for _ in 0..whole {
            let new = (season.current, NewPad::Submission);
            submissions.push(self.place_pad(sealer, new, (head, grown)).await?);
        }
        let mut requests = Vec::new();
        for submission in submissions {
            let new = (season.current, NewPad::Request { submission, ordinal: 1 });
            requests.push(self.place_pad(sealer, new, (head, grown)).await?);
        }
        for request in requests {
            let new = (season.current, NewPad::Decision { request, seq: 0 });
            self.place_pad(sealer, new, (head, grown)).await?;
        }
        Ok(())
    }

    /// The pads that fill up one kind.
    async fn new_pads(
        &mut self,
        kind: LeafKind,
        count: usize,
        padding: &Padding,
        (season, purpose): (&Season, Purpose<'_>),
    ) -> Result<Vec<(HalfYear, NewPad)>, Error> {
        if kind == LeafKind::Submission {
            let new = |_| Ok((season.half_year_of_pad(purpose)?, NewPad::Submission));
            return (0..count).map(new).collect();
        }
        let parents = self.draw_parents(kind, count, padding, (season, purpose)).await?;
        let new = |parent: PadParent| {
            let PadParent { index, half_year, children, reclassifications } = parent;
            let new = if kind == LeafKind::Request {
                let ordinal = u16::try_from(children + 1);
                let full = |_| Error::inconsistent("pad", index, "too many refer to it");
                NewPad::Request { submission: index, ordinal: ordinal.map_err(full)? }
            } else if kind == LeafKind::Reclassification {
                NewPad::Reclassification { request: index, seq: reclassifications }
            } else {
                NewPad::Decision { request: index, seq: children }
            };
            Ok((half_year, new))
        };
        parents.into_iter().map(new).collect()
    }

    /// Draws the pads that new pads refer to, none of them twice. Those that lack what is made are
    /// the more likely the more they are; so they wait for a while, as what really happens does.
    async fn draw_parents(
        &mut self,
        kind: LeafKind,
        count: usize,
        padding: &Padding,
        (season, purpose): (&Season, Purpose<'_>),
    ) -> Result<Vec<PadParent>, Error> {
        let (of, places) = if kind == LeafKind::Request {
            (LeafKind::Submission, padding.submissions.get())
        } else {
            (LeafKind::Request, padding.requests.get())
        };
        let mut drawn = Drawn::default();
        let window = season.window(of, purpose);
        let mut open = Vec::new();
        if kind != LeafKind::Reclassification {
            if let Purpose::Completing(half_years) = purpose {
                for half_year in half_years {
                    let lacking = (count - drawn.parents.len()) as u64;
                    for parent in self.open_pads((of, *half_year), 0, lacking).await? {
                        drawn.take(parent);
                    }
                }
            }
            for half_year in &window {
                open.push((*half_year, self.count_open_pads(of, *half_year).await?));
            }
        }
        let all_open: u64 = open.iter().map(|(_, count)| count).sum();
        let cadence = u64::from(padding.every_seconds.get());
        let enough = (u64::from(places) * DELAY_SECONDS / cadence).max(1);
        let mut lots = 0;
        while drawn.parents.len() < count && lots < LOTS_MAX * count as u32 {
            lots += 1;
            let parent = match below(enough)? < all_open {
                true => self.open_pad_at(of, &open, below(all_open)?).await?,
                false => self.any_pad(of, &window).await?,
            };
            parent.into_iter().for_each(|parent| drawn.take(parent));
        }
        for half_year in window {
            let lacking = count - drawn.parents.len();
            if lacking == 0 {
                break;
            }
            // Of so many, at least those that are lacking were not drawn.
            for parent in self.pads_from((of, half_year), 0, count as u64).await? {
                if drawn.parents.len() < count {
                    drawn.take(parent);
                }
            }
        }
        match drawn.parents.len() {
            there if there == count => Ok(drawn.parents),
            there => Err(Error::inconsistent("pad", there, "there are too few to refer to")),
        }
    }

    /// The one of those that nothing refers to which a lot has fallen on.
    async fn open_pad_at(
        &mut self,
        kind: LeafKind,
        open: &[(HalfYear, u64)],
        mut lot: u64,
    ) -> Result<Option<PadParent>, Error> {
        for (half_year, count) in open {
            match lot.checked_sub(*count) {
                None => return Ok(self.open_pads((kind, *half_year), lot, 1).await?.pop()),
                Some(rest) => lot = rest,
            }
        }
        Ok(None)
    }

    /// Any pad of a kind in some half-years, each about as likely as another.
    async fn any_pad(
        &mut self,
        kind: LeafKind,
        window: &BTreeSet<HalfYear>,
    ) -> Result<Option<PadParent>, Error> {
        let mut spans = Vec::new();
        for half_year in window {
            if let Some((first, last)) = self.span_of_pads(kind, *half_year).await? {
                spans.push((*half_year, first, last - first + 1));
            }
        }
        let mut lot = below(spans.iter().map(|(_, _, length)| length).sum())?;
        for (half_year, first, length) in spans {
            match lot.checked_sub(length) {
                None => return Ok(self.pads_from((kind, half_year), first + lot, 1).await?.pop()),
                Some(rest) => lot = rest,
            }
        }
        Ok(None)
    }
}

impl Season {
    /// The half-years whose pads a new pad may refer to. One that completes them must not open
    /// another one in a half-year that is over.
    fn window(&self, of: LeafKind, purpose: Purpose<'_>) -> BTreeSet<HalfYear> {
        match (purpose, of) {
            (Purpose::Completing(_), LeafKind::Submission) => BTreeSet::from([self.current]),
            (Purpose::Completing(_) | Purpose::Regular, _) => {
                self.previous.into_iter().chain([self.current]).collect()
            }
        }
    }

    fn half_year_of_pad(&self, purpose: Purpose<'_>) -> Result<HalfYear, Error> {
        match (purpose, self.previous) {
            (Purpose::Regular, Some(previous)) if self.is_early && below(2)? == 0 => Ok(previous),
            (Purpose::Regular | Purpose::Completing(_), _) => Ok(self.current),
        }
    }
}

/// Parents, none of them twice.
#[derive(Default)]
struct Drawn {
    parents: Vec<PadParent>,
    indexes: BTreeSet<u64>,
}

impl Drawn {
    fn take(&mut self, parent: PadParent) {
        if self.indexes.insert(parent.index) {
            self.parents.push(parent);
        }
    }
}

/// A number below `n`, each as likely as any other but for one part in 2⁶⁴; 0 where `n` is 0.
fn below(n: u64) -> Result<u64, Error> {
    let mut lot = [0; 16];
    getrandom::fill(&mut lot)?;
    let lot = u128::from_le_bytes(lot).checked_rem(u128::from(n)).unwrap_or(0);
    Ok(u64::try_from(lot).expect("it is below a number of 64 bits"))
}

/// Every order is as likely as any other (Fisher and Yates).
pub(super) fn shuffle<T>(all: &mut [T]) -> Result<(), Error> {
    for last in (1..all.len()).rev() {
        let lot = below(last as u64 + 1)?;
        all.swap(last, usize::try_from(lot).expect("it is below a length"));
    }
    Ok(())
}
