// Draws figures with their texts broken where their script allows, and hands them out as PNG and SVG.
// A picture taken away carries its title, what it is of, and the fonts of the scripts in it.

const settings = { displayModeBar: false, responsive: true, staticPlot: true };
const SVG = "http://www.w3.org/2000/svg";
const SCRIPTS = [
  { family: "Survey Thai", letter: "ก", file: "NotoSansThai-Regular", letters: /[\u0E00-\u0E7F]/, range: "U+0E00-0E7F" },
  { family: "Survey Lao", letter: "ກ", file: "NotoSansLao-Regular", letters: /[\u0E80-\u0EFF]/, range: "U+0E80-0EFF" },
  { family: "Survey Khmer", letter: "ក", file: "NotoSansKhmer-Regular", letters: /[\u1780-\u17FF]/, range: "U+1780-17FF, U+19E0-19FF, U+25CC" },
  { family: "Survey Burmese", letter: "က", file: "NotoSansMyanmar-Regular", letters: /[\u1000-\u104F]/, range: "U+1000-104F, U+25CC" },
];
const scriptsOf = (text) => SCRIPTS.filter(({ letters }) => letters.test(text));
const families = () => `"Survey Burmese", "Noto Sans", ${SCRIPTS.slice(0, 3).map(({ family }) => `"${family}"`).join(", ")}, sans-serif`;

