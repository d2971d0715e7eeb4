//! What another process wrote down, read back.

use core::fmt;

use super::{Begun, CHECK, Chain, END, NAME, RESUME, Tally, VERSION, is_word};
use crate::deletion::findings::Findings;
use crate::deletion::outcome::{Because, Finding, History, Outcome};
use crate::selection::Selection;
use crate::text::{self, hex};
use crate::token::GroupId;

/// What another process wrote down, read back.
#[derive(Debug)]
pub struct Record {
    past: Vec<Past>,
    findings: Findings,
    tally: Tally,
    begun: Option<Begun>,
    request_ids: Vec<String>,
    /// Of responses that do not count.
    other_request_ids: Vec<String>,
    chain: Chain,
    /// Whether the last line says that the run was over. Else lines may be lost, and with them requests.
    is_ended: bool,
    /// When it was over, if the last line says so.
    ended_at: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum Past {
    Open(History),
    /// Its number in `findings`.
    Found(u16),
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
    /// It is about another server.
    AnotherServer,
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
            Self::AnotherServer => "JOURNAL_OF_ANOTHER_SERVER",
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
            Self::AnotherServer => "is about another server: go on with the baseUrl or proxyUrl that it was begun with",
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
    /// Reads what was written, for this server, this library and this list. A line that was torn when its process died
    /// counts as not written.
    pub fn read(journal: &[u8], server: &str, group: &GroupId, selection: &Selection) -> Result<Self, Unusable> {
        let mut lines = journal.split_inclusive(|byte| *byte == b'\n');
        let mut first = lines.next();
        while first.is_some_and(is_unbegun) {
            first = lines.next();
        }
        let mut chain = Chain::default();
        let first = first
            .and_then(|line| words(line, &mut chain))
            .ok_or(Unusable::NotAJournal)?;
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
        if first.next() != Some(server) {
            return Err(Unusable::AnotherServer);
        }
        let mut record = Self {
            past: vec![Past::Open(History::NeverSent); selection.count()],
            findings: Findings::default(),
            tally: Tally::default(),
            begun: None,
            request_ids: Vec::new(),
            other_request_ids: Vec::new(),
            chain,
            is_ended: false,
            ended_at: None,
        };
        // Processes that died may have left lines unfinished, one after another; the next that continues says so.
        let mut torn = false;
        for line in lines {
            match words(line, &mut record.chain) {
                Some(RESUME) => torn = false,
                Some(_) if torn => return Err(Unusable::Damaged),
                Some(words) => record.apply(words).ok_or(Unusable::Damaged)?,
                None if line == b"\n" => continue,
                // A line behind one that is damaged or missing: it does not fit, although it was written to its end.
                None if torn && is_finished(line) => return Err(Unusable::Damaged),
                None => torn = true,
            }
            let word = words_of(line).and_then(|words| text::split(words, b' ').next());
            record.is_ended = !torn && word == Some(END);
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
                    active_ms: number(words.next())?,
                };
            }
            "run" => {
                self.begun = Some(Begun {
                    id: words.next().filter(|id| is_word(id))?.to_owned(),
                    at: number(words.next())?,
                    face_count: number_or_none(words.next())?,
                });
            }
            END => self.ended_at = number_or_none(words.next())?,
            "answer" => self.request_ids.push(words.next().filter(|id| is_word(id))?.to_owned()),
            "seen" => self
                .other_request_ids
                .push(words.next().filter(|id| is_word(id))?.to_owned()),
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
            if let Past::Found(number) = *past
                && findings.get(number)?.left_open().is_none()
            {
                return None;
            }
            *past = found.map_or(Past::Open(history), Past::Found);
        }
        Some(())
    }

    fn finding<'a>(&mut self, words: &mut impl Iterator<Item = &'a str>) -> Option<u16> {
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
        Some(self.findings.number_of(finding))
    }

    /// What is known of each distinct token, in their order. If lines may be lost, a process before may have sent any token
    /// that is not settled for good.
    pub fn findings(&self) -> impl Iterator<Item = Finding> {
        let open = |history: History| match history {
            History::Uncertain(_) => Finding::of_waiting(history, Because::RunEnded),
            _ if self.is_ended => Finding::of_waiting(history, Because::RunEnded),
            _ => Finding::of_waiting(History::Uncertain(Because::EarlierProcess), Because::RunEnded),
        };
        self.past.iter().map(move |past| match past {
            Past::Open(history) => open(*history),
            Past::Found(at) => match self.findings.get(*at) {
                None => open(History::NeverSent),
                Some(finding) => match finding.left_open() {
                    Some(history) if !self.is_ended => open(history),
                    _ => finding.clone(),
                },
            },
        })
    }

    /// When the run ended, in UNIX seconds, if it did in order.
    pub const fn ended_at(&self) -> Option<u64> {
        if self.is_ended { self.ended_at } else { None }
    }

    /// The checksum of the last line.
    pub(in crate::deletion) const fn chain(&self) -> Chain {
        self.chain
    }

    /// What it took so far.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// The server's ids of all requests that it answered, whatever it said.
    pub fn seen_request_ids(&self) -> impl Iterator<Item = &str> {
        self.request_ids
            .iter()
            .chain(&self.other_request_ids)
            .map(String::as_str)
    }

    /// Which run it is, and the server's ids of the requests that it answered so that they count.
    #[must_use]
    pub fn origin(self) -> (Option<Begun>, Vec<String>) {
        (self.begun, self.request_ids)
    }
}

/// A line without its end and its checksum, which has to go on from that of the line before; nothing if it is not whole. Only
/// the end of line may be missing: another process writes it, and the line has to mean the same before and after.
fn words<'a>(line: &'a [u8], chain: &mut Chain) -> Option<&'a str> {
    let text = words_of(line)?;
    let next = chain.with(text.as_bytes());
    if line.get(text.len()..)?.trim_ascii_end() != next.check().as_bytes() {
        return None;
    }
    *chain = next;
    Some(text)
}

/// A line without its end and its checksum, whatever that is.
fn words_of(line: &[u8]) -> Option<&str> {
    let line = core::str::from_utf8(line.strip_suffix(b"\n").unwrap_or(line)).ok()?;
    Some(line.split_at_checked(line.len().checked_sub(CHECK)?)?.0)
}

/// Whether a line ends as one that was written to its end, whether or not its checksum fits.
fn is_finished(line: &[u8]) -> bool {
    let is_check = |end: &[u8]| end.starts_with(b" ~") && end.iter().skip(2).all(u8::is_ascii_hexdigit);
    let line = line.strip_suffix(b"\n");
    line.is_some_and(|line| {
        line.len()
            .checked_sub(CHECK)
            .and_then(|at| line.get(at..))
            .is_some_and(is_check)
    })
}

/// A first line that was torn: nothing was ever sent behind it, and another process began again.
fn is_unbegun(line: &[u8]) -> bool {
    line.strip_suffix(b"\n").is_some_and(|text| {
        let is_printable = text.iter().all(|byte| matches!(byte, b' '..=b'~'));
        let is_begun = NAME.as_bytes().starts_with(text) || text.starts_with(NAME.as_bytes());
        is_printable && is_begun && words(line, &mut Chain::default()).is_none()
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
