//! From where somebody comes to sign in.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;

use super::Console;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// The network address of who asks; `None` where it can't be told.
pub(super) struct Client(pub(super) Option<IpAddr>);

impl FromRequestParts<Console> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let forwarded = parts.headers.get_all(FORWARDED_FOR).iter();
        let forwarded: Vec<_> = forwarded.map(|value| value.to_str().unwrap_or("?")).collect();
        let settings = &console.candor.config.console;
        let client = |ConnectInfo(peer): &ConnectInfo<SocketAddr>| {
            settings.client(peer.ip(), &forwarded.join(","))
        };
        Ok(Self(peer.and_then(client)))
    }
}
