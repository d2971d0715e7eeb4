//! A deletion of any number of tokens, as the facade drives it.

use std::rc::Rc;

use js_sys::{Array, Function, Object, Promise, Uint16Array, Uint32Array};
use wasm_bindgen::prelude::*;

use super::convert::{function_field, number_field, object, promise};
use super::describe;
use super::host;
use super::reading::{Reading, exceptions};
use super::refusal::Refusal;
use super::run::Execution;
use super::settings::{Settings, random};
use super::signal::Signal;
use crate::deletion::{Begun, Concurrency, Options, RetryPolicy, Run};
use crate::text::hex;

#[wasm_bindgen]
extern "C" {
    /// The arguments of a deletion of many tokens, read once.
    pub type ManyCall;
}

impl ManyCall {
    fn timeout(&self) -> f64 {
        number_field(self, "timeout").unwrap_or(0.0)
    }

    fn max_retries(&self) -> f64 {
        number_field(self, "maxRetries").unwrap_or(0.0)
    }

    fn batch_size(&self) -> f64 {
        number_field(self, "batchSize").unwrap_or(0.0)
    }

    fn min_concurrency(&self) -> f64 {
        number_field(self, "minConcurrency").unwrap_or(0.0)
    }

    fn start_concurrency(&self) -> f64 {
        number_field(self, "startConcurrency").unwrap_or(0.0)
    }

    fn max_concurrency(&self) -> f64 {
        number_field(self, "maxConcurrency").unwrap_or(0.0)
    }

    fn max_absent_ratio(&self) -> Option<f64> {
        number_field(self, "maxAbsentRatio")
    }

    /// On the host's monotonic clock, in milliseconds.
    fn deadline(&self) -> Option<f64> {
        number_field(self, "deadline")
    }

    /// Takes text for the journal, and gives a promise that it is durable; nothing if there is no journal.
    fn write_down(&self) -> Option<Function> {
        function_field(self, "writeDown")
    }

    /// How many faces the library held before.
    fn face_count(&self) -> Option<f64> {
        number_field(self, "faceCount")
    }
}

/// Of settled tokens so many are handed over at a time.
const MOST_AT_ONCE: usize = 4096;

/// A run, from its preparation to long after its end.
#[wasm_bindgen]
#[allow(missing_debug_implementations, reason = "never shown: it holds tokens")]
pub struct Deletion(Rc<Execution>);

impl Deletion {
    pub(super) fn new(
        settings: Rc<Settings>,
        call: &ManyCall,
        reading: &Reading,
        changed: Function,
    ) -> Result<Self, Refusal> {
        let run = reading.run(options(&settings, call)?);
        let run = run.begun_as(begun(&settings, call)?);
        Ok(Self::of(settings, run, call, changed))
    }

    /// What a journal says of a run that is over.
    pub(super) fn restore(
        settings: Rc<Settings>,
        call: &ManyCall,
        reading: &Reading,
        journal: &[u8],
    ) -> Result<Self, Refusal> {
        let run = reading.restored(&settings.server(), journal, &mut settings.seen.borrow_mut())?;
        Ok(Self(Execution::new(settings, run, call.timeout(), None, None)))
    }

    fn of(settings: Rc<Settings>, run: Run, call: &ManyCall, changed: Function) -> Self {
        let write_down = call.write_down();
        let run = match settings.clock_correction.get() {
            0 => run,
            known => run.with_clock_correction(known),
        };
        let run = match write_down {
            Some(_) => run.with_journal(&settings.server()),
            None => run,
        };
        Self(Execution::new(settings, run, call.timeout(), Some(changed), write_down))
    }
}

/// A new name, and the time by the server's clock as far as that is known.
fn begun(settings: &Settings, call: &ManyCall) -> Result<Begun, Refusal> {
    Ok(Begun {
        id: hex(&random::<16>()?),
        at: settings.server_seconds(),
        face_count: call.face_count().map(|count| count as u64),
    })
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
        deadline: call.deadline().map(|at| at as u64),
        transport: settings.transport,
        seed: u64::from_le_bytes(random()?),
        whole: false,
    })
}

