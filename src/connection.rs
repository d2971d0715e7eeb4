//! What the error of a runtime's `fetch` proves: that no byte of the request was written, or nothing.
//!
//! Measured with Node 20 to 26, Bun and workerd against real servers; `tests/integration/unreachable.test.mjs` repeats it.
//! workerd gives no codes. In TLS 1.3 a server may refuse the handshake after it has got the whole body: so an alert, a reset
//! and `EPROTO` prove nothing. Of a connection that was used before, Node and Bun report neither of the errors below.

/// An error as the runtime describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectionError {
    /// `code`
    pub code: Option<String>,
    /// `syscall`
    pub syscall: Option<String>,
    /// `errors`, one for each address that was tried, if it has such a member.
    pub errors: Option<Vec<Self>>,
}

/// What an error proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// Nothing: the request may have been written.
    None,
    /// There was no connection, so that nothing was written.
    NotConnected,
    /// The runtime did not accept the server's certificate, and wrote nothing.
    CertificateRejected,
}

impl ConnectionError {
    /// What it proves, if the request goes out once, and no other code than the runtime's sends it.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        if let Some(errors) = &self.errors {
            let mut all = errors.iter().map(Self::evidence);
            let first = all.next().unwrap_or(Evidence::None);
            return all.fold(first, |one, other| match (one, other) {
                (Evidence::None, _) | (_, Evidence::None) => Evidence::None,
                (Evidence::CertificateRejected, Evidence::CertificateRejected) => one,
                _ => Evidence::NotConnected,
            });
        }
        let Some(code) = self.code.as_deref() else {
            return Evidence::None;
        };
        match self.syscall.as_deref() {
            Some("connect" | "getaddrinfo") => Evidence::NotConnected,
            Some(_) => Evidence::None,
            // Bun names no system call where it cannot connect. Other codes of it may be those of a connection that broke.
            None if matches!(code, "ECONNREFUSED" | "UND_ERR_CONNECT_TIMEOUT") || is_of_dns(code) => {
                Evidence::NotConnected
            }
            None if is_of_certificate(code) => Evidence::CertificateRejected,
            None => Evidence::None,
        }
    }
}

fn is_of_dns(code: &str) -> bool {
    code == "ENOTFOUND" || code.starts_with("EAI_")
}

