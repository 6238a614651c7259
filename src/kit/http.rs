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
