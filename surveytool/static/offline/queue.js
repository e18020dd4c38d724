// Sends forms, again and again until the server has said that it has them. Used by the pages and by the worker.

import * as store from "./store.js";

const PATIENCE = 60_000; // a request that takes longer is given up,
const ATTENDED = 20_000; // and sooner where somebody looks on: the form goes on being sent while they read that it is kept
const FIRST_WAIT = 5_000;
const LONGEST_WAIT = 10 * 60_000;
const LANES = 3; // how many forms are on their way at once
// The server will not take these however often it is asked; nobody removes them but a person.
const REFUSED = [400, 403, 404, 405, 410, 413, 415, 422];

// What the device says of itself. "ahead" is how far its clock is before the server's, in seconds, where that is known.
export function about(record) {
  return {
    clock: new Date().toISOString(),
    finished: new Date(record.finished ?? record.changed).toISOString(),
    zone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? "",
    language: navigator.language ?? "",
    seconds: Math.round(record.seconds ?? 0),
    ...(record.ahead === undefined ? {} : { ahead: record.ahead }),
  };
}

function request(record, attended) {
  if (record.sealed) {
    const address = `/c/${encodeURIComponent(record.join)}/sealed`;
    return [address, { headers: { Accept: "application/json", "Content-Type": "application/json" }, body: record.sealed }];
  }
  const body = new URLSearchParams(record.fields);
  body.set("submission", record.id);
  body.set("device", JSON.stringify(about(record)));
  if (!attended) body.set("queued", "yes");
  return [record.address, { headers: { Accept: "application/json" }, body }];
}

// Send one form; returns what the server said of this very form, or { state: "lost" }, or { state: "refused" }.
async function ask(record, attended) {
  const [address, init] = request(record, attended);
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), attended ? ATTENDED : PATIENCE);
  try {
    const answer = await fetch(address, { method: "POST", redirect: "error", cache: "no-store", signal: patience.signal, ...init });
    const said = await answer.json().catch(() => null);
    // Only an answer that names the form is ours: a network that asks to be paid answers too.
    if (said?.submission === record.id) return said;
    return { state: REFUSED.includes(answer.status) ? "refused" : "lost", status: answer.status };
  } catch {
    return { state: "lost" };
  } finally {
    clearTimeout(timer);
  }
}

// Forms that somebody at this page sends: nobody else does so behind their back.
const held = new Set();
export const hold = (id) => held.add(id);

const alone = (id, act, wait) =>
  navigator.locks ? navigator.locks.request(`surveytool:${id}`, { ifAvailable: !wait }, (lock) => (lock ? act() : { state: "busy" })) : act();

// Send a form that waits, with nobody to ask about it.
export function send(record) {
  return alone(record.id, async () => {
    // Whoever had it before may have sent it.
    const now = await store.get(record.id);
    return now && !store.SAID.includes(now.state) ? attempt(now, false) : { state: now?.state ?? "gone" };
  });
}

// Send a form for who filled it in and is at the device; "first" keeps it, so that nothing can take it away meanwhile.
export function sendAttended(record, first = async () => {}) {
  hold(record.id);
  return alone(record.id, async () => { await first(); return attempt(record, true); }, true);
}

async function attempt(record, attended) {
  const said = await ask(record, attended);
  if (store.SAID.includes(said.state)) await confirmed(record, said, attended);
  else if (said.state !== "wrong" && (record.sealed || !record.kiosk)) await failed(record, said);
  return said;
}

// The server has it: the answers go. What is left, unless it came at once to who sent it, is what the server said.
async function confirmed(record, said, attended) {
  if ((attended && !record.tries) || record.kiosk) return store.remove(record.id);
  const { id, join, title, language } = record;
  return store.put({ id, join, title, language, state: said.state, receipt: said.receipt ?? "", changed: Date.now() });
}

async function failed(record, said) {
  const tries = (record.tries ?? 0) + 1;
  const wait = Math.min(FIRST_WAIT * 2 ** (tries - 1), LONGEST_WAIT) * (0.75 + Math.random() / 2);
  const state = said.state === "refused" ? "stuck" : "waiting";
  const now = Date.now();
  Object.assign(record, { state, tries, last: now, next: now + wait, changed: now });
  await store.put(record);
}

// Send what waits and whose time has come, the oldest first; with "now", whatever waits. A few go at a time, so that one
// whose answer does not come holds up no other. Returns how many are left.
export async function sendAll(now = false) {
  const waits = (record) => record.state === "waiting" || (now && record.state === "stuck");
  const waiting = (await store.all()).reverse().filter((record) => waits(record) && !held.has(record.id));
  const isDue = (record) => now || (record.next ?? 0) <= Date.now();
  const [due, later, lost] = [waiting.filter(isDue), waiting.filter((record) => !isDue(record)), new Set()];
  let left = waiting.length;
  const lane = async () => {
    for (let record = due.shift(); record; record = due.shift()) {
      if ([...store.SAID, "gone"].includes((await send(record)).state)) {
        left -= 1;
        // There is a connection: nothing need wait for its time, and what was lost before goes once more.
        due.push(...later.splice(0));
      } else if (!lost.has(record.id)) {
        lost.add(record.id);
        later.push(record);
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return left;
}

// Let the browser wake the worker when there is a connection, where it can.
export async function wake() {
  try {
    const worker = await navigator.serviceWorker?.getRegistration("/c/");
    await worker?.sync?.register("send");
    return Boolean(worker?.sync);
  } catch {
    return false;
  }
}

// Go on sending while the page is open: on the way in, when somebody comes back to it, when a connection comes, and as
// the waits end. What stands on the page is told anew, "after", also while a long queue is on its way.
export function keepSending(after = () => {}) {
  let going = 0;
  const go = async (now) => {
    going += 1;
    await sendAll(now).finally(() => { going -= 1; });
    return after();
  };
  self.addEventListener("online", () => go(true));
  self.addEventListener("visibilitychange", () => document.visibilityState === "visible" && go(true));
  setInterval(() => (going ? after() : go(false)), FIRST_WAIT);
  return go(true);
}
