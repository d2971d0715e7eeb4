//! Carries out a run's commands: starts and cancels attempts, waits, and tells the engine what came of it all.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::attempt::Attempt;
use super::convert::spawn;
use super::host;
use super::refusal::Refusal;
use super::settings::{Outgoing, Sent, Settings, no_timer};
use super::signal::{Listener, Signal};
use super::timers::Timer;
use crate::delete_faces::DeleteFaces;
use crate::deletion::{AttemptId, Command, Options, Run};
use crate::proxy::Forwarded;

/// A run under way. No borrow of the engine is held over an await, nor while JavaScript runs.
pub struct Execution {
    settings: Rc<Settings>,
    run: RefCell<Run>,
    timeout_ms: f64,
    attempts: RefCell<Vec<(AttemptId, Rc<Attempt>)>>,
    refusal: RefCell<Option<Refusal>>,
    causes: RefCell<Causes>,
    bell: Rc<Bell>,
    /// Told whenever something was settled. It holds on to the facade's run, which holds on to this: so it is let go at the
    /// end, or neither would ever be freed.
    changed: RefCell<Option<Function>>,
    /// Takes text for the journal, and gives a promise that it is durable.
    write_down: RefCell<Option<Function>>,
}

/// What JavaScript says of the failures of a run, each for the `cause` of its own error.
#[derive(Clone)]
pub struct Causes {
    /// Of the last attempt that failed.
    pub last: JsValue,
    /// Of the attempt that ended the run.
    pub end: JsValue,
    /// The reason of the abort.
    pub abort: JsValue,
}

impl Default for Causes {
    fn default() -> Self {
        Self {
            last: JsValue::UNDEFINED,
            end: JsValue::UNDEFINED,
            abort: JsValue::UNDEFINED,
        }
    }
}

impl Execution {
    pub fn new(
        settings: Rc<Settings>,
        run: Run,
        timeout_ms: f64,
        changed: Option<Function>,
        write_down: Option<Function>,
    ) -> Rc<Self> {
        Rc::new(Self {
            settings,
            run: RefCell::new(run),
            timeout_ms,
            attempts: RefCell::default(),
            refusal: RefCell::default(),
            causes: RefCell::default(),
            bell: Rc::default(),
            changed: RefCell::new(changed),
            write_down: RefCell::new(write_down),
        })
    }

    /// Looks at the engine.
    pub fn with_run<T>(&self, look: impl FnOnce(&Run) -> T) -> T {
        look(&self.run.borrow())
    }

    /// Another run for what this one left open; nothing if there is one already.
    pub fn retry_unresolved(&self, options: Options) -> Option<Run> {
        self.run.borrow_mut().retry_unresolved(options)
    }

    /// Those of the client.
    pub const fn settings(&self) -> &Rc<Settings> {
        &self.settings
    }

    /// Why no attempt could be made, if none could.
    pub fn refusal(&self) -> Option<Refusal> {
        self.refusal.take()
    }

    /// What JavaScript says of the failures.
    pub fn causes(&self) -> Causes {
        self.causes.borrow().clone()
    }

    /// Runs to the end. The signal aborts.
    pub async fn drive(self: &Rc<Self>, signal: Option<Signal>) {
        self.obey(signal).await;
        // Read before the run is borrowed: the caller's clock may do anything.
        let now = self.settings.server_seconds();
        self.run.borrow_mut().end_at(now);
        self.record().await;
        self.changed.take();
        self.write_down.take();
    }

    async fn obey(self: &Rc<Self>, signal: Option<Signal>) {
        let listener = match signal.map(|signal| self.listen(signal)).transpose() {
            Ok(listener) => listener,
            Err(error) => {
                self.cannot_go_on(no_timer(error));
                None
            }
        };
        if listener.as_ref().is_some_and(Listener::is_aborted) {
            self.abort();
        }
        loop {
            let now = host::monotonic_ms();
            let command = self.run.borrow_mut().poll(now);
            match command {
                Command::Send(id) => {
                    let execution = Rc::clone(self);
                    spawn(Box::pin(async move { execution.attempt(id).await }));
                }
                Command::Cancel(id) => self.cancel(id),
                Command::WaitUntil(at) => {
                    let wait = at.saturating_sub(now);
                    let bell = Rc::clone(&self.bell);
                    // One more, since the clock is cut to whole milliseconds and must not be early.
                    let timer = Timer::start((wait + 1) as f64, Closure::new(move || bell.ring()));
                    match timer {
                        Ok(_timer) => self.bell.heard().await,
                        // Without timers nothing can be waited for; what is under way may have taken effect.
                        Err(_) => self.abort(),
                    }
                }
                Command::Wait => self.bell.heard().await,
                Command::Finished => break,
            }
            self.tell();
        }
        if let Some(listener) = listener.filter(Listener::is_aborted) {
            self.causes.borrow_mut().abort = listener.reason();
        }
    }

    fn listen(self: &Rc<Self>, signal: Signal) -> Result<Listener, JsValue> {
        let execution = Rc::downgrade(self);
        let on_abort = Closure::new(move || {
            if let Some(execution) = execution.upgrade() {
                execution.abort();
            }
        });
        Listener::to(signal, on_abort)
    }

