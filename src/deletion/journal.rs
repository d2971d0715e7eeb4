//! What a run writes down, so that another process can go on where this one ended: `docs/journal.md` describes it.
//!
//! Before a request leaves, its intent is written; after its answer, what was found. Tokens are named by their positions in
//! the list, never by what they are. An intent without a result is taken for a request that may have been applied.

use core::fmt;

use super::outcome::{Because, Finding, History, Outcome};
use crate::selection::Selection;
use crate::text::{self, decimal, hex, joined};
use crate::token::GroupId;

/// The version of the format.
pub const VERSION: u64 = 1;

/// What another process writes first. The line before it may be torn.
const RESUME: &str = "resume";

const NAME: &str = "finauth-facesearch-journal";

/// What a run has to write down, and has not yet.
#[derive(Debug, Default)]
pub struct Notes {
    text: String,
    /// For a run over some of the tokens: where each stands among all. Nothing for a run over all.
    origin: Option<Vec<u32>>,
    /// What was written last of the run in numbers.
    tally: Tally,
    /// What was written last of which run it is.
    begun: Option<Begun>,
}

/// Which run it is: what a receipt says of its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its name: one word, of at most 64 ASCII characters.
    pub id: String,
    /// When it began, in UNIX seconds, by the server's clock as far as that is known.
    pub at: u64,
    /// How many faces the library held before, if that was asked.
    pub face_count: Option<u64>,
}

/// Requests, retries, and the size of the library: what a report says besides the outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Requests that were sent.
    pub requests: u32,
    /// Those of them that were sent again.
    pub retries: u32,
    /// How many faces the library held after the last answer.
    pub face_count: Option<u64>,
}

impl Notes {
    /// For a new journal: it begins with what it is about.
    pub fn begin(group: &GroupId, selection: &Selection) -> Self {
        let mut notes = Self::default();
        let fingerprint = hex(&selection.fingerprint());
        let (version, distinct) = (decimal(VERSION), decimal(selection.count() as u64));
        let total = decimal(selection.total());
        notes.line(&[NAME, &version, group.as_str(), &fingerprint, &distinct, &total]);
        notes
    }

    /// For another process, which goes on in the same journal, even behind a line that was not written to its end.
    pub fn resume(begun: Option<Begun>) -> Self {
        let mut notes = Self {
            text: "\n".to_owned(),
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
        let reason = finding
            .reason
            .as_deref()
            .filter(|reason| is_word(reason))
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

    /// Takes what is to be written, with the numbers as they are.
    pub fn take(&mut self, tally: Tally) -> String {
        if tally != self.tally {
            self.tally = tally;
            let (requests, retries) = (decimal(tally.requests.into()), decimal(tally.retries.into()));
            self.line(&["sum", &requests, &retries, &word(tally.face_count)]);
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
        let sum = check(self.text.as_bytes().get(start..).unwrap_or_default());
        self.text.push_str(&sum);
        self.text.push('\n');
    }
}

/// What another process wrote down, read back.
#[derive(Debug)]
pub struct Record {
    past: Vec<Past>,
    findings: Vec<Finding>,
    tally: Tally,
    begun: Option<Begun>,
    request_ids: Vec<String>,
}

#[derive(Clone, Copy, Debug)]
enum Past {
    Open(History),
    /// Its place in `findings`.
    Found(u32),
}

/// Why a journal cannot be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It does not begin as a journal does.
    NotAJournal,
    /// A later version wrote it.
    NewerVersion,
    /// It is about another library.
    AnotherGroup,
    /// It is about another list.
    AnotherList,
    /// A line in the middle is damaged, or cannot have been written.
    Damaged,
}

impl Unusable {
    /// For programs.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotAJournal => "NOT_A_JOURNAL",
            Self::NewerVersion => "JOURNAL_NEWER",
            Self::AnotherGroup => "JOURNAL_OF_ANOTHER_GROUP",
            Self::AnotherList => "JOURNAL_OF_ANOTHER_LIST",
            Self::Damaged => "JOURNAL_DAMAGED",
        }
    }

    /// Continues the sentence that starts with `journal`.
    #[must_use]
    pub const fn problem(self) -> &'static str {
        match self {
            Self::NotAJournal => "is not a journal of this package",
            Self::NewerVersion => "was written by a newer version; use that one to resume",
            Self::AnotherGroup => "is about another library",
            Self::AnotherList => "is about another list: the source does not hold the same entries in the same order",
            Self::Damaged => "is damaged in the middle; what happened cannot be told from it",
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem())
    }
}

impl core::error::Error for Unusable {}

impl Record {
    /// Reads what was written, for this library and this list. A line that was torn when
    /// its process died counts as not written.
    pub fn read(journal: &[u8], group: &GroupId, selection: &Selection) -> Result<Self, Unusable> {
        let mut lines = journal.split_inclusive(|byte| *byte == b'\n');
        let mut first = lines.next();
        while first.is_some_and(is_unbegun) {
            first = lines.next();
        }
        let first = first.and_then(words).ok_or(Unusable::NotAJournal)?;
        let mut first = text::split(first, b' ');
        if first.next() != Some(NAME) {
            return Err(Unusable::NotAJournal);
        }
        if number(first.next()).ok_or(Unusable::NotAJournal)? > VERSION {
            return Err(Unusable::NewerVersion);
        }
        if first.next() != Some(group.as_str()) {
            return Err(Unusable::AnotherGroup);
        }
        let fingerprint = hex(&selection.fingerprint());
        let sizes = [selection.count() as u64, selection.total()];
        if first.next() != Some(&fingerprint) || sizes.iter().any(|size| number(first.next()) != Some(*size)) {
            return Err(Unusable::AnotherList);
        }
        let mut record = Self {
            past: vec![Past::Open(History::NeverSent); selection.count()],
            findings: Vec::new(),
            tally: Tally::default(),
            begun: None,
            request_ids: Vec::new(),
        };
        // Processes that died may have left lines unfinished, one after another; the next that goes on says so.
        let mut torn = false;
        for line in lines {
            match words(line) {
                Some(RESUME) => torn = false,
                Some(_) if torn => return Err(Unusable::Damaged),
                Some(words) => record.apply(words).ok_or(Unusable::Damaged)?,
                None => torn |= line != b"\n",
            }
        }
        Ok(record)
    }

