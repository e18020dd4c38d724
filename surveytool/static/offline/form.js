// Keeps a form on the device as it is typed, sends it, and says plainly where it is. Without this script the form works
// as any form does.

import * as kiosk from "./kiosk.js";
import { about, hold, keepSending, sendAttended, wake } from "./queue.js";
import { progress, review } from "./review.js";
import * as seal from "./seal.js";
import * as store from "./store.js";
import { button, element, kiosk as shared, page, say, tellOfLanguage, when } from "./words.js";

const SOON = 200; // how long a keystroke may wait for the database; the second copy has it at once
const form = document.getElementById("survey");
const identifier = form.elements.submission;
const status = document.getElementById("offline");

let record = null; // the form on the page, from the first thing given
let gone = false; // whether it has left the page
let filling = false; // whether the page is being filled by this script, which is nobody typing
let asked = false; // whether the browser was asked to keep what is here
let timer, watching, since = Date.now();

// The form on the page ------------------------------------------------------------------------------------------------

const fields = () => [...new FormData(form)].filter(([name, value]) => name !== "submission" && value !== "");

function begin(id) {
  const { join, title, key } = page;
  record = { id, join, title, key, state: "draft", started: Date.now(), seconds: 0, wordings: {}, kiosk: shared };
}

function note() {
  const { language, wording, address } = page;
  const now = Date.now();
  record.seconds += document.visibilityState === "visible" ? Math.min((now - since) / 1000, 300) : 0;
  since = now;
  record.wordings[language] ??= wording;
  Object.assign(record, { fields: fields(), language, wording, address, changed: now });
}

async function keep() {
  clearTimeout(timer);
  timer = undefined;
  if (!record || gone) return;
  if (shared) return kiosk.keepSealed({ ...record }, () => !gone);
  tell(await store.put(record));
}

function typed() {
  if (gone || filling) return;
  if (!record) {
    if (!fields().length) return;
    record = store.copiesAtHand().find((each) => each.id === identifier.value && !shared) ?? null;
    if (!record) begin(identifier.value);
  }
  if (!asked && !shared) store.persist().then((granted) => tell(true, granted));
  asked = true;
  note();
  if (shared) kiosk.keepOnScreen(record);
  else store.copy(record);
  timer ??= setTimeout(keep, SOON);
}

// Put what was given into the fields of the page.
function fill(given) {
  for (const each of form.elements) {
    if (!each.name || each.type === "hidden" || each.type === "submit") continue;
    const values = given.filter(([name]) => name === each.name).map(([, value]) => value);
    if (["radio", "checkbox"].includes(each.type)) each.checked = values.includes(each.value);
    else each.value = values[0] ?? "";
  }
  filling = true;
  form.dispatchEvent(new Event("change"));
  filling = false;
}

// Take up a form that was begun. One begun in an earlier wording goes on in that wording.
function takeUp(found) {
  const wording = found.wordings?.[page.language] ?? page.wording;
  const asked = new URLSearchParams(location.search).get("wording");
  if (wording !== page.wording && asked !== wording) {
    const which = shared ? "kiosk" : `form=${found.id}`;
    location.replace(`${page.form}?wording=${encodeURIComponent(wording)}&${which}${location.hash}`);
    return;
  }
  record = { ...found, state: "draft" };
  identifier.value = record.id;
  fill(record.fields);
  if (!shared && record.changed) offerAnother(record.changed);
}

// Keep what was taken up as the page shows it now; when it was last changed stays, since nobody changed it.
function settle() {
  if (!record) return;
  const { changed } = record;
  note();
  record.changed = changed;
  if (shared) kiosk.keepOnScreen(record);
  timer ??= setTimeout(keep, SOON);
}

function offerAnother(changed) {
  const told = document.getElementById("restored");
  told.replaceChildren(element("p", say("restored", { when: when(changed) })));
  told.append(button(say("new"), () => { gone = true; location.assign(`${page.form}?new`); }));
  told.hidden = false;
}

