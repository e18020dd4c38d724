// Makes the code of a new collection from its title until someone writes another one; the server does the same.

const title = document.querySelector("[name=title]");
const code = document.querySelector("[name=code]");

function suggested(text) {
  const latin = text.toLowerCase().replaceAll("đ", "d").normalize("NFKD").replace(/[^\x00-\x7f]/g, "");
  const whole = latin.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  const words = whole.slice(0, code.maxLength + 1).lastIndexOf("-");
  return whole.length <= code.maxLength ? whole : whole.slice(0, words > 0 ? words : code.maxLength);
}

let own = code.value !== suggested(title.value);
code.addEventListener("input", () => { own = code.value !== ""; });
title.addEventListener("input", () => { if (!own) code.value = suggested(title.value); });