    fn apply(&mut self, line: &str) -> Option<()> {
        let mut words = text::split(line, b' ');
        let word = words.next()?;
        match word {
            "sum" => {
                self.tally = Tally {
                    requests: u32::try_from(number(words.next())?).ok()?,
                    retries: u32::try_from(number(words.next())?).ok()?,
                    face_count: number_or_none(words.next())?,
                };
            }
            "run" => {
                self.begun = Some(Begun {
                    id: words.next().filter(|id| is_word(id))?.to_owned(),
                    at: number(words.next())?,
                    face_count: number_or_none(words.next())?,
                });
            }
            "answer" => self.request_ids.push(words.next().filter(|id| is_word(id))?.to_owned()),
            _ => return self.range(word, &mut words),
        }
        words.next().is_none().then_some(())
    }

    /// A line about a range of tokens.
    fn range<'a>(&mut self, word: &str, words: &mut impl Iterator<Item = &'a str>) -> Option<()> {
        let (start, end) = (number(words.next())? as usize, number(words.next())? as usize);
        let found = match word {
            "done" => Some(self.finding(words)?),
            _ => None,
        };
        let history = match word {
            "send" => History::Uncertain(Because::EarlierAttempt),
            "open" => match words.next()? {
                "never" => History::NeverSent,
                "rejected" => History::Rejected,
                "uncertain" => History::Uncertain(Because::EarlierAttempt),
                _ => return None,
            },
            "done" => History::NeverSent,
            _ => return None,
        };
        if start >= end || words.next().is_some() {
            return None;
        }
        let findings = &self.findings;
        for past in self.past.get_mut(start..end)? {
            // What was settled for good is never sent again, and never found anything else.
            if let Past::Found(at) = *past
                && findings.get(at as usize)?.left_open().is_none()
            {
                return None;
            }
            *past = found.map_or(Past::Open(history), Past::Found);
        }
        Some(())
    }

    fn finding<'a>(&mut self, words: &mut impl Iterator<Item = &'a str>) -> Option<u32> {
        let outcome = words.next()?;
        let because = words.next()?;
        let finding = Finding {
            outcome: Outcome::ALL.into_iter().find(|one| one.name() == outcome)?,
            because: match because {
                "-" => None,
                word => Some(Because::ALL.into_iter().find(|one| one.name() == word)?),
            },
            retryable: match words.next()? {
                "-" => None,
                "later" => Some(true),
                "never" => Some(false),
                _ => return None,
            },
            reason: match words.next()? {
                "-" => None,
                reason => Some(reason.to_owned()),
            },
        };
        let known = self.findings.iter().position(|one| *one == finding);
        let at = known.unwrap_or_else(|| {
            self.findings.push(finding);
            self.findings.len() - 1
        });
        u32::try_from(at).ok()
    }

    /// What is known of each distinct token, in their order.
    pub fn findings(&self) -> impl Iterator<Item = Finding> {
        self.past.iter().map(|past| match past {
            Past::Open(history) => Finding::of_waiting(*history, Because::RunEnded),
            Past::Found(at) => {
                let found = self.findings.get(*at as usize).cloned();
                found.unwrap_or_else(|| Finding::of_waiting(History::NeverSent, Because::RunEnded))
            }
        })
    }

    /// What it took so far.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// Which run it is, and the server's ids of the requests that it answered.
    #[must_use]
    pub fn origin(self) -> (Option<Begun>, Vec<String>) {
        (self.begun, self.request_ids)
    }
}

/// A line without its end and its checksum; nothing if it is not whole. Only the end of line may be missing: another process
/// writes it, and the line has to mean the same before and after.
fn words(line: &[u8]) -> Option<&str> {
    let line = core::str::from_utf8(line.strip_suffix(b"\n").unwrap_or(line)).ok()?;
    let (text, sum) = line.split_at_checked(line.len().checked_sub(CHECK)?)?;
    (check(text.as_bytes()) == sum).then_some(text)
}

/// A first line that was torn: nothing was ever sent behind it, and another process began anew.
fn is_unbegun(line: &[u8]) -> bool {
    line.strip_suffix(b"\n").is_some_and(|text| {
        words(line).is_none() && (NAME.as_bytes().starts_with(text) || text.starts_with(NAME.as_bytes()))
    })
}

fn number(word: Option<&str>) -> Option<u64> {
    text::number(word?)
}

/// A number, or the word for none.
fn number_or_none(word: Option<&str>) -> Option<Option<u64>> {
    match word {
        Some("-") => Some(None),
        word => number(word).map(Some),
    }
}

fn word(number: Option<u64>) -> String {
    number.map_or_else(|| "-".to_owned(), decimal)
}

/// The end of a line: FNV-1a, 32 bits, in hex. A torn or a damaged line is noticed.
fn check(line: &[u8]) -> String {
    let mut sum = 0x811c_9dc5_u32;
    for byte in line {
        sum = (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
    }
    joined(&[" ~", &hex(&sum.to_be_bytes())])
}

/// So many bytes it has.
const CHECK: usize = " ~".len() + 8;

/// What the server says fits on a line if it is one word; otherwise it is not kept.
pub fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text != "-" && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'~')
}