const mine = (each) => each.state === "draft" && each.join === page.join && each.fields?.length;

// Start with what was begun, if anything was: at once from the second copy, a moment later from the database.
function startForm() {
  // A page that came with answers in it is the newest there is of that form.
  if (!page.blank) return typed();
  identifier.value = store.newId();
  if (shared) {
    const found = kiosk.onScreen();
    if (found?.fields?.length) takeUp(found);
    settle();
    return undefined;
  }
  if (new URLSearchParams(location.search).has("new")) return undefined;
  const wanted = new URLSearchParams(location.search).get("form");
  const right = (each) => mine(each) && (!wanted || each.id === wanted);
  const found = store.copiesAtHand().filter(right).sort((a, b) => b.changed - a.changed)[0];
  if (found) takeUp(found);
  return store.all().then((all) => {
    const late = all.find(right);
    // Where the browser was killed, the database is ahead: local storage comes to the disk later.
    if (late && (record ? late.changed > record.changed : !fields().length)) takeUp(late);
    settle();
  });
}

// What is told of the device ------------------------------------------------------------------------------------------

let granted = null;

async function tell(kept, persistent = granted) {
  granted = persistent;
  const said = [];
  if (!kept) said.push(say("not_kept"));
  else said.push(say("kept_here"), persistent === true ? say("kept_safe") : persistent === false ? say("kept_unsafe") : "");
  if (!self.isSecureContext) said.push(say("plain_http"));
  status.querySelector("p").textContent = said.filter(Boolean).join(" ");
  if (!shared) await count();
}

async function count() {
  const others = (await store.all()).filter((each) => each.id !== record?.id);
  const link = status.querySelector("a");
  link.hidden = others.length === 0;
  link.textContent = say("count", { n: others.length });
  status.hidden = false;
}

// Sending ---------------------------------------------------------------------------------------------------------------

form.addEventListener("submit", async (event) => {
  const pressed = event.submitter;
  if (event.defaultPrevented || pressed?.name === "clear") return undefined;
  if (pressed?.name === "switch") return switchLanguage(event, pressed);
  event.preventDefault();
  if (!record) begin(identifier.value);
  note();
  record.finished = Date.now();
  return sendOff(pressed);
});

async function sendOff(pressed) {
  if (pressed) pressed.disabled = true;
  record.state = "waiting";
  clearTimeout(timer);
  timer = undefined;
  // Kept before it is sent: whatever happens now, the form is on the device until the server has said it has it.
  let kept = seal.can;
  const said = await sendAttended(record, async () => { if (!shared) kept = await store.put(record); })
    .finally(() => { if (pressed) pressed.disabled = false; });
  if (said.state === "wrong") return mark(said);
  if (said.page) return arrived(said.page);
  return kept ? waits(said) : stays();
}

// Show what the server says of a form it has; nothing of the form stays behind.
async function arrived(html) {
  gone = true;
  clearTimeout(timer);
  clearInterval(watching);
  const shown = new DOMParser().parseFromString(html, "text/html");
  document.title = shown.title;
  document.body.replaceChildren(...shown.body.childNodes);
  if (shared) {
    kiosk.leave();
    onlyTheReceipt();
  }
  leaveTrace();
  const heading = document.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus();
  scrollTo(0, 0);
}

function onlyTheReceipt() {
  document.querySelectorAll("main form, main a.button").forEach((each) => each.remove());
  document.querySelector("main").append(button(say("done"), kiosk.start, "send"));
}

// Back leads to an empty form. On a shared tablet there is nothing to go back to.
function leaveTrace() {
  if (shared) history.replaceState(null, "", `${page.form}?kiosk`);
  else history.pushState(null, "", page.form);
  addEventListener("popstate", () => location.reload());
}

