//! The model of the server: which faces there are, and what it answers. Written from the API's documentation.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::scenario::{Fault, Random, Scenario};

const GROUP: &str = "staff";

pub struct Server {
    faces: HashSet<String>,
    /// What calls of the run removed, whoever was told.
    pub removed_by_run: HashSet<String>,
    /// What a call of the run did not find.
    pub found_missing: HashSet<String>,
    random: Random,
}

pub struct Reply {
    pub status: u16,
    pub body: String,
    pub retry_after_ms: Option<u64>,
    /// Whether it gets back to the client.
    pub lost: bool,
}

impl Reply {
    fn new(status: u16, body: String) -> Self {
        Self {
            status,
            body,
            retry_after_ms: None,
            lost: false,
        }
    }

    pub fn error(status: u16, error: &str) -> Self {
        Self::new(
            status,
            json!({ "request_id": "1,a", "time_used": 1, "error": error }).to_string(),
        )
    }
}

impl Server {
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            faces: scenario.held.iter().cloned().collect(),
            removed_by_run: HashSet::new(),
            found_missing: HashSet::new(),
            random: Random(scenario.seed.rotate_left(17)),
        }
    }

    /// Somebody else adds or removes a face.
    pub fn other_writer(&mut self, token: &str) {
        if self.random.chance(500) {
            self.faces.remove(token);
        } else {
            self.faces.insert(token.to_owned());
        }
    }

    /// A request arrives.
    pub fn receive(&mut self, scenario: &Scenario, tokens: &[String]) -> Reply {
        let rates = &scenario.rates;
        let random = &mut self.random;
        // First what is known to precede any action.
        if random.chance(rates.of(Fault::NotAuthorised)) {
            return Reply::error(
                403,
                random.pick(&["AUTHORIZATION_ERROR:INVALID_SIGN", "AUTHENTICATION_ERROR"]),
            );
        }
        if random.chance(rates.of(Fault::Redirect)) {
            return Reply::new(302, String::new());
        }
        if random.chance(rates.of(Fault::Throttled)) {
            let mut reply = Reply::error(random.pick(&[403, 429]), "CONCURRENCY_LIMIT_EXCEEDED");
            if random.chance(rates.of(Fault::RetryAfter)) {
                reply.retry_after_ms = Some(random.pick(&[0, 1_000, 3_000, 120_000]));
            }
            return reply;
        }
        if tokens.len() > scenario.server_limit {
            return Reply::new(413, "Request Entity Too Large".to_owned());
        }
        if !scenario.library_exists {
            return Reply::error(400, "INVALID_OUTER_ID");
        }
        if tokens.iter().any(|token| scenario.poison.contains(token)) {
            return Reply::error(400, random.pick(&["BAD_ARGUMENTS:face_tokens", "INVALID_FACE_TOKEN"]));
        }
        // A failure of the server may come before or after it acted.
        if random.chance(rates.of(Fault::ServerError)) && random.chance(500) {
            return Reply::error(500, "INTERNAL_ERROR");
        }
        let answer = self.delete(scenario, tokens);
        self.spoil(scenario, answer)
    }

    fn delete(&mut self, scenario: &Scenario, tokens: &[String]) -> Value {
        let mut removed = 0;
        let mut failures = Vec::new();
        for token in tokens {
            let reason = if self.random.chance(scenario.rates.of(Fault::OddReason) / 4) {
                "FACE_LOCKED"
            } else if self.faces.remove(token) {
                self.removed_by_run.insert(token.clone());
                removed += 1;
                continue;
            } else {
                self.found_missing.insert(token.clone());
                "FACE_NOT_IN_GROUP"
            };
            failures.push(json!({ "face_token": token, "reason": reason }));
        }
        json!({
            "request_id": "1,a",
            "time_used": 1,
            "group_id": GROUP,
            "face_removed": removed,
            "face_count": self.faces.len(),
            "failure_detail": failures,
        })
    }

    /// What may become of an answer on its way.
    fn spoil(&mut self, scenario: &Scenario, mut answer: Value) -> Reply {
        let rates = &scenario.rates;
        let random = &mut self.random;
        if random.chance(rates.of(Fault::ServerError)) {
            return Reply::error(500, "INTERNAL_ERROR");
        }
        if random.chance(rates.of(Fault::GatewayPage)) {
            return Reply::new(random.pick(&[200, 403, 502, 504]), "<html>gateway</html>".to_owned());
        }
        if random.chance(rates.of(Fault::Lie)) {
            lie(&mut answer, random);
        }
        let mut body = answer.to_string();
        if random.chance(rates.of(Fault::AnswerTruncated)) {
            body.truncate(random.below(body.len() as u64) as usize);
        }
        Reply {
            lost: random.chance(rates.of(Fault::AnswerLost)),
            ..Reply::new(200, body)
        }
    }
}

/// An answer that cannot be true of the request. (A consistent lie cannot be found out by anybody.)
fn lie(answer: &mut Value, random: &mut Random) {
    let removed = answer["face_removed"].as_i64().unwrap();
    let failures = answer["failure_detail"].as_array_mut().unwrap();
    let sent = removed + failures.len() as i64;
    match random.below(8) {
        0 => answer["face_removed"] = json!(removed + 1),
        1 => answer["face_removed"] = json!(removed - 1),
        2 => {
            answer.as_object_mut().unwrap().remove("failure_detail");
        }
        3 => answer["error"] = json!(null),
        // The answer to somebody else's request, to another library.
        4 => {
            answer["group_id"] = json!("another");
            answer["failure_detail"] = json!([]);
            answer["face_removed"] = json!(sent);
        }
        // A token that was never sent, in place of one that was removed.
        5 => {
            failures.push(json!({ "face_token": "never-sent", "reason": "FACE_NOT_IN_GROUP" }));
            answer["face_removed"] = json!(removed - 1);
        }
        // One that was not removed is not listed.
        6 => {
            if failures.pop().is_none() {
                answer["face_removed"] = json!(removed + 1);
            }
        }
        // One is listed twice, in place of another, so that the numbers seem to add up.
        _ => match failures.first().cloned() {
            Some(first) if failures.len() > 1 => {
                failures.pop();
                failures.push(first);
            }
            _ => answer["face_removed"] = json!(removed + 1),
        },
    }
}
