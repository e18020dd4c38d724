// How far one is, and all answers on one page before sending, each with a way back to its question.

import { element, say } from "./words.js";

const questions = (form) => [...form.querySelectorAll("main [data-item]")].filter((item) => !item.hidden);

// What is given for a question, as it reads on the page; "" for nothing.
export function answer(item) {
  const chosen = [...item.querySelectorAll("input:checked")].map((input) => words(input.closest("label")));
  const fields = [...item.querySelectorAll("textarea, input:not([type=radio]):not([type=checkbox]):not([type=hidden])")];
  const typed = fields.map((field) => field.value.trim()).filter(Boolean);
  return [...chosen, typed.join(item.querySelector(".parts") ? " / " : "\n")].filter(Boolean).join(", ");
}

// A step of a scale has its number and its words side by side.
const words = (label) => [...label.childNodes].map((each) => each.textContent.trim()).filter(Boolean).join(" ");

const asked = (item) => item.querySelector("legend, label").textContent.trim();

// The section that is being read: the last one whose beginning has passed the middle of the window.
function present(sections) {
  const passed = sections.filter((section) => section.getBoundingClientRect().top < innerHeight / 2);
  return Math.max(passed.length, 1);
}

export function progress(form, bar) {
  const sections = [...form.querySelectorAll("main section")];
  const [where, left] = [element("span"), element("span")];
  bar.append(where, left);
  function tell() {
    const open = questions(form).filter((item) => !answer(item)).length;
    where.textContent = say("section", { n: present(sections), all: sections.length });
    left.textContent = open ? say("left", { n: open }) : say("none_left");
  }
  let asleep = false;
  function soon() {
    if (asleep) return;
    asleep = true;
    setTimeout(() => { asleep = false; tell(); }, 100);
  }
  for (const event of ["input", "change", "click"]) form.addEventListener(event, soon);
  addEventListener("scroll", soon, { passive: true });
  tell();
  return tell;
}

// The page of answers stands behind #review, so that Back leads to the questions again.
export function review(form, place) {
  const main = form.querySelector("main");
  function show() {
    const open = location.hash === "#review";
    if (open) place.replaceChildren(...contents(form));
    else place.replaceChildren();
    const was = !place.hidden;
    place.hidden = !open;
    main.hidden = open;
    form.classList.toggle("reviewing", open);
    if (open) {
      scrollTo(0, 0);
      place.querySelector("h2").focus();
    } else if (was) goTo(location.hash.slice(1));
  }
  addEventListener("hashchange", show);
  show();
}

function contents(form) {
  const made = [element("h2", say("review_title"), { tabindex: "-1" }), element("p", say("review_help"))];
  for (const section of form.querySelectorAll("main section")) {
    const items = [...section.querySelectorAll("[data-item]")].filter((item) => !item.hidden);
    if (!items.length) continue;
    made.push(element("h3", section.querySelector("h2").textContent), element("dl"));
    made.at(-1).append(...items.flatMap(line));
  }
  const [back, send] = [element("p"), element("p")];
  back.append(element("a", say("back"), { href: "#questions", class: "button" }));
  send.append(element("button", say("send"), { class: "send" }));
  return [...made, back, send];
}

function line(item) {
  const [question, given] = [element("dt"), element("dd", answer(item) || say("empty"))];
  question.append(element("a", asked(item), { href: `#q-${item.dataset.item}` }));
  if (!answer(item)) given.className = "empty";
  return [question, given];
}

function goTo(id) {
  const target = document.getElementById(id);
  if (!target) return;
  target.scrollIntoView();
  (target.querySelector("input:checked, input:not([type=hidden]), textarea") ?? target).focus({ preventScroll: true });
}
