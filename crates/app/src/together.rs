//! What is done once for all who ask for it at the same time: a transaction for many acts, a
//! signature for many commits.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::Error;

/// Beyond this, who comes is asked to come again.
const WAITING_MAX: usize = 1024;

/// What becomes of an act.
pub(crate) type Told<T> = Result<T, Error>;
/// Who waits to be told.
pub(crate) type Done<T> = oneshot::Sender<Told<T>>;
/// Acts in the order in which they came.
type Queue<A, T> = VecDeque<(A, Done<T>)>;

/// Acts that wait for a transaction, which they share: most of what one costs alone is not its own
/// work, but the head of the log, its rows and the commit.
///
/// Who pushes an act has a turn taken for it, apart from themselves, since they may go away while
/// others wait for the same commit. Each turn takes one act at least, so that none is left.
#[derive(Debug)]
pub(crate) struct Together<A, T> {
    queue: Arc<Mutex<Queue<A, T>>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl<A, T> Clone for Together<A, T> {
    fn clone(&self) -> Self {
        Self { queue: Arc::clone(&self.queue), turn: Arc::clone(&self.turn) }
    }
}

impl<A, T> Default for Together<A, T> {
    fn default() -> Self {
        Self { queue: Arc::default(), turn: Arc::default() }
    }
}

impl<A, T> Together<A, T> {
    fn queue(&self) -> MutexGuard<'_, Queue<A, T>> {
        // Nothing panics while it is changed but what chooses, which puts nothing in.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an act to those that wait.
    pub(crate) fn push(&self, act: A) -> Result<oneshot::Receiver<Told<T>>, Error> {
        let mut queue = self.queue();
        if queue.len() >= WAITING_MAX {
            return Err(Error::Again);
        }
        let (done, told) = oneshot::channel();
        queue.push_back((act, done));
        Ok(told)
    }

    /// Held by whoever does what waits.
    pub(crate) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// The first ones, so many at most, of those that may share a transaction.
    pub(crate) fn take(
        &self,
        most: usize,
        mut may_share: impl FnMut(&A) -> bool,
    ) -> Vec<(A, Done<T>)> {
        let mut taken = Vec::new();
        let mut queue = self.queue();
        for (act, done) in std::mem::take(&mut *queue) {
            if done.is_closed() {
                // Who asked for it has gone away.
            } else if taken.len() < most && may_share(&act) {
                taken.push((act, done));
            } else {
                queue.push_back((act, done));
            }
        }
        taken
    }
}

/// Work that covers whoever asked for it before it began.
#[derive(Debug, Default)]
pub(crate) struct Coalesced {
    asked: AtomicU64,
    /// How many of those who asked were covered.
    covered: tokio::sync::Mutex<u64>,
}

impl Coalesced {
    /// Does the work, or waits for somebody who does it.
    pub(crate) async fn share(&self, work: impl Future<Output = Told<()>>) -> Told<()> {
        // Asked before the work looks at anything: who finds this asked does it for them too.
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut covered = self.covered.lock().await;
        if *covered >= mine {
            return Ok(());
        }
        let asked = self.asked.load(Ordering::SeqCst);
        work.await?;
        *covered = asked;
        Ok(())
    }

    /// Nobody does the work as long as this is held.
    pub(crate) async fn hold(&self) -> tokio::sync::MutexGuard<'_, u64> {
        self.covered.lock().await
    }
}
