// Typing a form by keyboard alone, and saving it while it is typed. Without this script the form is an ordinary one.

const form = document.getElementById("typing");
const items = [...form.querySelectorAll("[data-item]")];
const saved = document.getElementById("saved");
const unsaved = document.getElementById("unsaved");

// Keys -----------------------------------------------------------------------------------------------------------

// What Tab stops at in an item: the chosen radio or the first; the first box of several; every field of text.
function stops(item) {
  const inputs = [...item.querySelectorAll("input:not([type=hidden]), textarea")];
  if (item.dataset.kind === "text") return inputs;
  const chosen = item.dataset.kind === "one" ? inputs.find((input) => input.checked) : null;
  return [chosen ?? inputs[0]];
}

function goOn(from) {
  const all = items.flatMap(stops);
  const here = from.type === "radio" || from.closest("[data-kind=several]") ? stops(from.closest("[data-item]"))[0] : from;
  const next = all[all.indexOf(here) + 1] ?? document.getElementById("end");
  next.focus();
  if (next.matches("input:not([type=radio], [type=checkbox])")) next.select();
}

// The key as it is printed on the keyboard, whatever script the keyboard is set to.
function pressed(event) {
  const place = /^(?:Key|Digit|Numpad)([A-Z0-9])$/.exec(event.code)?.[1].toLowerCase();
  return [event.key.toLowerCase(), place];
}

form.addEventListener("keydown", (event) => {
  const input = event.target;
  const item = input.closest?.("[data-item]");
  if (!item || !input.matches("input, textarea") || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.key === "Enter") {
    if (input.matches("textarea")) return;
    event.preventDefault();
    goOn(input);
    return;
  }
  if (!input.matches("[type=radio], [type=checkbox]")) return;
  const boxes = [...item.querySelectorAll("input[data-key]")];
  if (event.key === "Backspace" || event.key === "Delete") {
    event.preventDefault();
    for (const box of item.querySelectorAll("input:checked")) box.checked = false;
    changed();
    return;
  }
  const key = pressed(event).find((each) => boxes.some((box) => box.dataset.key === each));
  const box = boxes.find((each) => each.dataset.key === key);
  if (!box) return;
  event.preventDefault();
  box.checked = item.dataset.kind === "several" ? !box.checked : true;
  changed();
  if (item.dataset.kind === "several") box.focus();
  else goOn(input);
});

// Where several may be ticked, Tab stops once; letters and arrows reach the others.
for (const item of items.filter((each) => each.dataset.kind === "several")) {
  const boxes = [...item.querySelectorAll("input")];
  boxes.forEach((box, place) => {
    box.tabIndex = place ? -1 : 0;
    box.addEventListener("focus", () => boxes.forEach((each) => { each.tabIndex = each === box ? 0 : -1; }));
    box.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      boxes[(place + step + boxes.length) % boxes.length].focus();
    });
  });
}

// The question typed at stands clear of the edges; never under a mouse, whose click would then miss.
let pointing = false;
form.addEventListener("pointerdown", () => { pointing = true; });
window.addEventListener("keydown", () => { pointing = false; }, true);
form.addEventListener("focusin", (event) => {
  if (!pointing) event.target.closest("[data-item]")?.scrollIntoView({ block: "nearest" });
});

form.addEventListener("click", (event) => {
  const button = event.target.closest("button.clear");
  if (!button) return;
  event.preventDefault();
  const item = button.closest("[data-item]");
  for (const box of item.querySelectorAll("input:checked")) box.checked = false;
  item.querySelector("input").focus();
  changed();
});

// Saving -----------------------------------------------------------------------------------------------------------

const PAUSE = 500;
const AGAIN = 4000;
let typed = 0; // how often something changed, and how often at the last saving
let kept = 0;
let timer = 0;
let saving = null;
let leaving = false;
let last = "saved"; // how the last saving went: "saved", "elsewhere" or "failed"

function changed() {
  typed += 1;
  form.dataset.saved = "no";
  later(PAUSE);
}

function later(pause) {
  clearTimeout(timer);
  timer = setTimeout(save, pause);
}

