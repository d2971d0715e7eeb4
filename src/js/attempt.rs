//! What can cut an attempt off: the caller's signal, the time-out, and the run that it belongs to.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal};

use super::signal::{Listener, Signal};
use super::timers::Timer;
use crate::exchange::Interruption;

/// One attempt's limits. Dropped, it leaves no listener and no timer behind.
pub struct Attempt {
    cut: Rc<Cut>,
    listener: Option<Listener>,
    _timer: Timer,
}

/// Whether the attempt was cut off, and who wants to know.
struct Cut {
    controller: AbortController,
    by: Cell<Option<Interruption>>,
    waiting: RefCell<Option<Waker>>,
}

impl Cut {
    fn off(&self, by: Interruption) {
        if self.by.get().is_none() {
            self.by.set(Some(by));
            self.controller.abort();
            if let Some(waiting) = self.waiting.take() {
                waiting.wake();
            }
        }
    }

    fn when(self: &Rc<Self>, by: Interruption) -> Closure<dyn Fn()> {
        let cut = Rc::clone(self);
        Closure::new(move || cut.off(by))
    }
}

impl Attempt {
    /// Starts the clock. A signal that is aborted already cuts the attempt off at once.
    pub fn begin(signal: Option<Signal>, timeout_ms: f64) -> Result<Self, JsValue> {
        let cut = Rc::new(Cut {
            controller: AbortController::new()?,
            by: Cell::new(None),
            waiting: RefCell::new(None),
        });
        let on_abort = |signal| Listener::to(signal, cut.when(Interruption::Abort));
        let listener = signal.map(on_abort).transpose()?;
        if listener.as_ref().is_some_and(Listener::is_aborted) {
            cut.off(Interruption::Abort);
        }
        Ok(Self {
            _timer: Timer::start(timeout_ms, cut.when(Interruption::Timeout))?,
            listener,
            cut,
        })
    }

    /// The signal for `fetch`: it fires when the attempt is cut off, for whatever reason.
    pub fn fetch_signal(&self) -> AbortSignal {
        self.cut.controller.signal()
    }

    /// Waits for a promise of the facade's own, but no longer than the attempt lasts, whether or not who keeps it takes notice
    /// of an abort.
    pub async fn within(&self, promise: Promise) -> Result<Result<JsValue, JsValue>, Interruption> {
        let mut future = JsFuture::from(promise);
        poll_fn(|context| {
            // Before the promise is looked at.
            self.cut.waiting.replace(Some(context.waker().clone()));
            if let Some(by) = self.cut.by.get() {
                return Poll::Ready(Err(by));
            }
            let polled = Pin::new(&mut future).poll(context);
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

    /// Cuts the attempt off.
    pub fn cut_off(&self) {
        self.cut.off(Interruption::Abort);
    }

    /// Ends what `fetch` may still be doing.
    pub fn abandon(&self) {
        self.cut.controller.abort();
    }

    /// What the caller gave as the reason of the abort.
    pub fn abort_reason(&self) -> JsValue {
        self.listener.as_ref().map_or(JsValue::UNDEFINED, Listener::reason)
    }
}
