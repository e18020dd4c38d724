// Draws each figure of a page when it comes into view. The numbers stand in tables beside them.

import { draw, offer } from "./pictures.js";

const figures = JSON.parse(document.getElementById("figures").textContent);
const drawn = (place) => draw(place, figures[place.id]);

const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    drawn(target);
  }
}, { rootMargin: "400px" });

for (const [id, figure] of Object.entries(figures)) {
  const place = document.getElementById(id);
  offer(place, figure);
  watcher.observe(place);
}
window.addEventListener("beforeprint", () => {
  for (const id of Object.keys(figures)) drawn(document.getElementById(id));
});
