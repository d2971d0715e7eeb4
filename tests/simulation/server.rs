//! The model of the server and of everything on the way to it. It holds the truth, and assumes nothing of the client.
//!
//! It does whatever the trust list of the design does not exclude:
//!
//! - T1. A rejection with a code of the design's list precedes any action.
//! - T2. A consistent response describes what happened and belongs to its request, unless its request id was seen before.
//! - T3. Others add and remove faces between two requests.
//!
//! So a batch may be applied in part and then fail, in any way and with any response.
//!
//! For transports that transmit a request twice the design has one rule more: a rejection that depends on the request alone
//! (its arguments, its library, its address) is the same for both copies. What depends on the moment is not: authentication,
//! load, limits, and which tokens there are.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::judge::{LIBRARY, Proof, Seen, Statement, judge};
use crate::scenario::{Fault, Random, Scenario, number_of};
use crate::tally::Tally;
use finauth_facesearch::deletion::Millis;

/// What the server did to a token of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    Removed,
    Missing,
    /// It was not looked at.
    Untouched,
}

/// The truth about a token. Runs are counted from 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Truth {
    pub is_present: bool,
    /// The first run of which a request removed it.
    pub removed_in: Option<u32>,
    /// The first run of which a request did not find it.
    pub missed_in: Option<u32>,
}

/// A request that reaches the server.
pub struct Request<'a> {
    pub run: u32,
    /// The same for both copies of a request.
    pub key: u64,
    pub tokens: &'a [u32],
    /// The signature is out of date.
    pub is_stale: bool,
    pub now: Millis,
}

/// A response as the server gave it, which may be repeated later.
#[derive(Clone, Debug)]
pub struct Said {
    pub status: u16,
    pub bytes: Vec<u8>,
    pub json: Option<Value>,
}

impl Said {
    fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            bytes: serde_json::to_vec(&body).unwrap(),
            json: Some(body),
        }
    }

    fn text(status: u16, body: &str) -> Self {
        Self {
            status,
            bytes: body.as_bytes().to_vec(),
            json: serde_json::from_str(body).ok(),
        }
    }

    /// Its request id, if that is of the documented form.
    pub fn documented_id(&self) -> Option<&str> {
        let id = self.json.as_ref()?.get("request_id")?.as_str()?;
        (id.split_once(',')?.1.len() == 36).then_some(id)
    }
}

pub struct Reply {
    pub said: Said,
    pub retry_after_ms: Option<Millis>,
    pub is_aged: bool,
    /// It repeats an earlier response.
    pub is_repeated: bool,
    /// It does not get back to the client.
    pub is_lost: bool,
    /// It is read in part, or is no response.
    pub is_broken: bool,
    /// The server rejected the signature as out of date.
    pub is_stale: bool,
}

pub struct Server {
    pub truth: Vec<Truth>,
    /// For the judge.
    pub scratch: Vec<u32>,
    poison: Vec<bool>,
    random: Random,
    responses: u64,
    /// Requests of which a copy removed something, and requests of which a copy was rejected for what it holds.
    acted_on: HashSet<u64>,
    rejected: HashSet<u64>,
}

const PAGE: &str = "<html><head><title>gateway</title></head><body>502 Bad Gateway</body></html>";

const STATUSES: [u16; 42] = [
    200, 200, 200, 200, 200, 0, 201, 202, 204, 206, 226, 299, 300, 301, 302, 304, 307, 400, 400, 401, 403, 404, 405,
    408, 409, 410, 413, 418, 422, 425, 429, 451, 499, 500, 500, 502, 503, 504, 507, 599, 600, 999,
];

const AUTH_CODES: [&str; 6] = [
    "AUTHORIZATION_ERROR:INVALID_SIGN",
    "AUTHORIZATION_ERROR:LIMIT_REACHED",
    "AUTHORIZATION_ERROR:IP_NOT_ALLOWED",
    "AUTHORIZATION_ERROR",
    "AUTHENTICATION_ERROR",
    "AUTHORIZATION_ERROR:EXPIRED_SIGN",
];

const REQUEST_CODES: [&str; 8] = [
    "INVALID_OUTER_ID",
    "INVALID_GROUP_ID",
    "API_NOT_FOUND",
    "MISSING_ARGUMENTS:group_id",
    "MISSING_ARGUMENTS",
    "COEXISTENCE_ARGUMENTS",
    "BAD_ARGUMENTS:group_id",
    "BAD_ARGUMENTS: sign_version",
];

