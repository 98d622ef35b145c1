//! A scanner that speaks clamd's protocol on the loopback and knows one virus: the test file of
//! EICAR, which every scanner takes for one (eicar.org).

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use app::ScanSettings;

/// In two pieces, so that no scanner finds it in this file.
pub fn eicar() -> Vec<u8> {
    let test = r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-";
    format!("{test}{}", "STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").into_bytes()
}

/// What it does beside scanning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Scans,
    /// Its signatures know nothing any more.
    KnowsNothing,
    /// It takes so many bytes and hangs up over more.
    Takes(usize),
    /// It answers with what no clamd says.
    Rubbish,
    /// It hangs up without a word.
    HangsUp,
}

pub struct Clamd {
    port: u16,
    mood: Arc<Mutex<Mood>>,
    worker: Option<JoinHandle<()>>,
}

impl Clamd {
    pub fn listens() -> Self {
        Self::listens_at(0)
    }

    /// At a port where one listened before.
    pub fn listens_at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let mood = Arc::new(Mutex::new(Mood::Scans));
        let of = Arc::clone(&mood);
        let worker = std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mood = *of.lock().expect("nobody panicked");
                match answer(stream.expect("somebody"), mood) {
                    Ok(Goes::On) | Err(_) => {}
                    Ok(Goes::Away) => return,
                }
            }
        });
        Self { port, mood, worker: Some(worker) }
    }

    pub fn settings(&self) -> ScanSettings {
        ScanSettings { clamd: format!("tcp://127.0.0.1:{}", self.port) }
    }

    pub fn is_in_the_mood(&self, mood: Mood) {
        *self.mood.lock().expect("nobody panicked") = mood;
    }

    /// It stops. Returns its port, at which nobody listens any more.
    pub fn goes_away(mut self) -> u16 {
        self.end();
        self.port
    }

    fn end(&mut self) {
        if let Some(worker) = self.worker.take() {
            let told = TcpStream::connect(("127.0.0.1", self.port))
                .and_then(|mut stream| stream.write_all(b"zSHUTDOWN\0"));
            told.expect("it listens");
            worker.join().expect("it ended well");
        }
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        self.end();
    }
}

enum Goes {
    On,
    Away,
}

fn answer(mut stream: TcpStream, mood: Mood) -> std::io::Result<Goes> {
    let mut word = Vec::new();
    let mut byte = [0];
    while stream.read(&mut byte)? == 1 && byte != [0] {
        word.push(byte[0]);
    }
    match (word.as_slice(), mood) {
        (b"zSHUTDOWN", _) => return Ok(Goes::Away),
        (_, Mood::HangsUp) => {}
        (_, Mood::Rubbish) => stream.write_all(&[b'x'; 100_000])?,
        (b"zVERSION", Mood::KnowsNothing) => stream.write_all(b"ClamAV 1.4.6/1/an old day\0")?,
        (b"zVERSION", _) => stream.write_all(b"ClamAV 1.4.6/27427/a new day\0")?,
        (b"zINSTREAM", mood) => {
            let said = match read(&mut stream, mood)? {
                None => &b"INSTREAM size limit exceeded. ERROR\0"[..],
                Some(file) if file == eicar() && mood != Mood::KnowsNothing => {
                    b"stream: Eicar-Test-Signature FOUND\0"
                }
                Some(_) => b"stream: OK\0",
            };
            stream.write_all(said)?;
        }
        (_, _) => stream.write_all(b"UNKNOWN COMMAND\0")?,
    }
    Ok(Goes::On)
}

/// The pieces of a file; `None` where they are too many.
fn read(stream: &mut TcpStream, mood: Mood) -> std::io::Result<Option<Vec<u8>>> {
    let mut file = Vec::new();
    loop {
        let mut length = [0; 4];
        stream.read_exact(&mut length)?;
        let length = u32::from_be_bytes(length) as usize;
        if length == 0 {
            return Ok(Some(file));
        }
        if matches!(mood, Mood::Takes(most) if file.len() + length > most) {
            return Ok(None);
        }
        let mut piece = vec![0; length];
        stream.read_exact(&mut piece)?;
        file.extend(piece);
    }
}
