// Keeps a part of a page up to date: fetches it anew every few seconds while someone can see it, and says when it
// cannot. What stands around it, the reader's place and focus too, stays as it is.

const EVERY = 5000;
const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const moment = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short" });

// Only the parts that are named are replaced, and only when they changed; without names, the text.
function put(place, html) {
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  const parts = place.querySelectorAll("[data-part]");
  if (!parts.length) place.textContent = html;
  for (const part of parts) {
    const found = fresh.content.querySelector(`[data-part="${part.dataset.part}"]`);
    if (found && found.innerHTML !== part.dataset.was) {
      part.dataset.was = found.innerHTML;
      part.replaceChildren(...found.childNodes);
    }
  }
  here(place);
}

// The server writes moments in UTC; readers live elsewhere.
function here(place) {
  for (const each of place.querySelectorAll("time[datetime]")) each.textContent = moment.format(new Date(each.dateTime));
}

function tell(state, at) {
  for (const name of ["well", "lost", "out"]) {
    const said = document.querySelector(`[data-live-${name}]`);
    if (!said) continue;
    const changed = said.hidden === (name === state);
    if (changed || name === "well") said.querySelector("time")?.replaceChildren(time.format(at));
    if (changed) said.hidden = name !== state;
    // What is folded away is not read.
    if (changed && !said.hidden && name !== "well") said.closest("details")?.setAttribute("open", "");
  }
}

function watch(place) {
  let at = new Date();
  let timer = 0;
  let over = false;

  async function refresh() {
    clearTimeout(timer);
    if (over || document.hidden) return; // it goes on when the page is looked at again
    try {
      const answer = await fetch(place.dataset.live, { cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(20000) });
      over = answer.type === "opaqueredirect" || answer.status === 403 || answer.status === 404;
      if (over) return tell("out", at);
      if (!answer.ok) throw new Error(answer.status);
      put(place, await answer.text());
      at = new Date();
      tell("well", at);
    } catch {
      tell("lost", at);
    }
    clearTimeout(timer);
    timer = setTimeout(refresh, EVERY);
  }

  document.addEventListener("visibilitychange", refresh);
  timer = setTimeout(refresh, EVERY);
  tell("well", at);
}

for (const place of document.querySelectorAll("[data-live]")) watch(place);
here(document);
