//! Brings arrivals, many at a time, and prints each receipt as it is given: what the
//! crash drills kill, and what the benchmark measures.
//!
//!     intake DIR ARRIVALS AT_ONCE

use std::io::Write;
use std::time::Instant;

use app::{Arrival, Candor, Clock, Particulars};
use domain::id::{Actor, Sha256Hash};
use domain::submission::Channel;
use jiff::civil::date;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut arg = |what: &str| args.next().ok_or_else(|| format!("{what} is missing"));
    let (dir, arrivals, at_once) = (arg("DIR")?, arg("ARRIVALS")?, arg("AT_ONCE")?);
    let (arrivals, at_once): (u32, u32) = (arrivals.parse()?, at_once.parse()?);
    let candor = Candor::open(&dir, Clock::System).await?;
    let batches = candor.clone();
    // In sealed mode nobody has a receipt before a batch; otherwise there is none to make.
    tokio::spawn(async move { batches.seal_batches_regularly().await });
    let begun = Instant::now();
    let mut senders = Vec::new();
    for sender in 0..at_once {
        let candor = candor.clone();
        senders.push(tokio::spawn(async move {
            for n in (sender..arrivals).step_by(at_once as usize) {
                let reference = Some(format!("{}-{n}", std::process::id()));
                let arrival = Arrival {
                    channel: Channel::Portal,
                    received_on: date(2021, 3, 1),
                    files: vec![Sha256Hash([7; 32])],
                    particulars: Particulars { reference, nonce: None },
                };
                let received = candor.receive(arrival, Actor::OperatorCli).await?;
                let receipt = serde_json::to_string(&received.receipt)
                    .map_err(|error| app::Error::Nothing(error.to_string()))?;
                // One write for each line, so that a kill leaves no half of one.
                let line = format!("{receipt}\n");
                std::io::stdout().lock().write_all(line.as_bytes()).ok();
            }
            Ok::<_, app::Error>(())
        }));
    }
    for sender in senders {
        sender.await??;
    }
    let seconds = begun.elapsed().as_secs_f64();
    candor.close().await;
    writeln!(std::io::stderr(), "{arrivals} sealed in {seconds:.3} s, {at_once} at once")?;
    Ok(())
}
