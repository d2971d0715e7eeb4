//! What a response proves, by the rules of the design and nothing else: written again, without a line of the engine.
//!
//! It serves twice. The model of the server asks whether a response that it is about to give keeps to the trust list (T1–T3): if
//! the response would prove what is not true, it is withheld. And the books ask what a delivered response allows to be claimed.

use finauth_facesearch::deletion::Millis;
use finauth_facesearch::exchange::Transport;
use serde_json::Value;

pub const LIBRARY: &str = "staff";

/// What a consistent response says of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Statement {
    Removed,
    Absent,
    /// Not removed, for another reason.
    Other,
}

/// What an exchange proves about the tokens of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Nothing left.
    NotSent,
    /// The server did nothing. `copies`: nor did it with a hidden first copy of the same request.
    Nothing { copies: bool },
    /// For each token, in the order of the request.
    Done(Vec<Statement>),
    /// Anything may have happened.
    Uncertain,
}

/// What an exchange means for the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Success,
    /// Each further request would fare alike.
    Fatal,
    /// The signature was out of date.
    Expired,
    Throttled,
    TooLarge,
    /// One of the tokens was rejected.
    Blame,
    /// The request is rejected, perhaps for one of its tokens.
    Doubt,
    /// Another attempt may succeed.
    Trouble,
    /// So it may, but five of these in sequence are too many.
    NoCode,
    /// So it may, but three of these in a row are too many.
    Replay,
}

#[derive(Clone, Debug)]
pub struct Verdict {
    pub proof: Proof,
    pub class: Class,
    /// How long the server asked to wait.
    pub retry_after_ms: Option<Millis>,
    /// Whether it is a response of the server, or of something on the way that is no proxy of ours.
    pub is_response: bool,
}

impl Verdict {
    pub const fn of(proof: Proof, class: Class) -> Self {
        Self {
            proof,
            class,
            retry_after_ms: None,
            is_response: true,
        }
    }

    /// An attempt without a response.
    pub fn interrupted(may_have_left: bool) -> Self {
        Self {
            is_response: false,
            ..Self::of(
                if may_have_left {
                    Proof::Uncertain
                } else {
                    Proof::NotSent
                },
                Class::Trouble,
            )
        }
    }

    /// Whether it proves that nothing was done, over this transport.
    pub fn is_rejection(&self, transport: Transport) -> bool {
        match self.proof {
            Proof::Nothing { copies } => copies || transport == Transport::TransmitsOnce,
            _ => false,
        }
    }
}

/// A response, as it reaches the client.
pub struct Seen<'a> {
    pub status: u16,
    /// Nothing if the body is not JSON.
    pub json: Option<&'a Value>,
    pub retry_after_ms: Option<Millis>,
    /// Its request id is of the documented form and was seen before, or `Age` is greater than 0.
    pub is_replay: bool,
}

/// The tokens of the request by their numbers. `places` is scratch: 0 for each token there is.
pub fn judge(seen: &Seen<'_>, tokens: &[u32], places: &mut [u32]) -> Verdict {
    if seen.is_replay {
        return Verdict::of(Proof::Uncertain, Class::Replay);
    }
    let object = seen.json.and_then(Value::as_object);
    let error = object.and_then(|members| {
        let said = |name| members.get(name).filter(|error| !error.is_null() && **error != "");
        said("error").or_else(|| said("error_message"))
    });
    let is_success_status = (200..300).contains(&seen.status);
    if let (Some(body), None) = (seen.json, error)
        && object.is_some()
        && seen.status == 200
    {
        return success(body, tokens, places);
    }
    if error.is_none() && is_success_status {
        return Verdict::of(Proof::Uncertain, Class::Trouble);
    }
    let mut verdict = error
        .map(|error| error.as_str().unwrap_or("?"))
        .and_then(|error| rejection(error, tokens.len()))
        .unwrap_or_else(|| of_status(seen.status));
    if let Some(body) = seen.json
        && claims_an_effect(body)
        && verdict.proof != Proof::Uncertain
    {
        verdict.proof = Proof::Uncertain;
    }
    verdict.retry_after_ms = seen.retry_after_ms;
    verdict
}

