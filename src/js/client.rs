//! The exports that the facade calls.

use std::rc::Rc;

use js_sys::{Array, Function, JsString, Object, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use zeroize::Zeroizing;

use super::attempt::{Attempt, Signal};
use super::convert::awaited;
use super::describe::{self, Refusal};
use super::host;
use super::send::{Outcome, send};
use crate::delete_faces::DeleteFaces;
use crate::deletion::settle;
use crate::exchange::Transport;
use crate::face_count::FaceCount;
use crate::multipart::{Boundary, BoundaryCollision};
use crate::signature::{Nonce, Sign, Signer, Validity};
use crate::token::{GroupId, Selection};

#[wasm_bindgen]
extern "C" {
    /// The facade's options, checked and read once.
    pub type Config;
    #[wasm_bindgen(method, getter, js_name = apiKey)]
    fn api_key(this: &Config) -> Option<String>;
    #[wasm_bindgen(method, getter)]
    fn sign(this: &Config) -> Option<Function>;
    #[wasm_bindgen(method, getter, js_name = baseUrl)]
    fn base_url(this: &Config) -> String;
    #[wasm_bindgen(method, getter, js_name = signatureTtl)]
    fn signature_ttl(this: &Config) -> f64;
    #[wasm_bindgen(method, getter, js_name = transmitsOnce)]
    fn transmits_once(this: &Config) -> bool;
    #[wasm_bindgen(method, getter)]
    fn fetch(this: &Config) -> Option<Function>;
    #[wasm_bindgen(method, getter)]
    fn now(this: &Config) -> Option<Function>;

    /// One call's arguments, read once.
    pub type Call;
    #[wasm_bindgen(method, getter, js_name = groupId)]
    fn group_id(this: &Call) -> String;
    #[wasm_bindgen(method, getter, js_name = faceTokens)]
    fn face_tokens(this: &Call) -> Array;
    /// The tokens with a line feed between each two: one string crosses the border much faster than a thousand.
    #[wasm_bindgen(method, getter, js_name = joinedTokens)]
    fn joined_tokens(this: &Call) -> String;
    #[wasm_bindgen(method, getter)]
    fn signal(this: &Call) -> Option<Signal>;
    #[wasm_bindgen(method, getter)]
    fn timeout(this: &Call) -> f64;

    /// What `createSign` was given, read once.
    pub type SignArguments;
    #[wasm_bindgen(method, getter, js_name = apiKey)]
    fn api_key_to_sign(this: &SignArguments) -> String;
    #[wasm_bindgen(method, getter, js_name = expireTime)]
    fn expire_time(this: &SignArguments) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = currentTime)]
    fn current_time(this: &SignArguments) -> Option<f64>;
    #[wasm_bindgen(method, getter)]
    fn random(this: &SignArguments) -> Option<String>;
}

/// A client's settings and its signer. The facade makes it when the module is loaded.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "never shown: it holds a signer")]
pub struct Client(Rc<Settings>);

struct Settings {
    signer: SignWith,
    base_url: String,
    signature_ttl: u64,
    transport: Transport,
    fetch: Option<Function>,
    now: Option<Function>,
}

enum SignWith {
    Secret(Signer),
    Callback(Function),
}

#[wasm_bindgen]
impl Client {
    /// Takes the secret's bytes, which are wiped before this returns. Throws a description of what is wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &Config, api_secret: Vec<u8>) -> Result<Client, JsValue> {
        let signer = match config.sign() {
            Some(callback) => SignWith::Callback(callback),
            None => SignWith::Secret(
                Signer::new(&config.api_key().unwrap_or_default(), api_secret)
                    .map_err(|invalid| Refusal::from(invalid).describe())?,
            ),
        };
        Ok(Self(Rc::new(Settings {
            signer,
            base_url: config.base_url(),
            signature_ttl: config.signature_ttl() as u64,
            transport: if config.transmits_once() {
                Transport::TransmitsOnce
            } else {
                Transport::MayResend
            },
            fetch: config.fetch(),
            now: config.now(),
        })))
    }

    /// Deletes the tokens of one call. Resolves to `{ answer }` or `{ error }`, with what became of each token.
    #[wasm_bindgen(js_name = deleteFaces)]
    pub fn delete_faces(&self, call: Call) -> Promise {
        let settings = Rc::clone(&self.0);
        described(async move { settings.delete_faces(&call).await })
    }

    /// Asks for the size of a library. Resolves to `{ answer }` or `{ error }`.
    #[wasm_bindgen(js_name = getFaceCount)]
    pub fn face_count(&self, call: Call) -> Promise {
        let settings = Rc::clone(&self.0);
        described(async move { settings.face_count(&call).await })
    }
}

/// Signs, without a client. Gives `{ answer }` or `{ error }`.
#[wasm_bindgen(js_name = createSign)]
pub fn create_sign(arguments: &SignArguments, api_secret: Vec<u8>) -> Object {
    let api_secret = Zeroizing::new(api_secret);
    let signed = || -> Result<Sign, Refusal> {
        let signer = Signer::new(&arguments.api_key_to_sign(), api_secret.to_vec())?;
        let current_time = match arguments.current_time() {
            Some(seconds) => seconds as u64,
            None => unix_seconds(None)?,
        };
        let validity = match arguments.expire_time() {
            Some(seconds) => Validity::until(current_time, seconds as u64)?,
            None => Validity::new(current_time, 100),
        };
        let nonce = match arguments.random() {
            Some(text) => Nonce::parse(&text)?,
            None => Nonce::from_random(random()?),
        };
        Ok(signer.sign(validity, &nonce))
    };
    match signed() {
        Ok(sign) => describe::sign(&sign),
        Err(refusal) => refusal.describe(),
    }
}

