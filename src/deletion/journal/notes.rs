//! What a run writes down.

use super::{Begun, Chain, END, NAME, RESUME, Tally, VERSION};
use crate::deletion::outcome::{Because, Finding, History};
use crate::selection::Selection;
use crate::text::{decimal, hex, is_code};
use crate::token::GroupId;

/// What a run has to write down, and has not yet.
#[derive(Debug, Default)]
pub struct Notes {
    text: String,
    /// That of the last line.
    chain: Chain,
    /// Whether the last line says that the run is over.
    is_ended: bool,
    /// For a run over some of the tokens: where each stands among all. Nothing for a run over all.
    origin: Option<Vec<u32>>,
    /// What was written last of the run in numbers.
    tally: Tally,
    /// What was written last of which run it is.
    begun: Option<Begun>,
}

impl Notes {
    /// For a new journal: it begins with what it is about.
    pub fn begin(server: &str, group: &GroupId, selection: &Selection) -> Self {
        let mut notes = Self::default();
        let fingerprint = hex(&selection.fingerprint());
        let (version, distinct) = (decimal(VERSION), decimal(selection.count() as u64));
        let total = decimal(selection.total());
        notes.line(&[NAME, &version, group.as_str(), &fingerprint, &distinct, &total, server]);
        notes
    }

    /// For another process, which goes on in the same journal, even behind a line that was not written to its end.
    pub fn resume(begun: Option<Begun>, chain: Chain) -> Self {
        let mut notes = Self {
            text: "\n".to_owned(),
            chain,
            begun,
            ..Self::default()
        };
        notes.line(&[RESUME]);
        notes
    }

    /// For what goes on in the same journal with some of the tokens, `chosen` by their positions in this run.
    pub fn of_some(&self, chosen: &[usize], tally: Tally) -> Self {
        let position = |at: &usize| match &self.origin {
            Some(origin) => origin.get(*at).copied(),
            None => u32::try_from(*at).ok(),
        };
        Self {
            text: self.text.clone(),
            chain: self.chain,
            is_ended: self.is_ended,
            origin: Some(chosen.iter().filter_map(position).collect()),
            tally,
            begun: self.begun.clone(),
        }
    }

    /// These tokens are about to be sent.
    pub fn send(&mut self, start: usize, end: usize) {
        self.ranges("send", start, end, &[]);
    }

    /// They were sent, in vain so far; this is what may have become of them.
    pub fn open(&mut self, start: usize, end: usize, history: History) {
        let word = match history {
            History::NeverSent => "never",
            History::Rejected => "rejected",
            History::Uncertain(_) => "uncertain",
        };
        self.ranges("open", start, end, &[word]);
    }

    /// The server gave this request an answer that counts.
    pub fn answer(&mut self, request_id: &str) {
        self.line(&["answer", request_id]);
    }

    /// The server gave this request a response that does not count. A later response with the same id is a replay.
    pub fn seen(&mut self, request_id: &str) {
        self.line(&["seen", request_id]);
    }

    /// What was found of the tokens from `start` on, by the positions in `findings`, plus 1.
    pub fn settle(&mut self, start: usize, numbers: &[u16], findings: &[Finding]) {
        let mut at = start;
        for alike in numbers.chunk_by(PartialEq::eq) {
            let number = alike.first().and_then(|number| number.checked_sub(1));
            if let Some(finding) = number.and_then(|at| findings.get(usize::from(at))) {
                self.settle_alike(at, at + alike.len(), finding);
            }
            at += alike.len();
        }
    }

    /// The same was found of all these tokens.
    pub fn settle_alike(&mut self, start: usize, end: usize, finding: &Finding) {
        let retryable = match finding.retryable {
            None => "-",
            Some(true) => "later",
            Some(false) => "never",
        };
        let because = finding.because.map_or("-", Because::name);
        // A reason in another form could hold a token.
        let reason = finding
            .reason
            .as_deref()
            .filter(|reason| is_code(reason))
            .unwrap_or("-");
        self.ranges(
            "done",
            start,
            end,
            &[finding.outcome.name(), because, retryable, reason],
        );
    }

    /// Which run it is, before anything else is said of it, and whenever the time of its beginning is known better.
    pub fn run(&mut self, begun: &Begun) {
        if self.begun.as_ref() != Some(begun) {
            self.line(&["run", &begun.id, &decimal(begun.at), &word(begun.face_count)]);
            self.begun = Some(begun.clone());
        }
    }

    /// Takes what is to be written, with the numbers as they are; and, if the run is over, when it ended, as far as that is known.
    pub fn take(&mut self, tally: Tally, ended: Option<Option<u64>>) -> String {
        // The time alone is not worth a line.
        let same_time = Tally {
            active_ms: self.tally.active_ms,
            ..tally
        };
        let is_last = ended.is_some() && !self.is_ended;
        if same_time != self.tally || (is_last && tally != self.tally) {
            self.tally = tally;
            let (requests, retries) = (decimal(tally.requests.into()), decimal(tally.retries.into()));
            let active = decimal(tally.active_ms);
            self.line(&["sum", &requests, &retries, &word(tally.face_count), &active]);
        }
        if let Some(at) = ended.filter(|_| is_last) {
            self.line(&[END, &word(at)]);
            self.is_ended = true;
        }
        core::mem::take(&mut self.text)
    }

    /// One line for each range of tokens that stand beside each other in the list.
    fn ranges(&mut self, word: &str, start: usize, end: usize, more: &[&str]) {
        let mut at = start;
        while at < end {
            let Some(first) = self.position(at) else { return };
            let mut next = at + 1;
            while next < end && self.position(next) == Some(first + (next - at)) {
                next += 1;
            }
            let (from, to) = (decimal(first as u64), decimal((first + (next - at)) as u64));
            let mut words = vec![word, &from, &to];
            words.extend_from_slice(more);
            self.line(&words);
            at = next;
        }
    }

    fn position(&self, at: usize) -> Option<usize> {
        match &self.origin {
            Some(origin) => origin.get(at).map(|position| *position as usize),
            None => Some(at),
        }
    }

    fn line(&mut self, words: &[&str]) {
        let start = self.text.len();
        for word in words {
            if self.text.len() > start {
                self.text.push(' ');
            }
            self.text.push_str(word);
        }
        self.chain = self.chain.with(self.text.as_bytes().get(start..).unwrap_or_default());
        self.is_ended = false;
        self.text.push_str(&self.chain.check());
        self.text.push('\n');
    }
}

fn word(number: Option<u64>) -> String {
    number.map_or_else(|| "-".to_owned(), decimal)
}