/// The verification of a certificate, in the words of OpenSSL and BoringSSL, and of a host's name.
fn is_of_certificate(code: &str) -> bool {
    matches!(
        code,
        "CERT_CHAIN_TOO_LONG"
            | "CERT_HAS_EXPIRED"
            | "CERT_NOT_YET_VALID"
            | "CERT_REJECTED"
            | "CERT_REVOKED"
            | "CERT_SIGNATURE_FAILURE"
            | "CERT_UNTRUSTED"
            | "CRL_HAS_EXPIRED"
            | "CRL_NOT_YET_VALID"
            | "CRL_SIGNATURE_FAILURE"
            | "DEPTH_ZERO_SELF_SIGNED_CERT"
            | "ERROR_IN_CERT_NOT_AFTER_FIELD"
            | "ERROR_IN_CERT_NOT_BEFORE_FIELD"
            | "ERROR_IN_CRL_LAST_UPDATE_FIELD"
            | "ERROR_IN_CRL_NEXT_UPDATE_FIELD"
            | "ERR_TLS_CERT_ALTNAME_FORMAT"
            | "ERR_TLS_CERT_ALTNAME_INVALID"
            | "HOSTNAME_MISMATCH"
            | "INVALID_CA"
            | "INVALID_PURPOSE"
            | "PATH_LENGTH_EXCEEDED"
            | "SELF_SIGNED_CERT_IN_CHAIN"
            | "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY"
            | "UNABLE_TO_DECRYPT_CERT_SIGNATURE"
            | "UNABLE_TO_DECRYPT_CRL_SIGNATURE"
            | "UNABLE_TO_GET_CRL"
            | "UNABLE_TO_GET_ISSUER_CERT"
            | "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"
            | "UNABLE_TO_VERIFY_LEAF_SIGNATURE"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, syscall: &str) -> ConnectionError {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        ConnectionError {
            code: text(code),
            syscall: text(syscall),
            errors: None,
        }
    }

    fn aggregate(errors: &[ConnectionError]) -> ConnectionError {
        ConnectionError {
            errors: Some(errors.to_vec()),
            ..error("ECONNREFUSED", "")
        }
    }

    #[test]
    fn connection_error_failures_to_connect_prove_that_nothing_was_written() {
        for (code, syscall) in [
            ("ECONNREFUSED", "connect"),
            ("ECONNREFUSED", ""),
            ("ECONNRESET", "connect"),
            ("EHOSTUNREACH", "connect"),
            ("ENETUNREACH", "connect"),
            ("ETIMEDOUT", "connect"),
            ("EACCES", "connect"),
            ("ENOTFOUND", "getaddrinfo"),
            ("EAI_AGAIN", "getaddrinfo"),
            ("ENODATA", "getaddrinfo"),
            ("ENOTFOUND", ""),
            ("EAI_FAIL", ""),
            ("UND_ERR_CONNECT_TIMEOUT", ""),
        ] {
            assert_eq!(
                error(code, syscall).evidence(),
                Evidence::NotConnected,
                "{code} {syscall}"
            );
        }
    }

    #[test]
    fn connection_error_a_certificate_that_this_side_rejects_proves_it_too() {
        for code in [
            "DEPTH_ZERO_SELF_SIGNED_CERT",
            "CERT_HAS_EXPIRED",
            "ERR_TLS_CERT_ALTNAME_INVALID",
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
        ] {
            assert_eq!(error(code, "").evidence(), Evidence::CertificateRejected, "{code}");
        }
    }

    #[test]
    fn connection_error_alerts_resets_and_unknown_codes_prove_nothing() {
        for (code, syscall) in [
            ("", ""),
            ("", "connect"),
            ("ECONNRESET", "read"),
            ("ECONNRESET", "write"),
            ("ECONNRESET", ""),
            ("EPIPE", "write"),
            ("ECONNREFUSED", "read"),
            ("ENOTFOUND", "read"),
            ("CERT_HAS_EXPIRED", "read"),
            ("ETIMEDOUT", "read"),
            ("ETIMEDOUT", ""),
            ("EHOSTUNREACH", ""),
            ("EPROTO", ""),
            ("EPROTO", "write"),
            ("UND_ERR_SOCKET", ""),
            ("UND_ERR_HEADERS_TIMEOUT", ""),
            ("UND_ERR_INFO", ""),
            ("ERR_SSL_WRONG_VERSION_NUMBER", ""),
            ("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED", ""),
            ("ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED", ""),
            ("ERR_SSL_TLSV1_ALERT_UNKNOWN_CA", ""),
            ("UNSPECIFIED", ""),
        ] {
            assert_eq!(error(code, syscall).evidence(), Evidence::None, "{code} {syscall}");
        }
    }

    #[test]
    fn connection_error_several_addresses_prove_it_only_together() {
        let refused = error("ECONNREFUSED", "connect");
        let late = error("ETIMEDOUT", "connect");
        let reset = error("ECONNRESET", "read");
        let rejected = error("CERT_HAS_EXPIRED", "");
        for (errors, evidence) in [
            (vec![], Evidence::None),
            (vec![refused.clone()], Evidence::NotConnected),
            (vec![refused.clone(), late.clone()], Evidence::NotConnected),
            (vec![refused.clone(), reset.clone()], Evidence::None),
            (vec![reset, refused.clone(), late], Evidence::None),
            (vec![rejected.clone(), rejected.clone()], Evidence::CertificateRejected),
            (vec![rejected.clone(), refused.clone()], Evidence::NotConnected),
            (vec![refused.clone(), ConnectionError::default()], Evidence::None),
            (
                vec![refused.clone(), aggregate(&[refused.clone(), rejected])],
                Evidence::NotConnected,
            ),
            (vec![refused, aggregate(&[])], Evidence::None),
        ] {
            assert_eq!(aggregate(&errors).evidence(), evidence, "{errors:?}");
        }
    }
}