fn described(call: impl Future<Output = Result<Object, Refusal>> + 'static) -> Promise {
    future_to_promise(async move { Ok(call.await.unwrap_or_else(|refusal| refusal.describe()).into()) })
}

impl Settings {
    async fn delete_faces(&self, call: &Call) -> Result<Object, Refusal> {
        let group = GroupId::parse(&call.group_id())?;
        let selection = select(call)?;
        let request = DeleteFaces::new(&group, selection.batch());
        let sent = self
            .attempt(DeleteFaces::PATH, call, |sign, boundary| request.body(sign, boundary))
            .await;
        let sent = match sent {
            Ok(sent) => sent,
            Err(refusal) => return Ok(describe::unprepared(&refusal, &selection)),
        };
        let verdict = request.judge(sent.exchange, self.transport);
        let outcomes = settle(&selection, &verdict, self.transport);
        Ok(describe::deletion(&verdict, &outcomes, &selection, &sent.cause))
    }

    async fn face_count(&self, call: &Call) -> Result<Object, Refusal> {
        let request = FaceCount::new(GroupId::parse(&call.group_id())?);
        let sent = self
            .attempt(FaceCount::PATH, call, |sign, boundary| request.body(sign, boundary))
            .await?;
        let verdict = request.judge(sent.exchange, self.transport);
        Ok(describe::size(&verdict, &sent.cause))
    }

    /// Signs and sends one request.
    async fn attempt(
        &self,
        path: &str,
        call: &Call,
        body: impl Fn(&Sign, &Boundary) -> Result<Zeroizing<Vec<u8>>, BoundaryCollision>,
    ) -> Result<Outcome, Refusal> {
        let attempt = Attempt::begin(call.signal(), call.timeout()).map_err(|error| {
            Refusal::unusable(
                "NO_TIMER",
                "The abort signal or the host's timers cannot be used",
                error,
            )
        })?;
        let sign = match attempt.within(self.sign()).await {
            Ok(sign) => sign?,
            Err(by) => return Ok(Outcome::not_sent(by, attempt.abort_reason())),
        };
        let fetch = self.fetch.clone().or_else(host::fetch).ok_or_else(|| {
            Refusal::unusable(
                "NO_FETCH",
                "There is no fetch here; pass one as an option. Nothing was sent",
                JsValue::UNDEFINED,
            )
        })?;
        for _ in 0..3 {
            let boundary = Boundary::from_random(random()?);
            if let Ok(body) = body(&sign, &boundary) {
                if let Some(by) = attempt.cut_by() {
                    return Ok(Outcome::not_sent(by, attempt.abort_reason()));
                }
                let url = [&self.base_url, path].concat();
                return Ok(send(&fetch, &url, &boundary, &body, &attempt).await);
            }
        }
        Err(no_randomness(JsValue::UNDEFINED))
    }

    async fn sign(&self) -> Result<Sign, Refusal> {
        let callback = match &self.signer {
            SignWith::Secret(signer) => {
                let validity = Validity::new(unix_seconds(self.now.as_ref())?, self.signature_ttl);
                return Ok(signer.sign(validity, &Nonce::from_random(random()?)));
            }
            SignWith::Callback(callback) => callback,
        };
        let failed = |error| {
            Refusal::unusable(
                "SIGN_FAILED",
                "The function given as sign failed; nothing was sent",
                error,
            )
        };
        let given = callback.call0(&JsValue::UNDEFINED).map_err(failed)?;
        let signed = awaited(&given).await.map_err(failed)?;
        let text = signed.as_string().ok_or_else(|| failed(JsValue::UNDEFINED))?;
        Ok(Sign::from_external(text)?)
    }
}

fn unix_seconds(now: Option<&Function>) -> Result<u64, Refusal> {
    host::unix_seconds(now).map_err(|error| {
        Refusal::unusable(
            "CLOCK_UNUSABLE",
            "The clock does not give a time in milliseconds; nothing was sent",
            error,
        )
    })
}

fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    host::random().map_err(no_randomness)
}

fn no_randomness(error: JsValue) -> Refusal {
    Refusal::unusable(
        "NO_RANDOMNESS",
        "crypto.getRandomValues gives no random bytes; nothing was sent",
        error,
    )
}

fn select(call: &Call) -> Result<Selection, Refusal> {
    let tokens = call.face_tokens();
    let joined = call.joined_tokens();
    if joined.split('\n').count() == tokens.length() as usize {
        return Ok(Selection::of(joined.split('\n'))?);
    }
    // Either there is none, or one of them holds a line feed and has to be named.
    let texts: Vec<String> = tokens
        .iter()
        .map(|token| String::from(token.unchecked_into::<JsString>()))
        .collect();
    Ok(Selection::of(texts.iter().map(String::as_str))?)
}