const BLAMING_CODES: [&str; 5] = [
    "INVALID_FACE_TOKEN",
    "INVALID_FACE_TOKEN:t1",
    "BAD_ARGUMENTS:face_tokens",
    "BAD_ARGUMENTS",
    "BAD_ARGUMENTS:something_new",
];

const UNKNOWN_CODES: [&str; 7] = [
    "RESOURCE_BUSY",
    "invalid_outer_id",
    "CONCURRENCY_LIMIT_EXCEEDED_2",
    "a sentence about what failed",
    "409",
    "AUTHORIZATION ERROR",
    ":",
];

const REASONS: [&str; 8] = [
    "FACE_LOCKED",
    "INVALID_FACE_TOKEN",
    "INTERNAL_ERROR",
    "face_not_in_group",
    "FACE_NOT_IN_GROUP_2",
    "please try again later",
    "",
    "line\u{0}feed\nand\u{202e}more",
];

impl Server {
    pub fn new(scenario: &Scenario) -> Self {
        let numbers = scenario.input.iter().filter_map(|text| number_of(text));
        let count = numbers.max().map_or(0, |most| most as usize + 1);
        let mut truth = vec![Truth::default(); count];
        for held in &scenario.held {
            if let Some(truth) = truth.get_mut(*held as usize) {
                truth.is_present = true;
            }
        }
        let mut poison = vec![false; count];
        for bad in &scenario.poison {
            if let Some(poison) = poison.get_mut(*bad as usize) {
                *poison = true;
            }
        }
        Self {
            truth,
            scratch: vec![0; count],
            poison,
            random: Random(scenario.seed.rotate_left(17)),
            responses: 0,
            acted_on: HashSet::new(),
            rejected: HashSet::new(),
        }
    }

    /// T3: another writer adds or removes a face.
    pub fn other_writer(&mut self) {
        let at = self.random.below(self.truth.len() as u64) as usize;
        let add = self.random.chance(500);
        if let Some(truth) = self.truth.get_mut(at) {
            truth.is_present = add;
        }
    }

    /// A request arrives. `earlier` are responses whose ids the client is certain to know.
    pub fn receive(
        &mut self,
        scenario: &Scenario,
        request: &Request<'_>,
        earlier: &[Said],
        tally: &mut Tally,
    ) -> Reply {
        let mut effects = vec![Effect::Untouched; request.tokens.len()];
        let mut reply = self.respond(scenario, request, earlier, &mut effects, tally);
        let rates = &scenario.rates;
        if !reply.is_repeated {
            if self.random.chance(rates.of(Fault::Aged)) {
                tally.note("trouble", "responses of a cache");
                reply.is_aged = true;
            }
            if self.random.chance(rates.of(Fault::ResponseTruncated)) {
                tally.note("trouble", "responses truncated");
                let end = self.random.below(reply.said.bytes.len() as u64) as usize;
                reply.said.bytes.truncate(end);
                reply.said.json = serde_json::from_slice(&reply.said.bytes).ok();
            }
        }
        if self.random.chance(rates.of(Fault::ResponseLost)) {
            tally.note("trouble", "responses lost");
            reply.is_lost = true;
        }
        if self.random.chance(rates.of(Fault::ResponseBroken)) {
            tally.note("trouble", "responses too large, or none");
            reply.is_broken = true;
        }
        if self.random.chance(rates.of(Fault::RetryAfter)) && !(200..300).contains(&reply.said.status) {
            tally.note("trouble", "responses with Retry-After");
            reply.retry_after_ms = Some(self.random.pick(&[0, 1_000, 3_000, 20_000, 120_000]));
        }
        if !self.keeps_to_the_trust_list(request, &reply, &effects) {
            tally.note("trouble", "responses withheld, since they break T1 or T2");
            reply.is_lost = true;
        }
        reply
    }

