// A shared tablet: what is on the screen stays in this tab alone, sealed copies lie in the store, and nothing else remains.

import { about, wake } from "./queue.js";
import * as seal from "./seal.js";
import * as store from "./store.js";
import { button, element, page, say } from "./words.js";

const SCREEN = "surveytool:screen";
const LAST_MINUTE = 60_000;
const idleTime = page.idleMinutes * 60_000;

// The form on the screen, if somebody was at it just now: after a change of language, or a page loaded again.
export function onScreen() {
  try {
    const record = JSON.parse(sessionStorage.getItem(SCREEN));
    return record?.join === page.join && Date.now() - record.changed < idleTime + LAST_MINUTE ? record : null;
  } catch {
    return null;
  }
}

export function keepOnScreen(record) {
  try { sessionStorage.setItem(SCREEN, JSON.stringify(record)); } catch { /* it is on the screen all the same */ }
}

// A sealed copy, for the case that the power fails: the next start lets it go the way of a form left alone.
export async function keepSealed(record, still = () => true) {
  if (!seal.can || page.onIdle !== "seal") return;
  const copy = await locked(record, "tablet");
  if (still()) await store.put(copy);
}

async function locked(record, state, unfinished = true) {
  const { id, join, title, language, changed } = record;
  return { id, join, title, language, changed, state, kiosk: true, sealed: await seal.sealed(record, about(record), unfinished) };
}

// Seal a finished form, so that it waits for a connection and nobody can read it.
export async function queue(record) {
  await store.put(await locked(record, "waiting", false));
  leave();
  await wake();
}

// What was left by somebody who has gone: sealed and sent, or cleared, as the evaluator set it.
export async function sweep(present = null) {
  for (const record of await store.all()) {
    if (record.state !== "tablet" || record.id === present) continue;
    if (page.onIdle === "seal") await store.put({ ...record, state: "waiting" });
    else await store.remove(record.id);
  }
  await wake();
}

export function leave() {
  try { sessionStorage.removeItem(SCREEN); } catch { /* no such storage */ }
}

// Forget all that is on the screen and go back to the choice of languages, leaving no page to come back to.
export function start() {
  leave();
  location.replace(page.choice);
}

// Ask who has left the tablet alone whether they are still there; after a minute it is as if they had gone.
export function watch(finish) {
  let timer;
  const question = element("dialog");
  const what = page.onIdle === "seal" && seal.can ? "idle_seal" : "idle_clear";
  const stay = button(say("here"), () => { question.close(); wait(); }, "send");
  question.append(element("h2", say("idle")), element("p", say(what)), stay);
  document.documentElement.append(question);
  const wait = () => { clearTimeout(timer); timer = setTimeout(ask, idleTime); };
  const ask = () => { question.showModal(); timer = setTimeout(finish, LAST_MINUTE); };
  question.addEventListener("cancel", wait);
  for (const event of ["input", "click", "keydown", "scroll", "touchstart"]) {
    addEventListener(event, () => question.open || wait(), { passive: true, capture: true });
  }
  wait();
}
