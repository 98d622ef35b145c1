//! What `candor` does where it is started to look into a file.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    match args.next() {
        Some(word) if word == inspect::child::COMMAND => inspect::child::run(args),
        Some(_) | None => ExitCode::FAILURE,
    }
}
