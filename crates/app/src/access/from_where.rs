//! From which network address somebody tries to come in, and how often from one.
//!
//! An attempt with a made-up e-mail address costs a write. This stands before it, in memory.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ::access::{Crowd, Token};

use super::AccessRefusal;
use crate::config::ConsoleSettings;
use crate::{Candor, Error};

/// The attempts of late, of all who come to this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Attempts(Arc<Mutex<Crowd>>);

impl Attempts {
    fn lock(&self) -> MutexGuard<'_, Crowd> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConsoleSettings {
    /// From which address somebody comes. `peer` is who connected, `forwarded_for` the value of
    /// `X-Forwarded-For`, several of them with commas between. It is believed of a proxy that is
    /// named, from its end on and as far as it names further such proxies: whatever stands before
    /// that, anybody can have written.
    ///
    /// `None` where it can't be told: of who connects from the machine itself, where a proxy may
    /// stand that nobody named.
    pub fn client(&self, peer: IpAddr, forwarded_for: &str) -> Option<IpAddr> {
        let is_proxy =
            |address: IpAddr| self.proxies.iter().any(|proxy| proxy.to_canonical() == address);
        let peer = peer.to_canonical();
        if !is_proxy(peer) {
            return (!peer.is_loopback()).then_some(peer);
        }
        let mut from = peer;
        for hop in forwarded_for.rsplit(',') {
            // What is no address was not written by the proxy before it.
            let Some(hop) = address(hop.trim()) else { break };
            from = hop;
            if !is_proxy(hop) {
                break;
            }
        }
        Some(from)
    }
}

/// "192.0.2.7", and as some proxies write it "192.0.2.7:4711" and "[2001:db8::1]:4711".
fn address(text: &str) -> Option<IpAddr> {
    let with_port = |text: &str| text.parse::<SocketAddr>().ok().map(|with| with.ip());
    text.parse().ok().or_else(|| with_port(text)).map(|address: IpAddr| address.to_canonical())
}

impl Candor {
    /// Lets somebody sign in, unless too many from where they are have failed of late. `trying` is
    /// not begun then.
    pub async fn sign_in_from(
        &self,
        client: Option<IpAddr>,
        trying: impl Future<Output = Result<Token, Error>>,
    ) -> Result<Token, Error> {
        let Some(client) = client else { return trying.await };
        let admitted = self.attempts.lock().admit(client, self.clock.now());
        admitted.map_err(AccessRefusal::TooManyFromThere)?;
        let token = trying.await?;
        self.attempts.lock().give_back(client);
        Ok(token)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_believed_of_a_proxy_that_is_named_and_of_nobody_else() {
        let ip = |text: &str| -> IpAddr { text.parse().expect("an address") };
        let check = |proxies: &[&str], peer: &str, header: &str, expected: Option<&str>| {
            let proxies = proxies.iter().map(|text| ip(text)).collect();
            let settings = ConsoleSettings { origin: None, proxies };
            let told = settings.client(ip(peer), header);
            assert_eq!(told, expected.map(ip), "{peer} {header}");
        };
        let own = &["127.0.0.1", "10.0.0.5"];
        check(&[], "192.0.2.7", "", Some("192.0.2.7"));
        check(&[], "192.0.2.7", "198.51.100.1", Some("192.0.2.7"));
        check(&[], "127.0.0.1", "198.51.100.1", None);
        check(&[], "::1", "", None);
        check(own, "192.0.2.7", "198.51.100.1", Some("192.0.2.7"));
        check(own, "127.0.0.1", "198.51.100.1", Some("198.51.100.1"));
        check(own, "::ffff:127.0.0.1", "198.51.100.1:4711", Some("198.51.100.1"));
        check(own, "127.0.0.1", "[2001:db8::1]:4711", Some("2001:db8::1"));
        // What the client wrote itself stands before what the proxies wrote.
        check(own, "127.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.5", Some("198.51.100.1"));
        check(own, "127.0.0.1", "203.0.113.9,198.51.100.1", Some("198.51.100.1"));
        check(own, "127.0.0.1", "nonsense", Some("127.0.0.1"));
        check(own, "127.0.0.1", "198.51.100.1, nonsense, 10.0.0.5", Some("10.0.0.5"));
        check(own, "127.0.0.1", "", Some("127.0.0.1"));
    }
}
