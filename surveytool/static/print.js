// Cuts each printed form into pages, so that every copy counts its own pages, in every browser. Without this module the
// browser cuts by itself, between questions all the same; only the page numbers then run through all copies.

const WORDS = /\{(\w+)\}/g;
const button = document.getElementById("print");

// Which rows of a form go on which page. All copies are alike, so the first is measured for all.
function cut(table, room) {
  const pages = [];
  let left = 0;
  for (const row of table.tBodies[0].rows) {
    const height = row.getBoundingClientRect().height;
    if (height > left || pages.length === 0) {
      pages.push(0);
      left = room - table.tHead.getBoundingClientRect().height;
    }
    pages[pages.length - 1] += 1;
    left -= height;
  }
  return pages;
}

function sheet(table, rows, page, pages) {
  const whole = document.createElement("div");
  whole.className = "sheet";
  const part = table.cloneNode(false);
  part.append(table.tHead.cloneNode(true), document.createElement("tbody"));
  part.tBodies[0].append(...rows);
  const number = part.querySelector(".page");
  number.textContent = number.dataset.words.replace(WORDS, (_, name) => ({ page, pages })[name]);
  whole.append(part);
  return whole;
}

function paginate(main) {
  const tables = [...main.querySelectorAll("table.copy")];
  const pages = cut(tables[0], document.getElementById("ruler").getBoundingClientRect().height);
  for (const table of tables) {
    const rows = [...table.tBodies[0].rows];
    const sheets = pages.map((count, index) => sheet(table, rows.splice(0, count), index + 1, pages.length));
    if ("twoSides" in main.dataset && pages.length % 2 && table !== tables.at(-1)) {
      const blank = document.createElement("div");
      blank.className = "sheet blank";
      sheets.push(blank);
    }
    table.parentElement.replaceWith(...sheets);
  }
  main.classList.add("cut");
  return pages.length;
}

await document.fonts.ready;
const pages = paginate(document.querySelector("main"));
document.getElementById("told").textContent = pages === 1 ? "1 page for each copy" : `${pages} pages for each copy`;
button.addEventListener("click", () => window.print());
button.hidden = false;
