//! Files of a site, in a folder or behind a URL.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use ledger::log::{Files, ReadError};
use ureq::tls::{TlsConfig, TlsProvider};

/// Where a site is read from.
#[derive(Debug)]
pub(crate) enum Source {
    Folder(PathBuf),
    Web { base: String, agent: ureq::Agent },
}

/// The files below a path of the site.
pub(crate) struct Prefixed<'a> {
    pub(crate) files: &'a Source,
    pub(crate) prefix: String,
}

/// A server that stalls is given up.
const TIMEOUT: Duration = Duration::from_secs(60);

impl Source {
    pub(crate) fn open(site: &str) -> anyhow::Result<Self> {
        if site.starts_with("https://") || site.starts_with("http://") {
            let base = site.trim_end_matches('/').trim_end_matches("/index.html").to_owned() + "/";
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let tls = TlsConfig::builder()
                .provider(TlsProvider::Rustls)
                .unversioned_rustls_crypto_provider(provider)
                .build();
            let agent = ureq::Agent::config_builder()
                .tls_config(tls)
                .timeout_global(Some(TIMEOUT))
                .http_status_as_error(false)
                .build()
                .new_agent();
            return Ok(Self::Web { base, agent });
        }
        let folder = PathBuf::from(site);
        if !folder.is_dir() {
            bail!("{site} is neither a folder nor an address that begins with https://");
        }
        Ok(Self::Folder(folder))
    }

    /// The way to the site's root: here, or one level up from a period's folder. `None` where no
    /// log is published.
    pub(crate) fn site(&self) -> anyhow::Result<Option<&'static str>> {
        for up in ["", "../"] {
            let path = format!("{up}log/checkpoint");
            if self.read(&path, ledger::note::NOTE_SIZE_BYTES_MAX)?.is_some() {
                return Ok(Some(up));
            }
        }
        Ok(None)
    }
}

impl Files for Source {
    fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, ReadError> {
        match self {
            Self::Folder(folder) => read_file(&folder.join(path), size_bytes_max),
            Self::Web { base, agent } => get(agent, &resolved(base, path), size_bytes_max),
        }
        .map_err(|error| ReadError { path: path.to_owned(), what: format!("{error:#}") })
    }
}

impl Files for Prefixed<'_> {
    fn read(&self, path: &str, size_bytes_max: usize) -> Result<Option<Vec<u8>>, ReadError> {
        self.files.read(&format!("{}{path}", self.prefix), size_bytes_max)
    }
}

fn read_file(path: &std::path::Path, size_bytes_max: usize) -> anyhow::Result<Option<Vec<u8>>> {
    match std::fs::File::open(path) {
        Ok(file) => limited(file, size_bytes_max).map(Some),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn get(agent: &ureq::Agent, url: &str, size_bytes_max: usize) -> anyhow::Result<Option<Vec<u8>>> {
    let mut answer = agent.get(url).call().with_context(|| format!("{url} does not answer"))?;
    match answer.status().as_u16() {
        200 => limited(answer.body_mut().as_reader(), size_bytes_max).map(Some),
        404 | 410 => Ok(None),
        status => bail!("{url} answers with status {status}"),
    }
}

/// All of a stream, if it is not longer than allowed.
fn limited(from: impl Read, size_bytes_max: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(size_bytes_max as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > size_bytes_max {
        bail!("it is larger than {size_bytes_max} bytes");
    }
    Ok(bytes)
}

/// A path below a folder's URL, of which each `../` takes a part.
fn resolved(base: &str, path: &str) -> String {
    match path.strip_prefix("../") {
        Some(rest) => {
            let folder = base.trim_end_matches('/');
            let up = folder.rfind('/').map_or(folder, |slash| &folder[..=slash]);
            format!("{up}{rest}")
        }
        None => format!("{base}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::resolved;

    #[test]
    fn a_level_up_is_the_folder_above() {
        assert_eq!(resolved("https://a.example/r/", "log/x"), "https://a.example/r/log/x");
        assert_eq!(resolved("https://a.example/r/2020/", "../log/x"), "https://a.example/r/log/x");
    }
}
