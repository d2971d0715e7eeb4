//! Signing, against the published vectors.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

use finauth_facesearch::signature::{Nonce, Sign, Signer, Validity};
use serde_json::Value;

fn vectors() -> Vec<Value> {
    let file: Value = serde_json::from_str(include_str!("../vectors/sign.json")).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

#[test]
fn every_vector_comes_out() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 3);
    for vector in vectors {
        let text = |name: &str| vector[name].as_str().unwrap();
        let number = |name: &str| vector[name].as_u64().unwrap();
        let signer = Signer::new(text("api_key"), text("api_secret").into()).unwrap();
        let validity = Validity::until(number("current_time"), number("expire_time")).unwrap();
        let sign = signer.sign(validity, &Nonce::parse(text("random")).unwrap());
        assert_eq!(sign.as_str(), text("sign"), "{}", text("note"));
    }
}

#[test]
fn a_signer_signs_alike_each_time() {
    let signer = Signer::new("key", b"secret".to_vec()).unwrap();
    let sign = || signer.sign(Validity::new(1_000, 100), &Nonce::parse("42").unwrap());
    assert_eq!(sign().as_str(), sign().as_str());
}

#[test]
fn what_cannot_sign_is_refused_by_name() {
    assert_eq!(Signer::new("", b"s".to_vec()).unwrap_err().path(), "apiKey");
    assert_eq!(Signer::new("k", Vec::new()).unwrap_err().path(), "apiSecret");
    assert_eq!(Validity::until(10, 10).unwrap_err().path(), "expireTime");
    assert!(Validity::until(10, 0).is_ok());
    for bad in ["", "12345678901", "1a", "-1", "١"] {
        assert_eq!(Nonce::parse(bad).unwrap_err().path(), "random", "{bad:?}");
    }
    for good in ["c2lnbg==", "a+/0", "Zz9"] {
        assert_eq!(Sign::from_external(good.into()).unwrap().as_str(), good);
    }
    for bad in ["", "a b", "a_b-c", "a\nb"] {
        assert_eq!(Sign::from_external(bad.into()).unwrap_err().path(), "sign", "{bad:?}");
    }
}
