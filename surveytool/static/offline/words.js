// What the server says to the scripts of the form: facts about the page, and every word they use, in the reader's language.

const place = document.getElementById("offline");

export const page = JSON.parse(place.dataset.page);
const words = JSON.parse(place.dataset.words);

// A sentence of the interface, with {n} and the like filled in.
export function say(name, values = {}) {
  return Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), words[name]);
}

// Say that a language asked for is not on the device, once the page is shown in another instead.
export function tellOfLanguage(always = false) {
  const address = new URL(location.href);
  if (!always && !address.searchParams.has("instead")) return;
  address.searchParams.delete("instead");
  history.replaceState(history.state, "", address);
  document.getElementById("no-language")?.remove();
  const told = element("p", say("no_language"), { class: "alert", role: "alert", id: "no-language" });
  document.querySelector("nav").after(told);
  told.scrollIntoView({ block: "center" });
}

// A moment in numbers: many browsers have no names of months in Lao, Khmer and Burmese.
export function when(moment) {
  const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const language = page.language === "en" ? "en-GB" : page.language;
  return new Intl.DateTimeFormat(language, { ...parts, calendar: "gregory", numberingSystem: "latn" }).format(moment);
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