// Put the server's messages beside the answers it could not read.
function mark(said) {
  record.state = "draft";
  form.querySelectorAll(".error[data-here], #alert[data-here], .confirmed[data-here]").forEach((each) => each.remove());
  form.querySelectorAll(".item.wrong").forEach((each) => each.classList.remove("wrong"));
  const list = element("ul");
  for (const [name, message] of Object.entries(said.errors)) list.append(wrong(name, message, said.confirm?.[name]));
  const alert = document.getElementById("alert") ?? element("div", "", { class: "alert", role: "alert", tabindex: "-1", id: "alert", "data-here": "" });
  alert.replaceChildren(element("p", said.told), list);
  form.querySelector("header").append(alert);
  history.pushState(null, "", "#alert");
  document.getElementById("review").hidden = true;
  form.querySelector("main").hidden = false;
  form.dispatchEvent(new Event("change"));
  typed();
  alert.focus();
}

function wrong(name, message, confirm) {
  const item = document.getElementById(`q-${name}`);
  item.classList.add("wrong");
  item.querySelector(".error")?.remove();
  const told = element("p", message, { class: "error", id: `e-${name}`, "data-here": "" });
  (item.querySelector(".hint") ?? item.querySelector("legend, label")).after(told);
  const fields_ = item.matches("fieldset") ? [item] : item.querySelectorAll("input, textarea");
  for (const each of fields_) {
    each.setAttribute("aria-invalid", "true");
    const described = new Set((each.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean)).add(told.id);
    each.setAttribute("aria-describedby", [...described].join(" "));
  }
  if (confirm && !form.elements[`${name}.confirmed`]) {
    item.append(element("input", "", { type: "hidden", name: `${name}.confirmed`, value: confirm, class: "confirmed", "data-here": "" }));
  }
  const line = element("li");
  line.append(element("a", item.querySelector("legend, label").textContent.trim(), { href: `#q-${name}` }));
  return line;
}

// It cannot be kept, or on a shared tablet not locked: it stays with its author on the screen.
async function stays() {
  record.state = "draft";
  status.hidden = false;
  await tell(false);
  status.scrollIntoView();
}

// There was no answer: the form is safe on the device, and that is said instead of the form.
async function waits(said) {
  gone = true;
  clearTimeout(timer);
  if (shared) await kiosk.queue(record);
  const byItself = await wake();
  const main = element("main", "", { class: "page", id: "waiting" });
  main.append(element("h1", said.state === "refused" ? say("stuck") : say("waiting_title"), { tabindex: "-1" }));
  if (said.state !== "refused") main.append(element("p", say(shared ? "sealed" : "waiting")));
  const safe = shared ? null : await store.persisted();
  if (safe !== null) main.append(element("p", say(safe ? "kept_safe" : "kept_unsafe")));
  if (!shared && !byItself) main.append(element("p", say("waiting_open")));
  main.append(...ways());
  document.body.replaceChildren(main);
  leaveTrace();
  main.querySelector("h1").focus();
  scrollTo(0, 0);
  if (shared) return;
  hold(record.id);
  addEventListener("online", tryAgain);
  watching = setInterval(async () => {
    // The worker may send it first.
    const waiting = await store.get(record.id);
    if (!waiting || store.SAID.includes(waiting.state) || record.next < Date.now()) tryAgain();
  }, 1000);
}

function ways() {
  if (shared) return [button(say("done"), kiosk.start, "send")];
  const row = element("p", "", { class: "ways" });
  const last = element("p", record.last ? say("last", { when: when(record.last) }) : "", { class: "hint", id: "last-try", role: "status" });
  row.append(button(say("again"), tryAgain));
  if (seal.can) row.append(button(say("save"), saveFile));
  row.append(element("a", say("another"), { class: "button", href: `${page.form}?new` }));
  row.append(element("a", say("list"), { class: "button", href: page.list }));
  return [last, row, ...(seal.can ? [element("p", say("save_help"), { class: "hint" })] : [])];
}

const saveFile = () => seal.save(record, about(record));

let trying = false;

