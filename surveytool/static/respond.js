// Makes the form lighter to fill in: follow-up questions show when they apply, and a choice can be taken back at once.
// Without this script everything is shown and everything works. Conditions are those of the questionnaire file.

const form = document.getElementById("survey");
const items = [...form.querySelectorAll("[data-item]")];

// What is given for an item: the codes chosen, and what is written.
function given(name) {
  const item = items.find((each) => each.dataset.item === name);
  if (!item || item.hidden) return { codes: [], text: "" };
  const codes = [...item.querySelectorAll("input:checked")].map((input) => input.value);
  const fields = [...item.querySelectorAll("textarea, input:not([type=radio]):not([type=checkbox]):not([type=hidden])")];
  return { codes, text: fields.map((field) => field.value.trim()).join("") };
}

// True, false, or null: unknown, because what it compares with was left empty.
function truth(condition) {
  const [[word, what]] = Object.entries(condition);
  if (word === "all") return all(what.map(truth));
  if (word === "any") return negated(all(what.map((part) => negated(truth(part)))));
  if (word === "not") return negated(truth(what));
  const { codes, text } = given(word === "answered" ? what : what[0]);
  if (word === "answered") return codes.length > 0 || text !== "";
  if (codes.length === 0 && text === "") return null;
  if (word === "equals") return codes.includes(what[1]);
  if (word === "in") return what[1].some((code) => codes.includes(code));
  const number = Number(digits(text).replace(",", ".").replace(/%$/, ""));
  return number >= what[1] && number <= what[2];
}

function all(values) {
  if (values.includes(false)) return false;
  return values.includes(null) ? null : true;
}

function negated(value) {
  return value === null ? null : !value;
}

// Thai, Lao, Khmer and Burmese digits as 0-9.
function digits(text) {
  const zeros = [0x0e50, 0x0ed0, 0x17e0, 0x1040, 0x1090];
  return [...text].map((c) => {
    const zero = zeros.find((z) => c.codePointAt(0) >= z && c.codePointAt(0) < z + 10);
    return zero === undefined ? c : String(c.codePointAt(0) - zero);
  }).join("");
}

// Items are in the order asked, so that one pass settles follow-ups of follow-ups. What is wrong is never hidden.
function route() {
  for (const item of items) {
    if (item.dataset.relevant) {
      item.hidden = truth(JSON.parse(item.dataset.relevant)) !== true && !item.classList.contains("wrong");
    }
  }
}

form.addEventListener("input", route);
form.addEventListener("change", route);
form.addEventListener("click", (event) => {
  const button = event.target.closest("button.clear");
  if (!button) return;
  event.preventDefault();
  const checked = button.parentElement.querySelector("input:checked");
  if (checked) {
    checked.checked = false;
    button.parentElement.querySelector("input").focus();
  }
  route();
});
// Enter in a single line moves on instead of sending the form half filled in.
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("input")) return;
  event.preventDefault();
  const fields = [...form.querySelectorAll("main input, main textarea, main .send")].filter((each) => each.offsetParent);
  fields[fields.indexOf(event.target) + 1]?.focus();
});
// What the server would refuse to read is not sent, so that nothing typed is lost.
form.addEventListener("submit", (event) => {
  const alert = document.getElementById("too-large");
  alert.hidden = new URLSearchParams(new FormData(form)).toString().length < Number(alert.dataset.limit);
  if (alert.hidden) return;
  event.preventDefault();
  alert.scrollIntoView();
});
window.addEventListener("pageshow", route);
route();
document.getElementById("alert")?.focus();
