// What the server says to the scripts of the form: facts about the page, and every word they use, in the reader's language.

const place = document.getElementById("offline");

export const page = JSON.parse(place.dataset.page);
const words = JSON.parse(place.dataset.words);

// A sentence of the interface, with {n} and the like filled in.
export function say(name, values = {}) {
  return Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), words[name]);
}

// A moment, as people of the language write it.
export function when(moment) {
  return new Intl.DateTimeFormat(page.language, { dateStyle: "medium", timeStyle: "short", calendar: "gregory" }).format(moment);
}

// A shared tablet stays one in its tab, whatever the address says later.
export const kiosk = remembered();

function remembered() {
  const asked = new URLSearchParams(location.search).has("kiosk");
  try {
    if (asked) sessionStorage.setItem("surveytool:kiosk", "yes");
    return asked || sessionStorage.getItem("surveytool:kiosk") === "yes";
  } catch {
    return asked;
  }
}

// An element with its text and attributes: what a page of ours is made of.
export function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

export function button(text, act, kind = "button") {
  const made = element("button", text, { type: "button", class: kind });
  made.addEventListener("click", act);
  return made;
}
