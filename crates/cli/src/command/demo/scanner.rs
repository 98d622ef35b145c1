//! The demo's scanner: made up, and says so. It speaks clamd's protocol (clamd(8), "COMMANDS") on the
//! loopback while the files of the week are looked at, takes one harmless file for malware so that
//! its page can be seen, and is gone with the last of them.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use app::{Candor, Clock, ScanSettings};
use jiff::Timestamp;

use super::letters::LURE;

const NAME: &[u8] = b"Made-up scanner of the demo\0";
const FOUND: &[u8] = b"stream: Example.Lure.Harmless FOUND\0";
const CLEAN: &[u8] = b"stream: OK\0";
/// How long the one who asks may take with each word.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// Longer than any file of the week.
const FILE_BYTES_MAX: usize = 1 << 20;

/// Looks at the files of the week at a moment after it, each once however often the demo runs.
/// Whoever set a scanner of their own has theirs.
pub(super) async fn look_over(candor: &Candor, moment: Timestamp) -> anyhow::Result<()> {
    if candor.config.scan.is_some() {
        return Ok(());
    }
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let address = listener.local_addr()?;
    let scanner = std::thread::spawn(move || serve(&listener));
    let mut then = candor.clone();
    then.clock = Clock::Fixed(moment);
    then.config.scan = Some(ScanSettings { clamd: format!("tcp://{address}") });
    let looked = then.examine_off().await;
    end(address)?;
    // It ends with the word that it was told, whatever it was asked before.
    let _ = scanner.join();
    looked?;
    Ok(())
}

fn end(scanner: SocketAddr) -> io::Result<()> {
    TcpStream::connect(scanner)?.write_all(b"zEND\0")
}

fn serve(listener: &TcpListener) {
    for stream in listener.incoming() {
        // Who hangs up is asked again by whoever waits for the answer.
        if let Ok(Goes::Away) = stream.and_then(answer) {
            return;
        }
    }
}

/// Whether it goes on listening.
enum Goes {
    On,
    Away,
}

fn answer(mut stream: TcpStream) -> io::Result<Goes> {
    stream.set_read_timeout(Some(WAIT_MAX))?;
    stream.set_write_timeout(Some(WAIT_MAX))?;
    let mut word = Vec::new();
    let mut byte = [0];
    while word.len() < 16 && stream.read(&mut byte)? == 1 && byte != [0] {
        word.push(byte[0]);
    }
    match word.as_slice() {
        b"zEND" => return Ok(Goes::Away),
        b"zVERSION" => stream.write_all(NAME)?,
        b"zINSTREAM" => {
            let file = file(&mut stream)?;
            let is_lure = file.windows(LURE.len()).any(|part| part == LURE.as_bytes());
            stream.write_all(if is_lure { FOUND } else { CLEAN })?;
        }
        _ => stream.write_all(b"UNKNOWN COMMAND\0")?,
    }
    Ok(Goes::On)
}

/// A file in pieces, each after its length, and a piece of none at the end.
fn file(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut file = Vec::new();
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 {
            return Ok(file);
        }
        if file.len() + length > FILE_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut piece = vec![0; length];
        stream.read_exact(&mut piece)?;
        file.extend(piece);
    }
}