// Words of a text: by its script's own rules where the browser knows them, else at spaces.
function words(text) {
  if (!Intl.Segmenter) return text.split(/(?<= )/);
  const parts = [];
  for (const { segment, isWordLike } of new Intl.Segmenter(undefined, { granularity: "word" }).segment(text)) {
    const joins = parts.length && (!isWordLike || /[-/&;(“]$/.test(parts[parts.length - 1]));
    if (joins && !/ $/.test(parts[parts.length - 1])) parts[parts.length - 1] += segment;
    else if (joins && /^ /.test(segment)) parts[parts.length - 1] += segment;
    else parts.push(segment);
  }
  return parts;
}

const pen = document.createElement("canvas").getContext("2d");

// Break a text into lines no wider than so many pixels.
function lines(text, width, size, weight = "") {
  pen.font = `${weight} ${size}px ${families()}`;
  const found = [""];
  for (const word of words(text)) {
    const longer = found[found.length - 1] + word;
    if (found[found.length - 1] && pen.measureText(longer.trim()).width > width) found.push(word);
    else found[found.length - 1] = longer;
  }
  return found.map((line) => line.trim());
}

const broken = (label, width) => label.split("<br>").flatMap((line) => lines(line, width, 13)).join("<br>");

// How many rows a legend needs: beside one another, or in columns as wide as its longest name.
function legendRows(traces, room) {
  pen.font = `13px ${families()}`;
  const widths = traces.map(({ name }) => pen.measureText(name).width + 55);
  if (widths.reduce((sum, each) => sum + each, 0) <= room || !widths.length) return 1;
  return Math.ceil(widths.length / Math.max(1, Math.floor(room / Math.max(...widths))));
}

// The figure as it is drawn in so much room: row names and nodes broken, higher where that needs it.
function fitted({ data, layout }, room) {
  const names = Math.max(110, Math.min(320, room * 0.38));
  const whole = structuredClone({ data, layout });
  const { yaxis } = whole.layout;
  if (yaxis?.ticktext) {
    const before = yaxis.ticktext.join("<br>").split("<br>").length;
    yaxis.ticktext = yaxis.ticktext.map((label) => broken(label, names));
    whole.layout.height += 18 * Math.max(0, yaxis.ticktext.join("<br>").split("<br>").length - before);
  }
  whole.layout.height += 20 * (legendRows(whole.data.filter(({ name }) => name), room) - 1);
  for (const trace of whole.data) {
    if (trace.type === "sankey") trace.node.label = trace.node.label.map((label) => broken(label, room * 0.36));
  }
  return whole;
}

async function withFonts(text) {
  await Promise.all(scriptsOf(text).map(({ family }) => document.fonts.load(`13px "${family}"`, text).catch(() => {})));
}

export async function draw(place, figure) {
  await withFonts(JSON.stringify(figure));
  const { data, layout } = fitted(figure, place.clientWidth);
  await Plotly.newPlot(place, data, layout, settings);
  scalable(place);
  place.on("plotly_afterplot", () => scalable(place));
}

// Paper is narrower than a screen: let a drawing shrink with its place (figures.css), whole, instead of being cut off.
function scalable(place) {
  for (const svg of place.querySelectorAll("svg.main-svg")) {
    const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")];
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    place.style.setProperty("--shape", `${width} / ${height}`);
  }
}

async function embedded({ family, file, range }) {
  const answer = await fetch(new URL(`fonts/${file}.woff2`, import.meta.url));
  const bytes = new Uint8Array(await answer.arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `@font-face { font-family: "${family}"; unicode-range: ${range}; `
    + `src: url("data:font/woff2;base64,${btoa(binary)}") format("woff2"); }`;
}

function written(parent, text, { y, size, weight = "normal", width }) {
  const found = lines(text, width, size, weight);
  const element = parent.appendChild(document.createElementNS(SVG, "text"));
  element.setAttribute("font-size", size);
  element.setAttribute("font-weight", weight);
  element.setAttribute("font-family", `${families().replaceAll('"', "'")}`);
  for (const [place, line] of found.entries()) {
    const span = element.appendChild(document.createElementNS(SVG, "tspan"));
    span.setAttribute("x", 16);
    span.setAttribute("y", y + place * size * 1.5);
    span.textContent = line;
  }
  return y + found.length * size * 1.5;
}

// The whole picture as SVG: title, figure, and under it what it is of.
export async function picture(figure) {
  const width = 900;
  const { title, note } = figure.layout.meta;
  await withFonts(JSON.stringify(figure));
  const { data, layout } = fitted(figure, width);
  const inner = await Plotly.toImage({ data, layout: { ...layout, width } }, { format: "svg", width, height: layout.height, imageDataOnly: true });
  const drawn = new DOMParser().parseFromString(inner, "image/svg+xml").documentElement;
  const whole = document.createElementNS(SVG, "svg");
  const style = whole.appendChild(document.createElementNS(SVG, "style"));
  const ground = whole.appendChild(document.createElementNS(SVG, "rect"));
  const top = written(whole, title, { y: 30, size: 18, weight: "bold", width: width - 32 });
  drawn.setAttribute("y", top - 12);
  whole.append(drawn);
  const bottom = written(whole, note, { y: top + layout.height + 10, size: 12, width: width - 32 });
  for (const [name, value] of Object.entries({ width, height: bottom, viewBox: `0 0 ${width} ${bottom}` })) whole.setAttribute(name, value);
  for (const [name, value] of Object.entries({ width, height: bottom, fill: "#fff" })) ground.setAttribute(name, value);
  style.textContent = (await Promise.all(scriptsOf(whole.textContent).map(embedded))).join("\n");
  return { text: new XMLSerializer().serializeToString(whole), width, height: bottom };
}

// An image of an SVG may be drawn before the fonts in it are there, and then its text is missing. So below the picture,
// where nobody sees it, stands a letter of each font: once all have left ink, so has everything else.
function probed(text, fonts, height) {
  const probes = fonts.map(({ family, letter }, place) => `<text x="${10 + 60 * place}" y="${height + 40}" font-size="40" font-family="${family}">${letter}</text>`);
  return text.replace(/<\/svg>$/, `${probes.join("")}</svg>`).replace(/ viewBox="[^"]*"/, "").replace(/ height="[^"]*"/, ` height="${height + 60}"`);
}

function inked(canvas, fonts, height) {
  const strip = canvas.getContext("2d");
  return fonts.every((_, place) => strip.getImageData(2 * (10 + 60 * place), 2 * height, 120, 120).data.some((value, at) => at % 4 === 3 && value));
}

async function png({ text, width, height }) {
  const tall = Math.ceil(height);
  const fonts = scriptsOf(text.replace(/<style.*?<\/style>/s, ""));
  const source = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(probed(text, fonts, tall))}`;
  const canvas = document.createElement("canvas");
  for (let attempt = 0; attempt < 40; attempt += 1) {
    const image = new Image();
    image.src = source;
    await image.decode();
    canvas.width = 2 * width;
    canvas.height = 2 * (tall + 60);
    canvas.getContext("2d", { willReadFrequently: true }).drawImage(image, 0, 0, canvas.width, canvas.height);
    if (inked(canvas, fonts, tall)) break;
    await new Promise((resolve) => { setTimeout(resolve, 100); });
  }
  const whole = document.createElement("canvas");
  whole.width = canvas.width;
  whole.height = 2 * tall;
  whole.getContext("2d").drawImage(canvas, 0, 0);
  return new Promise((resolve) => { whole.toBlob(resolve, "image/png"); });
}

async function save(figure, format) {
  const found = await picture(figure);
  const file = format === "png" ? await png(found) : new Blob([found.text], { type: "image/svg+xml" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${figure.layout.meta.file}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Put the buttons under a figure that save it.
export function offer(place, figure) {
  const row = document.createElement("p");
  row.className = "save";
  for (const format of ["png", "svg"]) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = `Save as ${format.toUpperCase()}`;
    button.setAttribute("aria-label", `Save as ${format.toUpperCase()}: ${figure.layout.meta.title}`);
    button.addEventListener("click", async () => {
      button.disabled = true;
      try { await save(figure, format); } finally { button.disabled = false; }
    });
    row.append(button, " ");
  }
  place.after(row);
}
