//! A process of its own for each file that is looked into.
//!
//! candor starts itself with the word [`COMMAND`], hands the file over on standard input and reads
//! the answer from standard output. The process takes from itself, before it has read a byte, what
//! it could do harm with: it can open no file and no socket, start no other process, write no file,
//! and has little memory and time. So a file that is made to break what reads it costs a look at
//! it, and nothing else.
//!
//! Even so its answer is not believed: the one who asks reads it as numbers of a known shape, with
//! limits.

use std::io::{Read, Write};
use std::process::ExitCode;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::{draw, look_into};

/// The word after the program's name; what is asked follows it.
pub const COMMAND: &str = "inspect-file";
/// The look.
pub const LOOK: &str = "look";
/// A page, whose number is the next word.
pub const DRAW: &str = "draw";

/// Most memory that the process can have, its own text included.
pub const MEMORY_BYTES_MAX: u64 = 1 << 30;
/// Most time that it can compute.
pub const CPU_SECONDS_MAX: u64 = 20;
/// A larger file is not read.
pub const FILE_SIZE_BYTES_MAX: u64 = 32 << 20;

/// What the process does: `args` are the words after [`COMMAND`].
pub fn run(args: impl IntoIterator<Item = String>) -> ExitCode {
    let args: Vec<String> = args.into_iter().collect();
    match answer(&args) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads what it would say: whoever asked sees that it failed.
        Err(_) => ExitCode::FAILURE,
    }
}

fn answer(args: &[String]) -> std::io::Result<()> {
    confine()?;
    let mut bytes = Vec::new();
    std::io::stdin().lock().take(FILE_SIZE_BYTES_MAX).read_to_end(&mut bytes)?;
    let mut out = std::io::stdout().lock();
    match args {
        [asked] if asked == LOOK => serde_json::to_writer(&mut out, &look_into(&bytes))?,
        [asked, page] if asked == DRAW => {
            let page = page.parse().map_err(|_| std::io::ErrorKind::InvalidInput)?;
            let picture = draw(&bytes, page).ok_or(std::io::ErrorKind::InvalidData)?;
            out.write_all(&picture.to_bytes())?;
        }
        _ => return Err(std::io::ErrorKind::InvalidInput.into()),
    }
    out.flush()
}

/// Gives up what a look does not need. The hard limits too, so that they can't be raised again.
fn confine() -> std::io::Result<()> {
    let limits = [
        // No new descriptor: standard input and output are open, and nothing else will be.
        (Resource::Nofile, 0),
        (Resource::Nproc, 0),
        (Resource::Fsize, 0),
        (Resource::Core, 0),
        (Resource::Cpu, CPU_SECONDS_MAX),
        (Resource::As, MEMORY_BYTES_MAX),
    ];
    for (resource, most) in limits {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}
