// The list of forms on this device: what each is, how far it has come, when it was last tried, and what can be done.

import { about, keepSending, send } from "./queue.js";
import * as seal from "./seal.js";
import * as store from "./store.js";
import { button, element, page, say, tellOfLanguage, when } from "./words.js";

const list = document.getElementById("forms");
let asking = ""; // the form whose deletion is being asked about
let shown = ""; // what the list shows

const STATES = { draft: "draft", tablet: "draft", waiting: "waits", stuck: "stuck", kept: "kept", aside: "aside", withdrawn: "withdrawn" };

async function show() {
  const all = await store.all();
  // Nothing moves, and nothing is read out again, where nothing has changed.
  const now = JSON.stringify([asking, all.map(({ id, state, changed, last, saved }) => [id, state, changed, last, saved])]);
  if (now === shown) return;
  shown = now;
  list.replaceChildren(...all.map(line));
  document.getElementById("none").hidden = all.length > 0;
  const unsent = all.some((record) => !store.SAID.includes(record.state));
  document.getElementById("save-help").hidden = !seal.can || !unsent;
  const safe = unsent ? await store.persisted() : null;
  document.getElementById("safe").textContent = safe === null ? "" : say(safe ? "kept_safe" : "kept_unsafe");
}

function line(record) {
  const made = element("li", "", { "data-form": record.id, "data-state": record.state });
  made.append(element("h2", record.sealed ? `${record.title} · ${say("sealed_form")}` : record.title));
  made.append(element("p", say(STATES[record.state]), { class: "state" }));
  if (record.receipt) made.append(element("p", say("receipt")), element("p", record.receipt, { class: "receipt", translate: "no" }));
  made.append(element("p", record.last ? say("last", { when: when(record.last) }) : say("changed", { when: when(record.changed) }), { class: "hint" }));
  made.append(record.id === asking ? confirmation(record) : ways(record));
  return made;
}

function ways(record) {
  const row = element("p", "", { class: "ways" });
  if (store.SAID.includes(record.state)) {
    row.append(button(say(record.receipt ? "remove" : "delete"), () => store.remove(record.id).then(show)));
    return row;
  }
  if (record.state === "draft") row.append(element("a", say("go_on"), { class: "button", href: `/c/${record.join}/${record.language}?form=${record.id}` }));
  else row.append(button(say("send_now"), () => sendNow(record)));
  if (seal.can && (record.sealed || record.key)) row.append(button(say("save"), () => save(record)));
  // The next person at a shared tablet finds this list too: what nobody has seen yet is not theirs to delete.
  if (record.sealed && !record.saved) return row;
  row.append(button(say("delete"), () => { asking = record.id; show().then(() => list.querySelector(".alert button")?.focus()); }));
  return row;
}

function confirmation(record) {
  const asked = element("div", "", { class: "alert", role: "alert" });
  const stop = () => { asking = ""; return show(); };
  asked.append(element("p", say("delete_sure")));
  const row = element("p", "", { class: "ways" });
  row.append(button(say("no"), stop), button(say("yes_delete"), () => store.remove(record.id).then(stop)));
  asked.append(row);
  return asked;
}

async function save(record) {
  await seal.save(record, about(record));
  if (record.sealed) await store.put({ ...record, saved: Date.now() });
  await show();
}

async function sendNow(record) {
  await send(record);
  await show();
}

tellOfLanguage();
show();
keepSending(() => asking || show());