    /// T1 and T2: a response that proves something untrue does not exist.
    fn keeps_to_the_trust_list(&mut self, request: &Request<'_>, reply: &Reply, effects: &[Effect]) -> bool {
        let seen = Seen {
            status: reply.said.status,
            json: reply.said.json.as_ref(),
            retry_after_ms: None,
            is_replay: reply.is_aged || reply.is_repeated,
        };
        if effects.contains(&Effect::Removed) {
            self.acted_on.insert(request.key);
        }
        match judge(&seen, request.tokens, &mut self.scratch).proof {
            Proof::NotSent | Proof::Uncertain => true,
            Proof::Nothing { copies: true } => {
                self.rejected.insert(request.key);
                !self.acted_on.contains(&request.key)
            }
            Proof::Nothing { copies: false } => !effects.contains(&Effect::Removed),
            Proof::Done(statements) => statements.iter().zip(effects).all(|pair| match pair {
                (Statement::Removed, effect) => *effect == Effect::Removed,
                (Statement::Absent, effect) => *effect == Effect::Missing,
                (Statement::Other, effect) => *effect != Effect::Removed,
            }),
        }
    }

    fn respond(
        &mut self,
        scenario: &Scenario,
        request: &Request<'_>,
        earlier: &[Said],
        effects: &mut [Effect],
        tally: &mut Tally,
    ) -> Reply {
        let rates = &scenario.rates;
        let tokens = request.tokens;
        if request.is_stale {
            tally.note("trouble", "signatures out of date");
            let mut reply = plain(self.error(scenario, 403, "AUTHORIZATION_ERROR:EXPIRED_SIGN"));
            reply.is_stale = true;
            return reply;
        }
        // What depends on the request alone is the same for both copies of it, and so comes before anything else.
        let mut of_request = Random(scenario.seed ^ request.key.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        if of_request.chance(rates.of(Fault::OtherRejection)) {
            tally.note("trouble", "rejections for the request");
            let code = of_request.pick(&REQUEST_CODES);
            return plain(self.error(scenario, 400, code));
        }
        if !scenario.library_exists || self.rejected.contains(&request.key) {
            return plain(self.error(scenario, 400, "INVALID_OUTER_ID"));
        }
        let bad = tokens.iter().position(|token| self.poison[*token as usize]);
        let is_blamed = bad.is_some() || of_request.chance(rates.of(Fault::Blame));
        if is_blamed && tokens.len() == 1 {
            tally.note("trouble", "a lone token rejected");
            let code = of_request.pick(&BLAMING_CODES);
            return plain(self.error(scenario, 400, code));
        }
        if self.random.chance(rates.of(Fault::Replay)) && !earlier.is_empty() {
            self.act(request, effects);
            let at = self.random.below(earlier.len() as u64) as usize;
            let mut said = earlier[at].clone();
            if self.random.chance(100) {
                said.status = self.random.pick(&STATUSES);
            }
            tally.note(
                "trouble",
                match &said.json {
                    Some(body) if body["error"].is_string() => "responses repeated, errors",
                    _ => "responses repeated, successes",
                },
            );
            return Reply {
                is_repeated: true,
                ..plain(said)
            };
        }
        if self.random.chance(rates.of(Fault::Aged)) {
            tally.note("trouble", "responses of a cache, about other requests");
            self.act(request, effects);
            let claimed = vec![self.random.pick(&[Effect::Removed, Effect::Missing]); tokens.len()];
            let body = self.description(request, &claimed);
            return Reply {
                is_aged: true,
                ..plain(Said::json(200, body))
            };
        }
        if self.random.chance(rates.of(Fault::NotAuthorised)) {
            tally.note("trouble", "not authorised");
            let code = self.random.pick(&AUTH_CODES);
            return plain(self.error(scenario, 403, code));
        }
        if self.random.chance(rates.of(Fault::Throttled)) {
            tally.note("trouble", "throttled");
            let status = self.random.pick(&[403, 429]);
            return plain(self.error(scenario, status, "CONCURRENCY_LIMIT_EXCEEDED"));
        }
        if is_too_large(scenario, request) {
            tally.note("limit", "rejected as too large");
            return plain(match self.random.below(5) {
                0 | 1 => self.error(scenario, 400, "INVALID_FACE_TOKENS_SIZE"),
                2 => Said::text(413, PAGE),
                3 => Said::json(413, json!({ "message": "too large" })),
                _ => Said::text(413, "Request Entity Too Large"),
            });
        }
        if is_blamed {
            // T1 does not hold for a batch: others may have been deleted.
            tally.note("trouble", "batches rejected for one token");
            self.act(request, effects);
            let code = self.random.pick(&BLAMING_CODES);
            return plain(self.error(scenario, 400, code));
        }
        if self.random.chance(rates.of(Fault::AnyResponse)) {
            tally.note("trouble", "any status with any body");
            self.act(request, effects);
            return plain(self.anything(request, effects));
        }
        if self.random.chance(rates.of(Fault::PartThenTrouble)) {
            tally.note("trouble", "applied in part, then failed");
            self.act(request, effects);
            return match self.random.below(3) {
                0 => Reply {
                    is_lost: true,
                    ..plain(Said::text(200, ""))
                },
                1 => plain(self.without_code()),
                _ => plain(self.error(scenario, 500, "INTERNAL_ERROR")),
            };
        }
        if self.random.chance(rates.of(Fault::ServerError)) {
            tally.note("trouble", "server errors");
            self.act(request, effects);
            return plain(self.error(scenario, 500, "INTERNAL_ERROR"));
        }
        if self.random.chance(rates.of(Fault::NoCode)) {
            tally.note("trouble", "responses without a known code");
            if self.random.chance(500) {
                self.act(request, effects);
            }
            return plain(self.without_code());
        }
        if self.random.chance(rates.of(Fault::OtherStatus)) {
            tally.note("trouble", "successes with another 2xx status");
            self.act(request, effects);
            let claimed = vec![self.random.pick(&[Effect::Removed, Effect::Missing]); tokens.len()];
            let status = self.random.pick(&[201, 202, 203, 204, 206, 226, 299]);
            return plain(Said::json(status, self.description(request, &claimed)));
        }
        if self.random.chance(rates.of(Fault::Redirect)) {
            tally.note("trouble", "redirects");
            self.act(request, effects);
            let status = self.random.pick(&[0, 301, 302, 307, 308]);
            return plain(Said::text(status, ""));
        }
        if self.random.chance(rates.of(Fault::PartThenSuccess)) {
            tally.note("trouble", "applied in part, with a success for that part");
            self.act(request, effects);
        } else {
            let odd = rates.of(Fault::OddReason) / 4;
            for at in 0..tokens.len() {
                if self.random.chance(odd) {
                    tally.note("trouble", "tokens kept for another reason");
                } else {
                    self.touch(request, at, effects);
                }
            }
        }
        let mut body = self.description(request, effects);
        if self.random.chance(rates.of(Fault::Lie)) {
            tally.note("trouble", "responses that contradict themselves or the request");
            lie(&mut body, &mut self.random);
        }
        if self.random.chance(scenario.shapes) {
            tally.note("shape", "successes of unusual form");
            for _ in 0..=self.random.below(3) {
                reshape(&mut body, &mut self.random);
            }
            if self.random.chance(100) {
                let mut said = Said::json(200, body);
                said.bytes.splice(0..0, *b"\xef\xbb\xbf");
                return plain(said);
            }
        }
        plain(Said::json(200, body))
    }

    /// Looks at some of the tokens, or at all, or at none.
    fn act(&mut self, request: &Request<'_>, effects: &mut [Effect]) {
        let length = request.tokens.len();
        let (mut from, mut to, mut rate) = (0, length, 1000);
        match self.random.below(6) {
            0 => to = 0,
            1 => {}
            2 | 3 => to = self.random.below(length as u64 + 1) as usize,
            4 => from = self.random.below(length as u64 + 1) as usize,
            _ => rate = self.random.pick(&[100, 500, 900]),
        }
        for at in from..to {
            if rate == 1000 || self.random.chance(rate) {
                self.touch(request, at, effects);
            }
        }
    }

    fn touch(&mut self, request: &Request<'_>, at: usize, effects: &mut [Effect]) {
        let truth = &mut self.truth[request.tokens[at] as usize];
        if truth.is_present {
            truth.is_present = false;
            truth.removed_in.get_or_insert(request.run);
            effects[at] = Effect::Removed;
        } else if effects[at] == Effect::Untouched {
            truth.missed_in.get_or_insert(request.run);
            effects[at] = Effect::Missing;
        }
    }

    /// What happened, in the documented form.
    fn description(&mut self, request: &Request<'_>, effects: &[Effect]) -> Value {
        let mut kept = Vec::new();
        let mut removed = 0;
        for (token, effect) in request.tokens.iter().zip(effects) {
            let reason = match effect {
                Effect::Removed => {
                    removed += 1;
                    continue;
                }
                Effect::Missing => "FACE_NOT_IN_GROUP",
                Effect::Untouched => self.random.pick(&REASONS),
            };
            kept.push(json!({ "face_token": format!("t{token}"), "reason": reason }));
        }
        let left = self.truth.iter().filter(|truth| truth.is_present).count();
        json!({
            "request_id": self.id(),
            "time_used": 101,
            "group_id": LIBRARY,
            "face_removed": removed,
            "face_count": left,
            "failure_detail": kept,
        })
    }

    /// Of the documented form, and a new one; or of a form of which nobody promises anything.
    fn id(&mut self) -> Value {
        self.responses += 1;
        match self.random.below(12) {
            0 => json!("1,a"),
            _ => json!(format!(
                "{},ba578f31-c5e9-4048-8290-{:012x}",
                1_769_740_387 + self.responses / 50,
                self.responses
            )),
        }
    }

    fn error(&mut self, scenario: &Scenario, status: u16, error: &str) -> Said {
        let mut body = json!({ "request_id": self.id(), "time_used": 1, "error": error });
        let mut status = status;
        if self.random.chance(scenario.shapes) {
            let members = body.as_object_mut().unwrap();
            match self.random.below(8) {
                0 => drop(members.remove("request_id")),
                1 => drop(members.insert("request_id".to_owned(), Value::Null)),
                2 => drop(members.remove("time_used")),
                3 => {
                    members.remove("error");
                    members.insert("error_message".to_owned(), json!(error));
                }
                4 => drop(members.insert("error_message".to_owned(), json!("SOMETHING_ELSE"))),
                5 => {
                    members.insert("face_removed".to_owned(), json!("0"));
                    members.insert("failure_detail".to_owned(), json!([]));
                }
                6 => {
                    members.insert("error".to_owned(), json!(""));
                    members.insert("error_message".to_owned(), json!(error));
                }
                // The code decides, whatever the status.
                _ => status = self.random.pick(&STATUSES),
            }
        }
        Said::json(status, body)
    }

    /// A gateway answers in place of the server, which may act later.
    pub fn gateway_reply(&mut self) -> Reply {
        plain(self.without_code())
    }

    /// Trouble on the way: no code, or one that nobody knows.
    fn without_code(&mut self) -> Said {
        let statuses = [
            404, 404, 408, 425, 409, 400, 401, 403, 405, 418, 422, 429, 499, 500, 502, 503, 504, 520, 600,
        ];
        let status = self.random.pick(&statuses);
        match self.random.below(5) {
            0 => Said::text(status, ""),
            1 => Said::json(
                status,
                json!({ "error": self.random.pick(&UNKNOWN_CODES), "request_id": self.id() }),
            ),
            2 => Said::json(status, json!({ "message": "not here" })),
            _ => Said::text(status, PAGE),
        }
    }

    fn anything(&mut self, request: &Request<'_>, effects: &[Effect]) -> Said {
        let status = self.random.pick(&STATUSES);
        let mut body = self.description(request, effects);
        let known = [AUTH_CODES.as_slice(), &REQUEST_CODES, &BLAMING_CODES].concat();
        match self.random.below(14) {
            0 | 1 => {}
            2 => lie(&mut body, &mut self.random),
            3 => body["error"] = json!(self.random.pick(&known)),
            4 => body["error"] = json!(self.random.pick(&UNKNOWN_CODES)),
            5 => body["error"] = self.random.pick(&[0, 1, 2]).into(),
            6 => body = json!({ "request_id": self.id(), "error": self.random.pick(&known) }),
            7 => body = json!({ "request_id": self.id(), "error": self.random.pick(&UNKNOWN_CODES) }),
            8 => body = json!({ "request_id": self.id(), "error": { "code": "INVALID_OUTER_ID" } }),
            9 => body = json!([body]),
            10 => body = json!({}),
            11 => return Said::text(status, PAGE),
            12 => return Said::text(status, ""),
            _ => {
                let text = self.random.pick(&[
                    "null",
                    "\"\"",
                    "{\"error\":",
                    "OK",
                    "Request Entity Too Large",
                    "[]",
                    "200",
                ]);
                return Said::text(status, text);
            }
        }
        Said::json(status, body)
    }
}

fn plain(said: Said) -> Reply {
    Reply {
        said,
        retry_after_ms: None,
        is_aged: false,
        is_repeated: false,
        is_lost: false,
        is_broken: false,
        is_stale: false,
    }
}

fn is_too_large(scenario: &Scenario, request: &Request<'_>) -> bool {
    let limit = scenario.limits.iter().rev().find(|limit| limit.from <= request.now);
    limit.is_some_and(|limit| {
        let digits = |token: &u32| token.checked_ilog10().unwrap_or(0) as usize + 1;
        let bytes: usize = request.tokens.iter().map(|token| digits(token) + 2).sum();
        request.tokens.len() > limit.tokens || bytes - 1 > limit.bytes
    })
}

/// Fields on which no claim depends, in forms that the documentation does not show.
fn reshape(body: &mut Value, random: &mut Random) {
    let members = body.as_object_mut().unwrap();
    let (name, value) = match random.below(24) {
        0 => ("time_used", Value::Null),
        1 => ("time_used", json!("12")),
        2 => ("time_used", json!(0.25)),
        3 => ("time_used", json!({ "ms": [1] })),
        4 => ("request_id", Value::Null),
        5 => ("request_id", json!(17)),
        6 => ("request_id", json!("x".repeat(300))),
        7 => ("request_id", json!("")),
        8 => ("face_count", Value::Null),
        9 => ("face_count", json!("7")),
        10 => ("face_count", json!(-1.5)),
        11 => ("error", Value::Null),
        12 => ("error", json!("")),
        13 => ("error_message", Value::Null),
        14 => ("error_message", json!("")),
        15 => ("added_later", json!({ "error": "INTERNAL_ERROR", "deep": [[[1]]] })),
        16 => return drop(members.remove("time_used")),
        17 => return drop(members.remove("request_id")),
        18 => return drop(members.remove("face_count")),
        19 | 20 => match members.get("face_removed").and_then(Value::as_u64) {
            Some(removed) if random.chance(500) => ("face_removed", json!(removed.to_string())),
            Some(removed) => ("face_removed", json!(removed as f64)),
            None => return,
        },
        21 | 22 => {
            if members
                .get("failure_detail")
                .and_then(Value::as_array)
                .is_some_and(Vec::is_empty)
            {
                members.remove("failure_detail");
            }
            return;
        }
        _ => match members.get_mut("failure_detail") {
            Some(Value::Array(kept)) if kept.is_empty() => ("failure_detail", Value::Null),
            Some(Value::Array(kept)) => {
                for entry in kept {
                    entry["added_later"] = json!(1);
                    if entry["reason"] != "FACE_NOT_IN_GROUP" {
                        entry["reason"] = random
                            .pick(&["null", "7", "\"\"", "\"LONG_LONG_REASON\""])
                            .parse()
                            .unwrap();
                    }
                }
                return;
            }
            _ => return,
        },
    };
    members.insert(name.to_owned(), value);
}

/// A response that cannot be true of the request. (If it happens to be consistent, it is withheld: T2.)
fn lie(body: &mut Value, random: &mut Random) {
    let removed = body["face_removed"].as_i64().unwrap();
    let kept = body["failure_detail"].as_array_mut().unwrap();
    match random.below(16) {
        0 => body["face_removed"] = json!(removed + 1),
        1 => body["face_removed"] = json!(removed - 1),
        2 => body["face_removed"] = json!(removed as f64 + 0.5),
        3 => body["face_removed"] = json!(format!("0{removed}")),
        4 => body["face_removed"] = Value::Null,
        5 if !kept.is_empty() => drop(body.as_object_mut().unwrap().remove("failure_detail")),
        6 if !kept.is_empty() => body["failure_detail"] = Value::Null,
        7 => body["failure_detail"] = json!({}),
        // The response to another request, about another library.
        8 => {
            let all = removed + kept.len() as i64;
            kept.clear();
            body["face_removed"] = json!(all);
            body["group_id"] = json!("another");
        }
        9 => body["group_id"] = random.pick(&["null", "7", "\"\"", "\"Staff\""]).parse().unwrap(),
        // A token that was never sent, in place of one that was removed.
        10 => {
            kept.push(json!({ "face_token": "never-sent", "reason": "FACE_NOT_IN_GROUP" }));
            body["face_removed"] = json!(removed - 1);
        }
        11 => kept.push(json!({ "reason": "FACE_NOT_IN_GROUP" })),
        // One that was not removed is not listed.
        12 => drop(kept.pop()),
        13 => body["error"] = json!({}),
        14 => body["face_removed"] = json!(removed + kept.len() as i64),
        // One is listed twice, in place of another, so that the numbers seem to add up.
        _ => match kept.first().cloned() {
            Some(first) if kept.len() > 1 => {
                kept.pop();
                kept.push(first);
            }
            _ => body["face_removed"] = json!(removed + 1),
        },
    }
}