/// The codes that are known, except those that prove nothing and mean nothing.
fn rejection(error: &str, tokens: usize) -> Option<Verdict> {
    let (code, detail) = error.split_once(':').unwrap_or((error, ""));
    let (code, detail) = (code.trim_ascii(), detail.trim_ascii());
    // What depends on the moment may have let a hidden first copy pass.
    let by_moment = Proof::Nothing { copies: false };
    let by_request = Proof::Nothing { copies: true };
    let blame = |proof| Verdict::of(if tokens == 1 { proof } else { Proof::Uncertain }, Class::Blame);
    Some(match code {
        "AUTHORIZATION_ERROR" if detail == "EXPIRED_SIGN" => Verdict::of(by_moment, Class::Expired),
        "AUTHENTICATION_ERROR" | "AUTHORIZATION_ERROR" => Verdict::of(by_moment, Class::Fatal),
        "CONCURRENCY_LIMIT_EXCEEDED" => Verdict::of(by_moment, Class::Throttled),
        "INVALID_OUTER_ID" | "INVALID_GROUP_ID" | "API_NOT_FOUND" | "MISSING_ARGUMENTS" | "COEXISTENCE_ARGUMENTS" => {
            Verdict::of(by_request, Class::Fatal)
        }
        // A limit may change between two copies.
        "INVALID_FACE_TOKENS_SIZE" => Verdict::of(by_moment, Class::TooLarge),
        "BAD_ARGUMENTS" if matches!(detail, "sign" | "sign_version" | "group_id") => {
            Verdict::of(by_request, Class::Fatal)
        }
        "BAD_ARGUMENTS" if detail == "face_tokens" => blame(by_request),
        // Which argument is not said, or not known: it may be a token, or anything else.
        "BAD_ARGUMENTS" => Verdict::of(Proof::Uncertain, Class::Doubt),
        "INVALID_FACE_TOKEN" => blame(by_moment),
        "INTERNAL_ERROR" => Verdict::of(Proof::Uncertain, Class::Trouble),
        _ => return None,
    })
}

fn of_status(status: u16) -> Verdict {
    match status {
        413 => Verdict::of(Proof::Nothing { copies: false }, Class::TooLarge),
        0 | 300..=399 => Verdict::of(Proof::Uncertain, Class::Fatal),
        429 => Verdict::of(Proof::Uncertain, Class::Throttled),
        _ => Verdict::of(Proof::Uncertain, Class::NoCode),
    }
}

fn success(body: &Value, tokens: &[u32], places: &mut [u32]) -> Verdict {
    let doubtful = Verdict::of(Proof::Uncertain, Class::Trouble);
    let (Some(library), Some(removed)) = (body["group_id"].as_str(), count(&body["face_removed"])) else {
        return doubtful;
    };
    let none = Vec::new();
    let listed = match &body["failure_detail"] {
        Value::Null => &none,
        Value::Array(listed) => listed,
        _ => return doubtful,
    };
    if listed.iter().any(|entry| !entry["face_token"].is_string()) {
        return doubtful;
    }
    if library != LIBRARY {
        return Verdict::of(Proof::Uncertain, Class::Fatal);
    }
    for (at, token) in tokens.iter().enumerate() {
        places[*token as usize] = at as u32 + 1;
    }
    let mut statements = vec![Statement::Removed; tokens.len()];
    let is_consistent = listed.iter().all(|entry| {
        let number = entry["face_token"].as_str().and_then(crate::scenario::number_of);
        let place = number.and_then(|number| places.get(number as usize));
        let Some(statement) = place.and_then(|place| statements.get_mut((*place as usize).checked_sub(1)?)) else {
            return false;
        };
        let is_first = *statement == Statement::Removed;
        let is_absent = entry["reason"]
            .as_str()
            .is_some_and(|reason| reason.trim_ascii() == "FACE_NOT_IN_GROUP");
        *statement = if is_absent { Statement::Absent } else { Statement::Other };
        is_first
    });
    for token in tokens {
        places[*token as usize] = 0;
    }
    if is_consistent && removed.checked_add(listed.len() as u64) == Some(tokens.len() as u64) {
        Verdict::of(Proof::Done(statements), Class::Success)
    } else {
        doubtful
    }
}

/// A number, or canonical decimal text.
pub fn count(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => text.parse().ok().filter(|count: &u64| count.to_string() == *text),
        Value::Number(number) => {
            let number = number.as_f64()?;
            (number >= 0.0 && number.fract() == 0.0 && number < 9e15).then_some(number as u64)
        }
        _ => None,
    }
}

/// An error next to a claim that the server acted: one of the two is not true.
fn claims_an_effect(body: &Value) -> bool {
    let removed = body["face_removed"] != Value::Null && count(&body["face_removed"]) != Some(0);
    let listed = match &body["failure_detail"] {
        Value::Null => false,
        Value::Array(listed) => !listed.is_empty(),
        _ => true,
    };
    removed || listed
}
