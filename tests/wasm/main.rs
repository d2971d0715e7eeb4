//! The module itself, in a JavaScript engine: its exports, called as the facade calls them.
//!
//! `npm test` runs it twice, in Node and in Chromium. tests/integration shows the same through the package.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test may panic, and the imports below are not for readers of the documentation"
)]
#![cfg(target_arch = "wasm32")]

use finauth_facesearch::js::{Call, Client, Config, create_sign};
use js_sys::{Promise, Reflect, Uint8Array};
use serde_json::Value;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen(module = "/tests/wasm/helpers.js")]
extern "C" {
    #[wasm_bindgen(js_name = configFor)]
    fn config_for(http: &Http) -> Config;
    #[wasm_bindgen(js_name = callFor)]
    fn call_for(tokens: Vec<String>, signal: JsValue, timeout: f64) -> Call;

    /// A `fetch` that answers as told and remembers what it was asked.
    type Server;
    #[wasm_bindgen(constructor)]
    fn new(behaviour: &str) -> Server;
    /// The request as the platform's own `Request` and `FormData` read it.
    #[wasm_bindgen(method)]
    fn seen(this: &Server) -> Promise;
    #[wasm_bindgen(method, js_name = fetchSignalAborted)]
    fn fetch_signal_aborted(this: &Server) -> bool;

    /// An abort signal that counts its listeners.
    type CountingSignal;
    #[wasm_bindgen(constructor)]
    fn new() -> CountingSignal;
    #[wasm_bindgen(method)]
    fn abort(this: &CountingSignal, reason: &str);
    #[wasm_bindgen(method, getter)]
    fn listeners(this: &CountingSignal) -> u32;
}

#[wasm_bindgen(module = "/pkg-template/post.js")]
extern "C" {
    type Http;
    #[wasm_bindgen(constructor)]
    fn new(fetch: &JsValue) -> Http;
}

/// The modules that `post.js` imports, which the test runner would not copy otherwise.
mod imported {
    use wasm_bindgen::prelude::*;

    #[wasm_bindgen(module = "/pkg-template/fetch-error.js")]
    extern "C" {
        pub fn told(error: &JsValue) -> JsValue;
    }
    #[wasm_bindgen(module = "/pkg-template/errors.js")]
    extern "C" {
        #[wasm_bindgen(js_name = errorOf)]
        pub fn error_of(error: &JsValue) -> JsValue;
    }
    #[wasm_bindgen(module = "/pkg-template/http-date.js")]
    extern "C" {
        #[wasm_bindgen(js_name = httpDate)]
        pub fn http_date(text: &JsValue) -> JsValue;
    }
    #[wasm_bindgen(module = "/pkg-template/own-fetch.js")]
    extern "C" {
        #[wasm_bindgen(js_name = isOwnFetch)]
        pub fn is_own_fetch(fetch: &JsValue) -> JsValue;
    }
}

/// A property, however deep.
fn at(value: &JsValue, path: &str) -> JsValue {
    path.split('.')
        .fold(value.clone(), |value, name| Reflect::get(&value, &name.into()).unwrap())
}

fn text_at(value: &JsValue, path: &str) -> String {
    at(value, path).as_string().unwrap_or_default()
}

fn outcomes(said: &JsValue) -> Vec<u8> {
    at(said, "outcomes").unchecked_into::<Uint8Array>().to_vec()
}

fn delete(server: &Server, call: Call) -> Promise {
    let joined: Uint8Array = at(&call, "joinedTokens").unchecked_into();
    client(server).delete_faces(call, &joined.to_vec())
}

fn client(server: &Server) -> Client {
    let http = Http::new(&at(server, "fetch"));
    Client::new(&config_for(&http), b"secret".to_vec()).unwrap()
}

#[wasm_bindgen_test]
fn every_published_vector_comes_out() {
    let file: Value = serde_json::from_str(include_str!("../vectors/sign.json")).unwrap();
    for vector in file["vectors"].as_array().unwrap() {
        let text = |name: &str| vector[name].as_str().unwrap();
        let number = |name: &str| vector[name].as_f64().unwrap();
        let (expire_time, current_time) = (Some(number("expire_time")), Some(number("current_time")));
        let random = Some(text("random").into());
        let sign = create_sign(
            text("api_key"),
            text("api_secret").into(),
            expire_time,
            current_time,
            random,
        );
        assert_eq!(sign.unwrap(), text("sign"), "{}", text("note"));
    }
}

