//! How candor asks others: a key service, witnesses.
//!
//! TLS is rustls on aws-lc, as in `verify`, which knows nothing of this crate. Requests block, so
//! each is made on a thread that may.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, TlsProvider, parse_pem};

use crate::Error;

/// Asks a server and gives up after a time. `ca_file` holds the certificates to trust in place of
/// the public authorities'.
pub(crate) fn agent(timeout: Duration, ca_file: Option<&Path>) -> Result<ureq::Agent, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let roots = match ca_file {
        Some(file) => RootCerts::new_with_certs(&certificates(file)?),
        None => RootCerts::WebPki,
    };
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(provider)
        .root_certs(roots)
        .build();
    Ok(ureq::Agent::config_builder()
        .tls_config(tls)
        .timeout_global(Some(timeout))
        .http_status_as_error(false)
        // What is asked for is signed or secret: it goes where the settings say, or nowhere.
        .max_redirects(0)
        .build()
        .new_agent())
}

fn certificates(file: &Path) -> Result<Vec<Certificate<'static>>, Error> {
    let pem = std::fs::read(file).map_err(Error::file(file, "the certificates can't be read"))?;
    let found: Vec<_> = parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            Ok(_) | Err(_) => None,
        })
        .collect();
    match found.is_empty() {
        false => Ok(found),
        true => Err(Error::Config(format!("{}: no certificate in PEM is in it", file.display()))),
    }
}

/// The body of an answer, if it is not longer than allowed.
pub(crate) fn body(
    mut answer: ureq::http::Response<ureq::Body>,
    size_bytes_max: u64,
) -> Result<String, ureq::Error> {
    answer.body_mut().with_config().limit(size_bytes_max).read_to_string()
}

/// Whether nobody on the way can read along: HTTPS, or a service on this machine.
pub(crate) fn is_private(url: &str) -> bool {
    const HERE: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];
    url.starts_with("https://")
        || url.strip_prefix("http://").is_some_and(|rest| {
            HERE.iter().any(|host| {
                rest.strip_prefix(host).is_some_and(|rest| rest.starts_with([':', '/']))
            })
        })
}

/// Runs what blocks on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(
    ask: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(ask).await.map_err(|_| Error::Worker)?
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn a_secret_goes_over_https_or_stays_on_the_machine() {
        for url in ["https://vault.example/", "http://127.0.0.1:8200/v1", "http://[::1]/"] {
            assert!(is_private(url), "{url}");
        }
        for url in ["http://vault.example/", "http://localhost.example/", "ftp://localhost/"] {
            assert!(!is_private(url), "{url}");
        }
    }
}
