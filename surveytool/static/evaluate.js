// Draws each figure of the results page when it comes into view. The numbers stand in tables beside them.

const figures = JSON.parse(document.getElementById("figures").textContent);
const settings = { displayModeBar: false, responsive: true, staticPlot: true };

function draw(place) {
  const { data, layout } = figures[place.id];
  Plotly.newPlot(place, data, layout, settings);
}

const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    draw(target);
  }
}, { rootMargin: "400px" });

for (const id of Object.keys(figures)) watcher.observe(document.getElementById(id));
window.addEventListener("beforeprint", () => {
  for (const id of Object.keys(figures)) draw(document.getElementById(id));
});