#[wasm_bindgen_test]
async fn a_delete_is_one_multipart_post_and_its_answer_comes_back() {
    let server = Server::new("deleteAllButLast");
    let tokens = ["a", "b", "a", "c"].map(String::from).to_vec();
    let said = JsFuture::from(delete(&server, call_for(tokens, JsValue::UNDEFINED, 5000.0)))
        .await
        .unwrap();
    assert_eq!(at(&said, "answer.faceRemoved"), 2.0);
    assert_eq!(at(&said, "answer.failureDetail.0.index"), 3.0);
    // deleted, deleted, duplicate, absent
    assert_eq!(outcomes(&said), [0, 0, 6, 1]);

    let seen = JsFuture::from(server.seen()).await.unwrap();
    assert_eq!(
        text_at(&seen, "url"),
        "https://stub.example/finauth/search/group/delete"
    );
    assert_eq!(text_at(&seen, "method"), "POST");
    assert_eq!(text_at(&seen, "redirect"), "manual");
    assert_eq!(text_at(&seen, "fields.group_id"), "staff");
    assert_eq!(text_at(&seen, "fields.face_tokens"), "a,b,c");
    assert_eq!(text_at(&seen, "fields.sign_version"), "hmac_sha1");
    assert!(!text_at(&seen, "fields.sign").is_empty());
}

#[wasm_bindgen_test]
async fn an_abort_ends_a_fetch_that_takes_no_notice_and_leaves_no_listener() {
    let server = Server::new("neverAnswer");
    let signal = CountingSignal::new();
    let call = call_for(vec!["a".into()], signal.unchecked_ref::<JsValue>().clone(), 60_000.0);
    let pending = delete(&server, call);
    JsFuture::from(server.seen()).await.unwrap();
    assert_eq!(signal.listeners(), 1);
    signal.abort("changed my mind");
    let said = JsFuture::from(pending).await.unwrap();
    assert_eq!(text_at(&said, "error.name"), "AbortError");
    assert_eq!(text_at(&said, "error.delivery"), "maybe-applied");
    assert_eq!(text_at(&said, "cause"), "changed my mind");
    assert_eq!(outcomes(&said), [4]);
    assert_eq!(signal.listeners(), 0);
    assert!(server.fetch_signal_aborted());
}

#[wasm_bindgen_test]
async fn a_time_out_ends_an_answer_that_stops_half_way() {
    let server = Server::new("stopInBody");
    let call = call_for(vec!["a".into()], JsValue::UNDEFINED, 50.0);
    let said = JsFuture::from(delete(&server, call)).await.unwrap();
    assert_eq!(text_at(&said, "error.name"), "TimeoutError");
    assert_eq!(text_at(&said, "error.delivery"), "maybe-applied");
}

#[wasm_bindgen_test]
async fn an_aborted_signal_sends_nothing() {
    let server = Server::new("neverAnswer");
    let signal = CountingSignal::new();
    signal.abort("too late");
    let call = call_for(vec!["a".into()], signal.unchecked_ref::<JsValue>().clone(), 60_000.0);
    let said = JsFuture::from(delete(&server, call)).await.unwrap();
    assert_eq!(text_at(&said, "error.delivery"), "not-sent");
    assert_eq!(outcomes(&said), [5]);
    assert_eq!(signal.listeners(), 0);
}

#[wasm_bindgen_test]
async fn a_huge_answer_is_cut_off() {
    let server = Server::new("endlessBody");
    let call = call_for(vec!["a".into()], JsValue::UNDEFINED, 20_000.0);
    let said = JsFuture::from(delete(&server, call)).await.unwrap();
    assert_eq!(text_at(&said, "error.code"), "RESPONSE_TOO_LARGE");
    assert!(server.fetch_signal_aborted());
}