    /// Starts nothing new; what is under way is waited for.
    pub fn stop(&self) {
        self.run.borrow_mut().stop();
        self.bell.ring();
    }

    /// Cuts everything off.
    pub fn abort(&self) {
        self.run.borrow_mut().abort();
        self.bell.ring();
    }

    async fn attempt(&self, id: AttemptId) {
        // Write before destroy.
        if !self.record().await {
            self.run.borrow_mut().handle_unprepared(id);
            self.bell.ring();
            return;
        }
        if self.with_run(|run| run.request(id).is_none()) {
            return;
        }
        let attempt = match Attempt::begin(None, self.timeout_ms) {
            Ok(attempt) => Rc::new(attempt),
            Err(error) => return self.cannot(id, no_timer(error)),
        };
        self.attempts.borrow_mut().push((id, Rc::clone(&attempt)));
        let outgoing = OfRun { run: &self.run, id };
        let sent = self.settings.attempt(&outgoing, &attempt).await;
        self.attempts.borrow_mut().retain(|(other, _)| *other != id);
        match sent {
            Ok((sent, event)) => {
                let failure = self.answered(id, sent);
                self.settings.tell(&event, failure.as_deref());
            }
            Err(refusal) => self.cannot(id, refusal),
        }
        self.bell.ring();
        self.record().await;
        self.bell.ring();
    }

    /// Gives the code of the failure, if it is one.
    fn answered(&self, id: AttemptId, sent: Sent) -> Option<String> {
        let now = host::monotonic_ms();
        let mut run = self.run.borrow_mut();
        let (before, was_over) = (run.clock_correction(), run.ended().is_some());
        run.goes_over(sent.transport);
        let is_failure = !run.handle_exchange(now, id, sent.exchange);
        // Only what is new: another run of the same client may have learned better in the meantime.
        if let Some(correction) = run.clock_correction().filter(|after| Some(*after) != before) {
            self.settings.clock_correction.set(correction);
        }
        if !is_failure {
            return None;
        }
        let mut causes = self.causes.borrow_mut();
        if !was_over && run.ended().is_some() {
            causes.end = sent.cause.clone();
        }
        causes.last = sent.cause;
        run.last_failure().map(|failure| failure.code.clone())
    }

    /// Writes down what is to be written down; false if that failed, and the run has to end.
    async fn record(&self) -> bool {
        let Some(write_down) = self.write_down.borrow().clone() else {
            return true;
        };
        let notes = self.run.borrow_mut().take_notes();
        let written = match write_down.call1(&JsValue::UNDEFINED, &notes.into()) {
            Ok(promise) => JsFuture::from(promise.unchecked_into::<Promise>()).await,
            Err(error) => Err(error),
        };
        let Err(error) = written else { return true };
        self.cannot_go_on(Refusal::unusable(
            "JOURNAL_FAILED",
            "The journal cannot be written",
            error,
        ));
        false
    }

    fn cannot_go_on(&self, refusal: Refusal) {
        self.refusal.borrow_mut().get_or_insert(refusal);
        self.run.borrow_mut().handle_unable();
    }

    fn cannot(&self, id: AttemptId, refusal: Refusal) {
        self.refusal.replace(Some(refusal));
        self.run.borrow_mut().handle_unprepared(id);
        self.bell.ring();
    }

    fn tell(&self) {
        let changed = self.changed.borrow().clone();
        if let Some(changed) = changed {
            // It is the facade's own, and catches what callers' functions throw.
            let _ = changed.call0(&JsValue::UNDEFINED);
        }
    }

    fn cancel(&self, id: AttemptId) {
        let cancelled = self.attempts.borrow().iter().find(|(other, _)| *other == id).cloned();
        if let Some((_, attempt)) = cancelled {
            attempt.cut_off();
        }
    }
}

impl Outgoing for DeleteFaces<'_> {
    fn show(&self, to: &mut dyn FnMut(Forwarded<'_>)) {
        to(Forwarded::DeleteFaces(self));
    }
}

/// The request of an attempt of a run.
struct OfRun<'a> {
    run: &'a RefCell<Run>,
    id: AttemptId,
}

impl Outgoing for OfRun<'_> {
    fn show(&self, to: &mut dyn FnMut(Forwarded<'_>)) {
        if let Some(request) = self.run.borrow().request(self.id) {
            to(Forwarded::DeleteFaces(&request));
        }
    }

    fn departs(&self) -> bool {
        self.run.borrow_mut().handle_departure(self.id)
    }
}

/// Wakes the driver.
#[derive(Default)]
struct Bell {
    rung: Cell<bool>,
    waiting: RefCell<Option<Waker>>,
}

impl Bell {
    fn ring(&self) {
        self.rung.set(true);
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
    }

    async fn heard(&self) {
        poll_fn(|context| {
            if self.rung.take() {
                return Poll::Ready(());
            }
            self.waiting.replace(Some(context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}
