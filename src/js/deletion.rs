//! A deletion of any number of tokens, as the facade drives it.

use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Uint16Array, Uint32Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;

use super::convert::object;
use super::describe::{self, Refusal};
use super::host;
use super::run::Execution;
use super::settings::{Settings, random};
use super::signal::Signal;
use crate::deletion::{Concurrency, Options, RetryPolicy, Run};
use crate::token::{GroupId, Place, Selection};

#[wasm_bindgen]
extern "C" {
    /// The arguments of a deletion of many tokens, read once.
    pub type ManyCall;
    #[wasm_bindgen(method, getter, js_name = groupId)]
    fn group_id(this: &ManyCall) -> String;
    /// The tokens with a line feed between each two; how many there are says `count`.
    #[wasm_bindgen(method, getter, js_name = joinedTokens)]
    fn joined_tokens(this: &ManyCall) -> String;
    #[wasm_bindgen(method, getter)]
    fn count(this: &ManyCall) -> f64;
    #[wasm_bindgen(method, getter)]
    fn timeout(this: &ManyCall) -> f64;
    #[wasm_bindgen(method, getter, js_name = maxRetries)]
    fn max_retries(this: &ManyCall) -> f64;
    #[wasm_bindgen(method, getter, js_name = batchSize)]
    fn batch_size(this: &ManyCall) -> f64;
    #[wasm_bindgen(method, getter, js_name = minConcurrency)]
    fn min_concurrency(this: &ManyCall) -> f64;
    #[wasm_bindgen(method, getter, js_name = startConcurrency)]
    fn start_concurrency(this: &ManyCall) -> f64;
    #[wasm_bindgen(method, getter, js_name = maxConcurrency)]
    fn max_concurrency(this: &ManyCall) -> f64;
    #[wasm_bindgen(method, getter, js_name = maxAbsentRatio)]
    fn max_absent_ratio(this: &ManyCall) -> Option<f64>;
    /// Milliseconds from now.
    #[wasm_bindgen(method, getter)]
    fn deadline(this: &ManyCall) -> Option<f64>;
}

/// A run, from its preparation to long after its end.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "never shown: it holds tokens")]
pub struct Deletion(Rc<Execution>);

impl Deletion {
    pub(super) fn new(settings: Rc<Settings>, call: &ManyCall, changed: Function) -> Result<Self, Refusal> {
        let group = GroupId::parse(&call.group_id())?;
        let mut selection = Selection::default();
        if call.count() > 0.0 {
            for text in call.joined_tokens().split('\n') {
                // What is no token keeps its place, and comes out as invalid.
                let _ = selection.push(text);
            }
        }
        let run = Run::new(group, selection, options(&settings, call)?);
        Ok(Self(Execution::new(settings, run, call.timeout(), Some(changed))))
    }
}

fn options(settings: &Settings, call: &ManyCall) -> Result<Options, Refusal> {
    Ok(Options {
        concurrency: Concurrency {
            min: call.min_concurrency() as u32,
            start: call.start_concurrency() as u32,
            max: call.max_concurrency() as u32,
        },
        batch_size: call.batch_size() as usize,
        retry: RetryPolicy {
            max_retries: call.max_retries() as u32,
            ..RetryPolicy::default()
        },
        most_absent: call.max_absent_ratio(),
        deadline: call
            .deadline()
            .map(|wait| host::monotonic_ms().saturating_add(wait.max(0.0) as u64)),
        transport: settings.transport,
        seed: u64::from_le_bytes(random()?),
        whole: false,
    })
}

#[wasm_bindgen]
impl Deletion {
    /// Runs to the end. Resolves to `{ answer }`, the report, or to `{ error }` if nothing could be sent.
    pub fn drive(&self, signal: Option<Signal>) -> Promise {
        let execution = Rc::clone(&self.0);
        future_to_promise(async move {
            let driven = execution.drive(signal).await;
            Ok(match driven {
                Ok(()) => describe::report(&execution),
                Err(error) => Refusal::unusable("NO_TIMER", "The abort signal cannot be used", error).describe(),
            }
            .into())
        })
    }

    /// Starts nothing new; what is under way is waited for.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// The numbers so far, and how it gets on.
    pub fn stats(&self) -> Object {
        self.0.with_run(describe::stats)
    }

    /// Prepares another run for what this one left open. The tokens and the library in `call` do not count. Throws a
    /// description of what is wrong.
    #[wasm_bindgen(js_name = retryUnresolved)]
    pub fn retry_unresolved(&self, call: &ManyCall, changed: Function) -> Result<Self, JsValue> {
        let settings = Rc::clone(self.0.settings());
        let options = options(&settings, call).map_err(|refusal| refusal.describe())?;
        let run = self.0.with_run(|run| run.retry_unresolved(options));
        Ok(Self(Execution::new(settings, run, call.timeout(), Some(changed))))
    }

    /// The positions that are never sent, in pairs: the position, and that of the token which it repeats, or 2³²−1 for
    /// what is no token.
    pub fn unsent(&self) -> Uint32Array {
        self.0.with_run(|run| {
            let places = run.selection().places().iter().enumerate();
            let pairs: Vec<u32> = places
                .filter_map(|(index, place)| match place {
                    Place::Distinct(_) => None,
                    Place::DuplicateOf(of) => Some([index as u32, *of as u32]),
                    Place::Invalid(_) => Some([index as u32, u32::MAX]),
                })
                .flatten()
                .collect();
            Uint32Array::from(pairs.as_slice())
        })
    }

    /// What was settled, from the `range`-th range on: `{ next, indexes, findings }`, where `findings` are positions in
    /// [`Deletion::findings`], plus 1.
    pub fn settled(&self, range: u32) -> Object {
        self.0.with_run(|run| {
            let Some((start, end)) = run.settled().get(range as usize) else {
                return object([("next", range.into())]);
            };
            let (start, end) = (*start as usize, *end as usize);
            let indexes: Vec<u32> = (start..end)
                .filter_map(|position| run.selection().index_of(position))
                .map(|index| index as u32)
                .collect();
            object([
                ("next", (range + 1).into()),
                ("indexes", Uint32Array::from(indexes.as_slice()).into()),
                ("findings", Uint16Array::from(run.finding_numbers(start, end)).into()),
            ])
        })
    }

    /// The findings from a position on, as `{ outcome, reason?, because?, retryable? }`.
    pub fn findings(&self, from: u32) -> Array {
        self.0.with_run(|run| {
            let findings = run.findings().get(from as usize..).unwrap_or_default();
            findings.iter().map(describe::finding).collect()
        })
    }
}
