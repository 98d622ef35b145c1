//! A look into a file, in a process of its own ([`inspect::child`]).

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use inspect::{Look, Picture, child};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::Error;

/// So many files are looked into at once; who comes later waits.
const AT_ONCE_MAX: usize = 2;
/// How long somebody waits for their turn.
const TURN_TIME_MAX: Duration = Duration::from_secs(30);
/// How long a look may take by the clock; what it computes has a limit of its own.
const LOOK_TIME_MAX: Duration = Duration::from_secs(40);
/// The longest answer of a look.
const LOOK_BYTES_MAX: u64 = 64 << 10;

/// Starts processes that look into files.
#[derive(Clone, Debug)]
pub struct Inspector {
    program: PathBuf,
    turns: Arc<Semaphore>,
}

/// Why nobody knows what is in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoLook {
    /// It broke what looked into it, or took too much time or memory.
    Failed,
    /// Others were looked into; it can be tried again.
    Busy,
}

impl Default for Inspector {
    fn default() -> Self {
        // The program that runs, also where another one took its place in the file system.
        let own = Path::new("/proc/self/exe");
        let program = match own.exists() {
            true => own.to_owned(),
            false => std::env::current_exe().unwrap_or_default(),
        };
        Self::new(program)
    }
}

impl Inspector {
    /// `program` runs [`child::run`] at the word [`child::COMMAND`].
    pub fn new(program: PathBuf) -> Self {
        Self { program, turns: Arc::new(Semaphore::new(AT_ONCE_MAX)) }
    }

    /// What is in a file.
    pub(crate) async fn look(&self, bytes: Vec<u8>) -> Result<Result<Look, NoLook>, Error> {
        let answer = self.ask(&[child::LOOK], bytes, LOOK_BYTES_MAX).await?;
        // The process may have been taken over by what it read: what it says is checked.
        Ok(answer.and_then(|answer| serde_json::from_slice(&answer).map_err(|_| NoLook::Failed)))
    }

    /// A page of a file, from 1.
    pub(crate) async fn draw(
        &self,
        bytes: Vec<u8>,
        page: u32,
    ) -> Result<Result<Picture, NoLook>, Error> {
        let asked = [child::DRAW, &page.to_string()];
        let answer = self.ask(&asked, bytes, Picture::BYTES_MAX).await?;
        Ok(answer.and_then(|answer| Picture::read(&answer).map_err(|_| NoLook::Failed)))
    }

    async fn ask(
        &self,
        asked: &[&str],
        bytes: Vec<u8>,
        answer_bytes_max: u64,
    ) -> Result<Result<Vec<u8>, NoLook>, Error> {
        let Ok(turn) = timeout(TURN_TIME_MAX, self.turns.acquire()).await else {
            return Ok(Err(NoLook::Busy));
        };
        let _turn = turn.map_err(|_| Error::Worker)?;
        let mut process = self.start(asked)?;
        let (into, from) = process.pipes();
        let talk =
            tokio::task::spawn_blocking(move || exchange(into, from, &bytes, answer_bytes_max));
        let answer = match timeout(LOOK_TIME_MAX, talk).await {
            Ok(answer) => answer.map_err(|_| Error::Worker)?,
            Err(_) => None,
        };
        Ok(match (answer, process.end()) {
            (Some(answer), Ended::Well) => Ok(answer),
            (Some(_), Ended::Badly) | (None, Ended::Well | Ended::Badly) => Err(NoLook::Failed),
        })
    }

    fn start(&self, asked: &[&str]) -> Result<Process, Error> {
        let child = Command::new(&self.program)
            .arg(child::COMMAND)
            .args(asked)
            // No password and no path of ours is there to be read.
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::file(&self.program, "can't be started to look into a file"))?;
        Ok(Process(child))
    }
}

/// A process that is ended when nobody waits for it any more.
struct Process(Child);

enum Ended {
    Well,
    Badly,
}

impl Process {
    fn pipes(&mut self) -> (Option<ChildStdin>, Option<ChildStdout>) {
        (self.0.stdin.take(), self.0.stdout.take())
    }

    /// It has answered, or never will.
    fn end(&mut self) -> Ended {
        let ended = match self.0.try_wait() {
            Ok(Some(status)) => Some(status),
            // It closed its answer and is about to end, or it is not.
            Ok(None) | Err(_) => {
                self.0.kill().ok();
                self.0.wait().ok()
            }
        };
        match ended {
            Some(status) if status.success() => Ended::Well,
            Some(_) | None => Ended::Badly,
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Whoever asked has gone away. One that has ended is not touched.
        self.end();
    }
}

/// Hands over the file, and reads the answer; `None` where there is none, or too long a one.
fn exchange(
    into: Option<ChildStdin>,
    from: Option<ChildStdout>,
    bytes: &[u8],
    answer_bytes_max: u64,
) -> Option<Vec<u8>> {
    let mut into = into?;
    into.write_all(bytes).ok()?;
    drop(into);
    let mut answer = Vec::new();
    from?.take(answer_bytes_max + 1).read_to_end(&mut answer).ok()?;
    (!answer.is_empty() && answer.len() as u64 <= answer_bytes_max).then_some(answer)
}
