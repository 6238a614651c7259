//! The HTTP client: time limits, the public certificate authorities and one of the platform's own.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::kit::outcome::{Failure, Result};

/// How long one request may take in all.
const TOTAL: Duration = Duration::from_secs(30);
/// How long a connection may take to stand.
const CONNECT: Duration = Duration::from_secs(10);

/// Tries of one request when the server is busy, failing or away.
const TRIES: u32 = 4;
/// The first pause between tries; it doubles, with jitter.
const PAUSE: Duration = Duration::from_millis(400);
/// The longest pause that a server's `Retry-After` is honoured for.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// The slowest pace a large transfer is given time for, in bytes a second.
const SLOWEST: u64 = 256 * 1024;

/// The tries of one request.
#[derive(Debug, Default)]
pub struct Tries(u32);

impl Tries {
    /// Waits before the next try, as long as the server asked for; false when there is none left.
    pub async fn again(&mut self, retry_after: Option<Duration>) -> bool {
        self.0 += 1;
        if self.0 >= TRIES {
            return false;
        }
        let pause = retry_after.unwrap_or_else(|| jitter(PAUSE * 2_u32.pow(self.0 - 1)));
        tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
        true
    }
}

/// How long a server asks to be left alone.
#[must_use]
pub fn retry_after(answer: &reqwest::Response) -> Option<Duration> {
    let seconds = answer.headers().get(reqwest::header::RETRY_AFTER)?;
    seconds.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// Whether a server that answers so may answer better the next time.
#[must_use]
pub fn is_passing(status: reqwest::StatusCode) -> bool {
    status.is_server_error() || status == reqwest::StatusCode::TOO_MANY_REQUESTS
}

/// The time limit of a transfer of so many bytes.
#[must_use]
pub fn time_for(bytes: u64) -> Duration {
    TOTAL + Duration::from_secs(bytes / SLOWEST)
}

/// Why there is no answer, with the causes behind it and without the address.
#[must_use]
pub fn no_answer(error: &reqwest::Error) -> String {
    let mut why = if error.is_timeout() {
        "does not answer in time"
    } else {
        "cannot be reached"
    }
    .to_owned();
    let mut source: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = source {
        why = format!("{why}: {error}");
        source = error.source();
    }
    why
}

/// The pause, up to half longer, so that runs that failed together do not come back together.
fn jitter(pause: Duration) -> Duration {
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    pause + pause.mul_f64(f64::from(nanos % 1000) / 2000.0)
}

/// A client that trusts the public authorities baked into the binary, and those in `ca_file` beside them. No file of the
/// machine is needed.
///
/// # Errors
/// Configuration, when `ca_file` cannot be read or holds no certificate.
#[allow(clippy::disallowed_methods, reason = "the one home of HTTP clients")]
pub fn client(ca_file: Option<&Path>) -> Result<reqwest::Client> {
    let broken = |error: &dyn std::fmt::Display| {
        Failure::environment(format!("the HTTP client cannot be made: {error}"))
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| broken(&error))?
        .with_root_certificates(roots(ca_file)?)
        .with_no_client_auth();
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(TOTAL)
        .connect_timeout(CONNECT)
        // A redirect could carry the token to another host.
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("foundation/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| broken(&error))
}

fn roots(ca_file: Option<&Path>) -> Result<RootCertStore> {
    let mut roots = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    let Some(file) = ca_file else { return Ok(roots) };
    let wrong = |what: String| {
        Failure::config(format!("the CA file {}: {what}", file.display()))
            .hint("FOUNDATION_CA_FILE names a PEM file")
    };
    let pem = std::fs::read(file).map_err(|error| wrong("cannot be read".to_owned()).because(error))?;
    let mut found = 0;
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| wrong(format!("is no PEM: {error:?}")))?;
        // A bundle of a machine may hold old roots that no one can parse any more; one good one is enough.
        found += usize::from(roots.add(certificate).is_ok());
    }
    if found == 0 {
        return Err(wrong("holds no certificate".to_owned()));
    }
    Ok(roots)
}
