// @ts-check
// The store of attempt ids: what one caller sends never takes the room of another, and memory stays bounded.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Attempts, LIMITS } from "#modules/proxy/attempts.js";
import { Refusal } from "#modules/proxy/refusal.js";

const SMALL = {
  made: { perCaller: 20, total: 100 },
  rejected: { perCaller: 10, total: 50 },
  callers: 40,
  replyBytes: 1000,
};

/** @param {any} t */
function clock(t) {
  const { now } = performance;
  t.after(() => {
    performance.now = now;
  });
  let at = 0;
  performance.now = () => at;
  return (/** @type {number} */ ms) => {
    at += ms;
  };
}

/** @param {number} seed */
function random(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const refusal = new Refusal(429, "PROXY_THROTTLED", "not-sent");
/** Attempts in flight are not forgotten. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
/** @returns {Promise<object>} */
const reply = async () => ({ v: 1 });

/**
 * Makes an attempt if there is room.
 *
 * @param {Attempts} attempts
 * @param {string} caller
 * @param {string} id
 */
function make(attempts, caller, id, answer = reply) {
  if (attempts.wait(caller) > 0) return false;
  attempts.make(caller, id, "digest", answer).catch(() => {});
  return true;
}

test("attempts: whatever the others send, a caller gets its share, and memory stays bounded", async (t) => {
  const advance = clock(t);
  for (let seed = 1; seed <= 40; seed += 1) {
    const next = random(seed);
    const attempts = new Attempts(true, SMALL);
    const held = { made: 0, rejected: 0 };
    const own = new Map();
    for (let id = 0; id < 2000; id += 1) {
      // Few callers send most.
      const caller = `caller-${10 + next(next(SMALL.callers) + 1)}`;
      const count = own.get(caller) ?? { made: 0, rejected: 0 };
      own.set(caller, count);
      const kind = /** @type {"made" | "rejected"} */ (next(2) === 0 ? "made" : "rejected");
      const isKept =
        kind === "made" ? make(attempts, caller, `${id}`) : attempts.reject(caller, `${id}`, "digest", refusal);
      const { perCaller, total } = SMALL[kind];
      if (count[kind] < Math.min(perCaller, Math.floor(total / SMALL.callers))) {
        assert.ok(isKept, `seed ${seed}: ${caller} has its share`);
      }
      if (isKept) {
        count[kind] += 1;
        held[kind] += 1;
      }
      assert.ok(count[kind] <= perCaller, `seed ${seed}: the cap of one caller`);
      // Each caller beyond the total gets its share of it at most: a harmonic sum.
      assert.ok(held[kind] <= total * (1 + Math.log(SMALL.callers)), `seed ${seed}: all ids together`);
      assert.equal(attempts.repeated(caller, `${id}`, "digest") !== undefined, isKept);
    }
    await settled();
    advance(600_001);
    assert.ok(make(attempts, "caller-00", "x"), "ids are forgotten after ten minutes");
    for (const [caller] of own) assert.equal(attempts.repeated(caller, "1", "digest"), undefined);
  }
});

test("attempts: with the limits that ship, a caller at its cap leaves the others their room", async (t) => {
  const advance = clock(t);
  const attempts = new Attempts(true);
  let made = 0;
  let rejected = 0;
  for (let id = 0; id < 120_000; id += 1) {
    if (make(attempts, "alice", `m${id}`)) made += 1;
    if (attempts.reject("alice", `r${id}`, "digest", refusal)) rejected += 1;
  }
  assert.deepEqual([made, rejected], [LIMITS.made.perCaller, LIMITS.rejected.perCaller]);
  assert.ok(attempts.wait("alice") > 0, "its own load throttles it");
  // So many that the total is used up.
  for (let other = 0; other < 9; other += 1) {
    for (let id = 0; id < LIMITS.made.perCaller; id += 1) make(attempts, `other-${other}`, `${id}`);
  }
  for (let id = 0; id < 1000; id += 1) assert.ok(make(attempts, "bob", `${id}`), "bob has his share");
  assert.ok(LIMITS.made.total / LIMITS.callers >= 10, "however many callers there are");
  await settled();
  advance(600_001);
  assert.ok(make(attempts, "alice", "again"));
});

test("attempts: more callers than can be told apart get no room, and cost none", (t) => {
  clock(t);
  const attempts = new Attempts(true, SMALL);
  for (let caller = 0; caller < SMALL.callers; caller += 1) assert.ok(make(attempts, `${caller}`, "a"));
  assert.ok(!make(attempts, "another", "a"));
  assert.ok(!attempts.reject("another", "a", "digest", refusal));
  assert.ok(make(attempts, "0", "b"));
});

test("attempts: the replies of the caller with most of them are dropped first", async (t) => {
  clock(t);
  const attempts = new Attempts(true, SMALL);
  const long = async () => ({ text: "x".repeat(100) });
  make(attempts, "bob", "first");
  for (let id = 0; id < 20; id += 1) make(attempts, "alice", `${id}`, long);
  await settled();
  assert.deepEqual(await attempts.repeated("bob", "first", "digest"), { v: 1 });
  assert.throws(() => attempts.repeated("alice", "0", "digest"), /PROXY_REPEATED/, "that it was made stays known");
  assert.equal(JSON.stringify(await attempts.repeated("alice", "19", "digest")), JSON.stringify(await long()));
});
