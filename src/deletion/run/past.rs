//! What outlives a run: its notes for the journal, and another run for what it left open.

use std::sync::Arc;

use super::Run;
use crate::deletion::journal::{Begun, Notes, Record, Tally, Unusable, is_word};
use crate::deletion::options::Options;
use crate::deletion::outcome::History;
use crate::deletion::report::{Counts, Ended, Report};
use crate::replay::SeenRequests;
use crate::selection::Selection;
use crate::token::GroupId;

impl Run {
    /// Prepares a run for what this one left open, once it is over: what was never sent, what failed for now, and what is
    /// unknown. It knows what was sent of each token before, so it claims no more than both runs together allow; the
    /// positions of the input are the same, and its report is about both. Its findings are those of the tokens that it
    /// takes up; it has no [`Run::outcomes`] of the whole input.
    ///
    /// Once only: another would not know what the first one did, and take for absent what that one deleted. Go on with the
    /// run that this gave.
    #[must_use]
    pub fn retry_unresolved(&mut self, options: Options) -> Option<Self> {
        if core::mem::replace(&mut self.is_taken_up, true) {
            return None;
        }
        let (mut open, mut stretches) = (Vec::new(), Vec::new());
        // What has the same past goes out together.
        for past in History::CARRIED {
            let start = open.len();
            for (position, history) in self.ledger.left_open() {
                if history == past {
                    open.push(position);
                }
            }
            stretches.push((start, open.len(), past));
        }
        let tally = self.tally();
        let notes = self.notes.as_ref().map(|notes| notes.of_some(&open, tally));
        // All of it need not be copied, if it is nothing else.
        let is_all = open.iter().copied().eq(0..self.selection.count()) && self.never_sent().sum() == 0;
        let selection = if is_all {
            Arc::clone(&self.selection)
        } else {
            Arc::new(self.selection.subset(open))
        };
        let mut carried = self.report();
        carried.counts = carried.counts.minus(self.ledger.counts_left_open());
        let mut next = Self {
            carried: Some(carried),
            notes,
            begun: self.begun.clone(),
            is_resumed: self.is_resumed,
            request_ids: self.request_ids.clone(),
            // Where nothing is left to do, nothing ends any later.
            ended_at: self.ended_at.filter(|_| self.ledger.counts_left_open().sum() == 0),
            clock_correction: self.clock_correction,
            ..Self::of_stretches(self.group.clone(), selection, options, &stretches)
        };
        // If the server asked to be left alone until then, it still does.
        next.pace.freeze(self.pace.frozen_until());
        Some(next)
    }

    /// A run of which only the journal is left: it is over, and [`Run::retry_unresolved`] continues it, in the same journal, and
    /// with the same `server`. The client that continues it has `seen` the responses that the journal names.
    pub fn restored(
        server: &str,
        group: GroupId,
        selection: Arc<Selection>,
        journal: &[u8],
        seen: &mut SeenRequests,
    ) -> Result<Self, Unusable> {
        let record = Record::read(journal, server, &group, &selection)?;
        for id in record.seen_request_ids() {
            seen.remember(id);
        }
        let mut run = Self::of_stretches(group, selection, Options::default(), &[]);
        run.ledger.settle(0, record.findings());
        run.ended = Some(Ended::Stopped);
        let (tally, chain) = (record.tally(), record.chain());
        run.carried = Some(Report {
            total: run.selection.total(),
            requests: tally.requests,
            retries: tally.retries,
            active_ms: tally.active_ms,
            left_open: 0,
            face_count: tally.face_count,
            counts: Counts::default(),
            clock_correction: None,
            ended: None,
            violations: 0,
        });
        run.ended_at = record.ended_at();
        (run.begun, run.request_ids) = record.origin();
        run.is_resumed = run.begun.is_some();
        run.notes = Some(Notes::resume(run.begun.clone(), chain));
        Ok(run)
    }

    /// From here on it says what is to be written down: see [`Run::take_notes`]. Before the first [`Run::poll`]. `server` names
    /// the server, in one word such as its URL: what is settled with one is not with another, whose library of this name
    /// holds other faces.
    #[must_use]
    pub fn with_journal(mut self, server: &str) -> Self {
        // What goes on with a run before is in its journal already.
        let begin = || Notes::begin(server, &self.group, &self.selection);
        let mut notes = self.notes.take().unwrap_or_else(begin);
        if let Some(begun) = &self.begun {
            notes.run(begun);
        }
        self.notes = Some(notes);
        self
    }

    /// Says when the run ended, in UNIX seconds, for journal and receipt; where it ended before, that is known.
    /// A clock that went back in between does not make it end before it began.
    pub fn end_at(&mut self, seconds: u64) {
        let active = self.report().active_ms / 1000;
        let least = self.begun.as_ref().map_or(0, |begun| begun.at.saturating_add(active));
        self.ended_at.get_or_insert(seconds.max(least));
    }

    /// When it ended, in UNIX seconds, if that was said.
    #[must_use]
    pub const fn ended_at(&self) -> Option<u64> {
        self.ended_at
    }

    /// Says which run it is, for journal and receipt; where another began it, that is known. Before [`Run::with_journal`].
    /// An id that is not one word is none.
    #[must_use]
    pub fn begun_as(mut self, begun: Begun) -> Self {
        self.begun = self.begun.or_else(|| Some(begun).filter(|begun| is_word(&begun.id)));
        self
    }

    /// What is to be written down since the last time. It has to be durable before the request of a
    /// [`Command::Send`](super::Command::Send) that was given before leaves.
    pub fn take_notes(&mut self) -> String {
        let tally = self.tally();
        let is_over = self.ended.is_some() && self.in_flight.is_empty() && self.queue.is_empty();
        self.notes
            .as_mut()
            .map(|notes| notes.take(tally, is_over.then_some(self.ended_at)))
            .unwrap_or_default()
    }

    /// With what is about to leave, since nothing may be left to write that down afterwards.
    fn tally(&self) -> Tally {
        let report = self.report();
        let mut tally = Tally {
            requests: report.requests,
            retries: report.retries,
            face_count: report.face_count,
            active_ms: report.active_ms,
        };
        for flight in self.in_flight.iter().filter(|flight| !flight.left) {
            tally.requests = tally.requests.saturating_add(1);
            tally.retries = tally.retries.saturating_add(u32::from(flight.work.is_retry()));
        }
        tally
    }
}