async function tryAgain() {
  if (trying) return;
  trying = true;
  let said = null;
  try {
    const waiting = await store.get(record.id);
    // The worker sent it, and the list has the receipt.
    if (!waiting || store.SAID.includes(waiting.state)) return location.assign(page.list);
    record = waiting;
    said = await sendAttended(record);
    if (said.page) return arrived(said.page);
    // A mistake found only now is mended on the form.
    if (said.state === "wrong") return backToForm(waiting);
    document.getElementById("last-try").textContent = say("last", { when: when(record.last) });
  } finally {
    // Once it has arrived nothing is tried again, and the receipt stays on the page.
    trying = Boolean(said?.page);
  }
}

async function backToForm(waiting) {
  await store.put({ ...waiting, state: "draft", changed: Date.now() });
  location.assign(`${page.form}?form=${waiting.id}`);
}

// Another language: what is typed is here and need not be sent to be shown again. Mistakes are, in their new words.
async function switchLanguage(event, pressed) {
  const errors = form.querySelector(".item.wrong");
  if (errors && !shared && navigator.onLine) {
    if (!pressed.formAction.includes("checked")) pressed.formAction += `${pressed.formAction.includes("?") ? "&" : "?"}checked=1`;
    return;
  }
  event.preventDefault();
  const target = new URL(pressed.formAction);
  if (target.pathname === page.form) return;
  typed();
  await keep();
  const known = self.caches && (await caches.match(target.pathname).catch(() => null));
  if (!navigator.onLine && !known) return tellOfLanguage(true);
  const search = record ? (shared ? "?kiosk" : `?form=${record.id}`) : shared ? "?kiosk" : "";
  const next = target.pathname + search + (location.hash === "#review" ? "#review" : "");
  if (shared) location.replace(next);
  else location.assign(next);
}

// Beginning --------------------------------------------------------------------------------------------------------------

async function install() {
  if (!navigator.serviceWorker) return;
  const scope = { scope: "/c/" };
  await navigator.serviceWorker
    .register("/c/worker.js", { ...scope, type: "module" })
    .catch(() => navigator.serviceWorker.register("/c/cache.js", scope));
  const worker = (await navigator.serviceWorker.ready).active;
  await document.fonts.ready;
  const drafts = (await store.all()).filter((each) => mine(each) && each.wordings);
  const only = drafts.flatMap((each) => Object.entries(each.wordings).map(([tag, wording]) => `${page.base}/${tag}?wording=${wording}`));
  worker.postMessage({ keep: page.address, also: [page.form], needs: needs(), only });
  worker.postMessage({ keep: page.list, needs: [] });
}

// What the page is made of: its scripts and styles, and the font if this device had to fetch it.
function needs() {
  const fetched = performance.getEntriesByType("resource").map((each) => new URL(each.name));
  const fonts = fetched.filter((url) => url.pathname.endsWith(".woff2")).map((url) => url.pathname);
  return [...new Set([...page.needs, ...fonts.filter((each) => each === page.font)])];
}

form.addEventListener("input", typed);
form.addEventListener("change", typed);
form.addEventListener("click", (event) => event.target.closest("button.clear") && setTimeout(typed));
for (const event of ["pagehide", "visibilitychange"]) {
  addEventListener(event, () => { if (document.visibilityState === "hidden" || event === "pagehide") keep(); }, { capture: true });
}
addEventListener("pageshow", (event) => { if (event.persisted && (shared || gone)) location.reload(); });

progress(form, document.getElementById("progress"));
startForm();
review(form, document.getElementById("review"));
if (shared) {
  kiosk.sweep(record?.id);
  kiosk.watch(async () => {
    if (record && !gone && fields().length) await kiosk.keepSealed(record);
    gone = true;
    kiosk.start();
  });
}
if (shared) document.querySelector("link[rel=manifest]").href += "?kiosk";
keepSending(() => !gone && !shared && count());
store.persisted().then((granted) => tell(true, record ? granted : null));
tellOfLanguage();
install();
