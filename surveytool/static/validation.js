// Ticks or clears all forms of the queue's page at once. Without it each is ticked by itself.

const queue = document.getElementById("queue");
const boxes = queue ? [...queue.querySelectorAll("input[name=form]")] : [];
const head = queue && queue.querySelector(".all");

if (head && boxes.length > 1) {
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", "All forms of this page");
  all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
  head.replaceChildren(all);
}
