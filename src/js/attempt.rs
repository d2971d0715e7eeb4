//! What can cut an attempt off: the caller's signal and the time-out.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal};

use crate::exchange::Interruption;

#[wasm_bindgen]
extern "C" {
    // The handle is a number in browsers and an object in Node.
    #[wasm_bindgen(js_name = setTimeout, catch)]
    fn set_timeout(handler: &Function, milliseconds: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_name = clearTimeout, catch)]
    fn clear_timeout(handle: &JsValue) -> Result<(), JsValue>;

    /// The caller's signal: not always the platform's own class, so its members are looked up by name.
    pub type Signal;
    #[wasm_bindgen(method, getter, catch)]
    fn aborted(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn reason(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = addEventListener, catch)]
    fn add_event_listener(this: &Signal, event: &str, listener: &Function) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_name = removeEventListener, catch)]
    fn remove_event_listener(this: &Signal, event: &str, listener: &Function) -> Result<(), JsValue>;
}

/// One attempt's limits. Dropped, it leaves no listener and no timer behind.
pub struct Attempt {
    controller: AbortController,
    cut: Rc<Cut>,
    signal: Option<(Signal, Closure<dyn Fn()>)>,
    timer: Option<(JsValue, Closure<dyn Fn()>)>,
}

/// Whether the attempt was cut off, and who wants to know.
#[derive(Default)]
struct Cut {
    by: Cell<Option<Interruption>>,
    waiting: RefCell<Option<Waker>>,
}

impl Attempt {
    /// Starts the clock. A signal that is aborted already cuts the attempt off at once.
    pub fn begin(signal: Option<Signal>, timeout_ms: f64) -> Result<Self, JsValue> {
        let mut attempt = Self {
            controller: AbortController::new()?,
            cut: Rc::default(),
            signal: None,
            timer: None,
        };
        if let Some(signal) = signal {
            if signal.aborted()?.is_truthy() {
                attempt.cut.by.set(Some(Interruption::Abort));
            }
            let on_abort = attempt.cutting(Interruption::Abort);
            signal.add_event_listener("abort", on_abort.as_ref().unchecked_ref())?;
            attempt.signal = Some((signal, on_abort));
        }
        let on_timeout = attempt.cutting(Interruption::Timeout);
        let handle = set_timeout(on_timeout.as_ref().unchecked_ref(), timeout_ms)?;
        attempt.timer = Some((handle, on_timeout));
        Ok(attempt)
    }

    /// The signal for `fetch`: it fires when the attempt is cut off, for whatever reason.
    pub fn fetch_signal(&self) -> AbortSignal {
        self.controller.signal()
    }

    /// Waits for a future, but no longer than the attempt lasts, whether or not the future takes notice of an abort.
    pub async fn within<T>(&self, future: impl Future<Output = T>) -> Result<T, Interruption> {
        let mut future = pin!(future);
        poll_fn(|context| {
            // Before the future runs, since what it runs may cut the attempt off.
            self.cut.waiting.replace(Some(context.waker().clone()));
            if let Some(by) = self.cut.by.get() {
                return Poll::Ready(Err(by));
            }
            let polled = future.as_mut().poll(context);
            match self.cut.by.get() {
                Some(by) => Poll::Ready(Err(by)),
                None => polled.map(Ok),
            }
        })
        .await
    }

    /// What cut the attempt off, if anything did.
    pub fn cut_by(&self) -> Option<Interruption> {
        self.cut.by.get()
    }

    /// Ends what `fetch` may still be doing.
    pub fn abandon(&self) {
        self.controller.abort();
    }

    /// What the caller gave as the reason of the abort.
    pub fn abort_reason(&self) -> JsValue {
        let reason = self.signal.as_ref().map(|(signal, _)| signal.reason());
        reason.and_then(Result::ok).unwrap_or(JsValue::UNDEFINED)
    }

    fn cutting(&self, by: Interruption) -> Closure<dyn Fn()> {
        let (cut, controller) = (Rc::clone(&self.cut), self.controller.clone());
        Closure::new(move || {
            if cut.by.get().is_none() {
                cut.by.set(Some(by));
                controller.abort();
                if let Some(waiting) = cut.waiting.take() {
                    waiting.wake();
                }
            }
        })
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        // Neither can fail in a way that anybody could act on.
        if let Some((signal, listener)) = &self.signal {
            let _ = signal.remove_event_listener("abort", listener.as_ref().unchecked_ref());
        }
        if let Some((handle, _)) = &self.timer {
            let _ = clear_timeout(handle);
        }
    }
}