function save() {
  saving ??= send().finally(() => {
    saving = null;
    if (typed !== kept && !leaving) later(unsaved.hidden ? PAUSE : AGAIN);
  });
  return saving;
}

async function send() {
  const upTo = typed;
  try {
    const answer = await fetch(form.dataset.draft, {
      method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual", headers: { Accept: "application/json" },
    });
    if (answer.status === 409) return failed("This form was changed in another window meanwhile. Reload to see the other, or press “Save and finish later” to keep what is here.", "elsewhere");
    if (!answer.ok) return await refused(answer);
    const told = await answer.json();
    kept = upTo;
    last = "saved";
    form.elements.since.value = told.since;
    show(told);
    unsaved.hidden = true;
    if (typed === kept) form.dataset.saved = "yes";
    saved.textContent = `Saved at ${new Date().toLocaleTimeString("en-GB")}`;
  } catch {
    failed("The server cannot be reached. Trying again every few seconds.");
  }
}

// Someone who was signed out can sign in in another window; a new token lets this one go on.
async function refused(answer) {
  if (answer.status === 404) return failed("This form is no longer yours to type: it was kept, given up or taken over.");
  const token = answer.status === 400 ? await fetch(form.dataset.draft, { redirect: "manual" }) : null;
  if (token?.ok) {
    form.elements.csrf_token.value = (await token.json()).token;
    return failed("Trying again.");
  }
  if (answer.type === "opaqueredirect" || token) {
    return failed("You have been signed out. Sign in again in another window of this browser; saving then goes on.");
  }
  return failed("The server could not save it. Trying again every few seconds.");
}

function failed(why, how = "failed") {
  last = how;
  unsaved.textContent = `Not saved. ${why} Keep this page open: everything is still here.`;
  unsaved.hidden = false;
  saved.textContent = "";
}

// What was not asked is dimmed; what cannot be read is said, but not of the field being typed in.
function show({ not_asked: notAsked, errors }) {
  for (const item of items) {
    const name = item.dataset.item;
    const past = notAsked.includes(name);
    item.classList.toggle("routed-past", past);
    item.querySelector(".routed").hidden = !past;
    const said = item.querySelector(".wrong");
    const fault = item.contains(document.activeElement) && said.hidden ? undefined : errors[name];
    said.hidden = !fault;
    said.textContent = fault ?? "";
    const about = [past && `r-${name}`, fault && `e-${name}`].filter(Boolean).join(" ");
    const asking = item.matches("fieldset") ? item : item.querySelector("input, textarea");
    if (about) asking.setAttribute("aria-describedby", about);
    else asking.removeAttribute("aria-describedby");
  }
}

form.addEventListener("input", changed);
window.addEventListener("online", () => { if (typed !== kept) save(); });
window.addEventListener("beforeunload", (event) => { if (typed !== kept && !leaving) event.preventDefault(); });
async function saveAll() {
  clearTimeout(timer);
  await save();
  if (typed !== kept && last === "saved") await save();
}

// The page is left only once everything is saved: a server out of reach would take what was typed with it. That another
// window changed the form is for the next page to say.
form.addEventListener("submit", async (event) => {
  if (leaving) return;
  event.preventDefault();
  await saveAll();
  if (last === "failed") return;
  leaving = true;
  form.requestSubmit(event.submitter);
});
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  if (!link || link.target || typed === kept || event.defaultPrevented) return;
  event.preventDefault();
  await saveAll();
  if (typed === kept) location.assign(link.href);
});
window.addEventListener("pageshow", () => { leaving = false; });

// Where to begin: the question asked for in the address, or the one after the last that has something.
const wanted = items.find((item) => `#${item.id}` === location.hash);
const answered = items.findLast((item) => item.querySelector(":checked") || [...item.querySelectorAll("input:not([type=radio], [type=checkbox], [type=hidden]), textarea")].some((field) => field.value));
const first = wanted ?? items[Math.min(items.indexOf(answered) + 1, items.length - 1)];
stops(first)[0].focus();
