//! The exports that the facade calls.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, JsString, Object, Promise};
use wasm_bindgen::handler::schedule_reinit;
use wasm_bindgen::prelude::*;

use super::attempt::Attempt;
use super::convert::{field, function_field, number_field, promise, set, text_field};
use super::deletion::{Deletion, ManyCall};
use super::describe;
use super::forward::forward;
use super::host;
use super::proxied::Proxy;
use super::reading::Reading;
use super::refusal::Refusal;
use super::run::Execution;
use super::send::Http;
use super::settings::{Outgoing, Settings, SignWith, no_timer, random, unix_seconds};
use super::signal::Signal;
use crate::delete_faces::DeleteFaces;
use crate::deletion::retry::{Next, Retry, RetryPolicy, Tries};
use crate::deletion::{Concurrency, Options, Run};
use crate::error::Kind;
use crate::exchange::{Interruption, Transport};
use crate::face_count::FaceCount;
use crate::proxy::Forwarded;
use crate::selection::Selection;
use crate::signature::{Nonce, Sign, Signer, Validity, wipe_stack};
use crate::token::GroupId;

#[wasm_bindgen]
extern "C" {
    /// The facade's options, checked and read once.
    pub type Config;
    /// One call's arguments, read once.
    pub type Call;
}

impl Config {
    fn api_key(&self) -> Option<String> {
        text_field(self, "apiKey")
    }

    fn sign(&self) -> Option<Function> {
        function_field(self, "sign")
    }

    fn base_url(&self) -> String {
        text_field(self, "baseUrl").unwrap_or_default()
    }

    fn proxy_url(&self) -> Option<String> {
        text_field(self, "proxyUrl")
    }

    fn signature_ttl(&self) -> f64 {
        number_field(self, "signatureTtl").unwrap_or(0.0)
    }

    fn transmits_once(&self) -> bool {
        field(self, "transmitsOnce").is_truthy()
    }

    fn http(&self) -> Http {
        field(self, "http").unchecked_into()
    }

    fn now(&self) -> Option<Function> {
        function_field(self, "now")
    }

    fn on_attempt(&self) -> Option<Function> {
        function_field(self, "onAttempt")
    }
}

impl Call {
    fn group_id(&self) -> String {
        text_field(self, "groupId").unwrap_or_default()
    }

    fn face_tokens(&self) -> Array {
        field(self, "faceTokens").unchecked_into()
    }

    fn signal(&self) -> Option<Signal> {
        Signal::given(field(self, "signal"))
    }

    fn timeout(&self) -> f64 {
        number_field(self, "timeout").unwrap_or(0.0)
    }

    /// The most retries of one call, and as many after throttling.
    fn retry_policy(&self) -> RetryPolicy {
        let max_retries = number_field(self, "maxRetries").unwrap_or(0.0) as u32;
        RetryPolicy {
            max_retries,
            max_throttled: max_retries,
            ..RetryPolicy::default()
        }
    }

    /// When the call has to be over, on the host's monotonic clock.
    fn deadline(&self) -> Option<u64> {
        let total = number_field(self, "totalTimeout")?;
        Some(host::monotonic_ms().saturating_add(total as u64))
    }
}

/// A client's settings and its signer. The facade makes it when the module is loaded.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "never shown: it holds a signer")]
pub struct Client(Rc<Settings>);