#[wasm_bindgen]
impl Deletion {
    /// Runs to the end. Resolves to `{ answer }`, the report, or to `{ error }` if nothing could be sent.
    pub fn drive(&self, signal: JsValue) -> Promise {
        let execution = Rc::clone(&self.0);
        promise(Box::pin(async move {
            execution.drive(Signal::given(signal)).await;
            Ok(describe::report(&execution).into())
        }))
    }

    /// Starts nothing new; what is under way is waited for.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// The numbers so far, and how it gets on.
    pub fn stats(&self) -> Object {
        let now = host::monotonic_ms();
        self.0.with_run(|run| describe::stats(run, now))
    }

    /// Prepares another run for what this one left open, once. Throws a description of what is wrong.
    #[wasm_bindgen(js_name = retryUnresolved)]
    pub fn retry_unresolved(&self, call: &ManyCall, changed: Function) -> Result<Self, JsValue> {
        let settings = Rc::clone(self.0.settings());
        let prepared = options(&settings, call).and_then(|options| Ok((options, begun(&settings, call)?)));
        let (options, begun) = prepared.map_err(|refusal| refusal.describe())?;
        let run = self.0.retry_unresolved(options);
        let run = run.ok_or_else(|| Refusal::taken_up().describe())?.begun_as(begun);
        Ok(Self::of(settings, run, call, changed))
    }

    /// Whether all its tokens are left to another run, which then stands for this one as well.
    #[wasm_bindgen(js_name = hasSettledNothing)]
    pub fn has_settled_nothing(&self) -> bool {
        self.0.with_run(Run::has_settled_nothing)
    }

    /// How many entries it lists as settled; without those that are left to another run, if there is one.
    pub fn listed(&self, is_last: bool) -> f64 {
        self.0.with_run(|run| run.listed(is_last)) as f64
    }

    /// A page of the positions that are never sent; see [`exceptions`].
    pub fn exceptions(&self, page: u32) -> Object {
        self.0.with_run(|run| exceptions(run.selection(), page))
    }

    /// What was settled, a part of the `range`-th range from an offset on, or nothing if there is no such: `{ next, indexes, findings, tokens }`, where `findings` are positions in
    /// [`Deletion::findings`], plus 1, and `tokens` are joined by commas.
    pub fn settled(&self, range: u32, offset: u32) -> Object {
        self.0.with_run(|run| {
            let Some((start, end)) = run.settled().get(range as usize) else {
                return Object::new();
            };
            let (start, whole_end) = ((*start + offset) as usize, *end as usize);
            let end = whole_end.min(start + MOST_AT_ONCE);
            let next = if end < whole_end {
                [range, offset + MOST_AT_ONCE as u32]
            } else {
                [range + 1, 0]
            };
            let indexes: Vec<u32> = run.selection().indexes(start, end).map(|index| index as u32).collect();
            object(&[
                ("next", Uint32Array::from(next.as_slice()).into()),
                ("indexes", Uint32Array::from(indexes.as_slice()).into()),
                ("findings", Uint16Array::from(run.finding_numbers(start, end)).into()),
                ("tokens", run.selection().batch_of(start, end).joined().into()),
            ])
        })
    }

    /// For a receipt: `{ begun?, requestIds }`.
    pub fn origin(&self) -> Object {
        self.0.with_run(|run| {
            let ids: Array = run.request_ids().iter().map(|id| JsValue::from(id.as_str())).collect();
            let begun = run.begun().map(|begun| {
                let face_count = begun
                    .face_count
                    .map_or(JsValue::UNDEFINED, |count| (count as f64).into());
                object(&[
                    ("runId", begun.id.as_str().into()),
                    ("at", (begun.at as f64).into()),
                    ("faceCount", face_count),
                ])
            });
            object(&[
                ("begun", begun.map_or(JsValue::UNDEFINED, JsValue::from)),
                ("requestIds", ids.into()),
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