#[wasm_bindgen]
impl Client {
    /// Takes the secret's bytes, which are wiped before this returns. Throws a description of what is wrong.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &Config, api_secret: Vec<u8>) -> Result<Client, JsValue> {
        let signer = match (config.proxy_url(), config.sign()) {
            (Some(url), _) => SignWith::Proxy(Rc::new(Proxy::new(url))),
            (None, Some(callback)) => SignWith::Callback(callback),
            (None, None) => SignWith::Secret(
                Signer::new(&config.api_key().unwrap_or_default(), api_secret)
                    .map_err(|invalid| Refusal::from(invalid).describe())?,
            ),
        };
        Ok(Self(Rc::new(Settings {
            signer: RefCell::new(Some(signer)),
            base_url: config.base_url(),
            signature_ttl: config.signature_ttl() as u64,
            transport: if config.transmits_once() {
                Transport::TransmitsOnce
            } else {
                Transport::MayResend
            },
            http: config.http(),
            now: config.now(),
            on_attempt: config.on_attempt(),
            clock_correction: Cell::default(),
            seen: RefCell::default(),
        })))
    }

    /// Wipes the signer. What is under way may end; nothing is signed any more.
    pub fn dispose(&self) {
        self.0.signer.take();
        wipe_stack();
    }

    /// Deletes the tokens of one call. Resolves to `{ answer }` or `{ error }`, with what became of each token.
    ///
    /// `joined` has the tokens as UTF-8 with a line feed between each two: so they cross the border much faster than as a
    /// thousand strings. They are looked at at once, since the facade uses the bytes' place again.
    #[wasm_bindgen(js_name = deleteFaces)]
    pub fn delete_faces(&self, call: Call, joined: &[u8]) -> Promise {
        let settings = Rc::clone(&self.0);
        let selection = select(&call, joined);
        promise(Box::pin(async move {
            described(delete_faces(settings, &call, selection).await)
        }))
    }

    /// Prepares the deletion of any number of tokens. Throws a description of what is wrong.
    #[wasm_bindgen(js_name = deleteMany)]
    pub fn delete_many(&self, call: &ManyCall, reading: &Reading, changed: Function) -> Result<Deletion, JsValue> {
        Deletion::new(Rc::clone(&self.0), call, reading, changed).map_err(|refusal| refusal.describe().into())
    }

    /// Makes one attempt for somebody else, whose proxy this is. Resolves to what to reply, or to `{ error }` if nothing
    /// could be sent.
    pub fn forward(&self, call: Call, joined: &[u8], deletes: bool) -> Promise {
        let settings = Rc::clone(&self.0);
        let selection = deletes.then(|| select(&call, joined));
        promise(Box::pin(async move {
            described(forward_call(&settings, &call, selection).await)
        }))
    }

    /// What a journal says of a deletion that another process began; `retryUnresolved` goes on with it. Throws a description
    /// of what is wrong.
    pub fn restore(&self, call: &ManyCall, reading: &Reading, journal: &[u8]) -> Result<Deletion, JsValue> {
        Deletion::restore(Rc::clone(&self.0), call, reading, journal).map_err(|refusal| refusal.describe().into())
    }

    /// Asks for the size of a library. Resolves to `{ answer }` or `{ error }`.
    #[wasm_bindgen(js_name = getFaceCount)]
    pub fn face_count(&self, call: Call) -> Promise {
        let settings = Rc::clone(&self.0);
        promise(Box::pin(async move { described(face_count(&settings, &call).await) }))
    }
}

/// Has the next call of an export start with a fresh instance. The facade calls it when this one has failed.
#[wasm_bindgen]
pub fn recover() {
    schedule_reinit();
}

/// Does nothing. As a first call of an export it has the glue make the instance.
#[wasm_bindgen]
pub fn ready() {}

/// Signs, without a client. Throws a description of what is wrong.
#[wasm_bindgen(js_name = createSign)]
pub fn create_sign(
    api_key: &str,
    api_secret: Vec<u8>,
    expire_time: Option<f64>,
    current_time: Option<f64>,
    random: Option<String>,
) -> Result<String, JsValue> {
    signed(api_key, api_secret, expire_time, current_time, random)
        .map(|sign| sign.as_str().to_owned())
        .map_err(|refusal| refusal.describe().into())
}

fn signed(
    api_key: &str,
    api_secret: Vec<u8>,
    expire_time: Option<f64>,
    current_time: Option<f64>,
    nonce: Option<String>,
) -> Result<Sign, Refusal> {
    let signer = Signer::new(api_key, api_secret)?;
    let current_time = match current_time {
        Some(seconds) => seconds as u64,
        None => unix_seconds(None)?,
    };
    let validity = match expire_time {
        Some(seconds) => Validity::until(current_time, seconds as u64)?,
        None => Validity::new(current_time, 100),
    };
    let nonce = match nonce {
        Some(text) => Nonce::parse(&text)?,
        None => Nonce::from_random(random()?),
    };
    Ok(signer.sign(validity, &nonce))
}

fn described(called: Result<Object, Refusal>) -> Result<JsValue, JsValue> {
    Ok(called.unwrap_or_else(|refusal| refusal.describe()).into())
}

/// One call is a run of one batch, which is never cut in halves.
async fn delete_faces(
    settings: Rc<Settings>,
    call: &Call,
    selection: Result<Selection, Refusal>,
) -> Result<Object, Refusal> {
    let group = GroupId::parse(&call.group_id())?;
    let selection = selection?;
    let options = Options {
        concurrency: Concurrency {
            min: 1,
            start: 1,
            max: 1,
        },
        retry: call.retry_policy(),
        deadline: call.deadline(),
        transport: settings.transport,
        seed: u64::from_le_bytes(random()?),
        whole: true,
        ..Options::default()
    };
    let execution = Execution::new(
        settings,
        Run::new(group, selection, options),
        call.timeout(),
        None,
        None,
    );
    execution.drive(call.signal()).await;
    Ok(describe::one_call(&execution))
}

async fn forward_call(
    settings: &Settings,
    call: &Call,
    selection: Option<Result<Selection, Refusal>>,
) -> Result<Object, Refusal> {
    let attempt = Attempt::begin(call.signal(), call.timeout()).map_err(no_timer)?;
    let group = GroupId::parse(&call.group_id())?;
    let selection = selection.transpose()?;
    let (deletion, count);
    let outgoing: &dyn Outgoing = match &selection {
        Some(selection) => {
            deletion = DeleteFaces::new(&group, selection.batch());
            &deletion
        }
        None => {
            count = FaceCount::new(group.clone());
            &count
        }
    };
    forward(settings, &attempt, outgoing).await
}

/// A call that only reads is retried by the policy of deletions.
async fn face_count(settings: &Settings, call: &Call) -> Result<Object, Refusal> {
    let request = FaceCount::new(GroupId::parse(&call.group_id())?);
    let mut retry = Retry::new(call.retry_policy(), u64::from_le_bytes(random()?));
    let deadline = call.deadline();
    let left = || deadline.map_or(f64::INFINITY, |at| at.saturating_sub(host::monotonic_ms()) as f64);
    let (mut attempts, mut tries) = (0, Tries::default());
    let mut last = None;
    let described = loop {
        let known = retry.known();
        let attempt = Attempt::begin(call.signal(), call.timeout().min(left())).map_err(no_timer)?;
        let (sent, event) = settings.attempt(&request, &attempt).await?;
        attempts += u32::from(sent.exchange.may_have_left());
        let verdict = request.judge(sent.exchange, sent.transport);
        settings.tell(&event, verdict.as_ref().err().map(|failure| failure.code.as_str()));
        let failure = match verdict {
            Ok(size) => break describe::size(&size),
            Err(failure) => failure,
        };
        if let Some(correction) = failure.clock_correction {
            settings.clock_correction.set(correction);
        }
        if failure.kind == Kind::Timeout && left() <= 0.0 {
            break describe::reading_out_of_time(last.as_ref());
        }
        let Next::Again(wait) = retry.decide(&failure, tries, 1, known) else {
            break describe::failed_reading(&failure, &sent.cause);
        };
        tries = tries.after(&failure);
        last = Some((failure, sent.cause));
        if let Some(reason) = pause(call, (wait as f64).min(left())).await? {
            break describe::reading_aborted(&reason);
        }
        if left() <= 0.0 {
            break describe::reading_out_of_time(last.as_ref());
        }
    };
    set(&described, "attempts", &attempts.into());
    Ok(described)
}

/// Waits before a retry. Gives the reason of the caller's abort, if it comes first.
async fn pause(call: &Call, milliseconds: f64) -> Result<Option<JsValue>, Refusal> {
    let waiting = Attempt::begin(call.signal(), milliseconds).map_err(no_timer)?;
    let never = Promise::new(&mut |_, _| {});
    let cut_by = waiting.within(never).await.err();
    Ok((cut_by == Some(Interruption::Abort)).then(|| waiting.abort_reason()))
}

impl Outgoing for FaceCount {
    fn show(&self, to: &mut dyn FnMut(Forwarded<'_>)) {
        to(Forwarded::FaceCount(self));
    }
}

fn select(call: &Call, joined: &[u8]) -> Result<Selection, Refusal> {
    let tokens = call.face_tokens();
    let seed = u64::from_le_bytes(random()?);
    if let Some(selection) = Selection::of_joined(seed, joined, tokens.length() as usize) {
        return Ok(selection?);
    }
    // Either there is none, or one of them holds a line feed and has to be named.
    let texts: Vec<String> = tokens
        .iter()
        .map(|token| String::from(token.unchecked_into::<JsString>()))
        .collect();
    Ok(Selection::of_seeded(seed, texts.iter().map(String::as_str))?)
}
