// Keeps on the device exactly what the form needs in the language chosen, and serves it where the network does not.
// A plain script: the worker imports it, and browsers whose workers cannot import run it alone.

const KEPT = "surveytool-forms";
const LIST = "/c/kept-for?page="; // under this and a page: the addresses it needs
const PATIENCE = 4_000; // a network slower than this is not waited for, where the page is at hand

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

// A page says what it is made of: { keep: its address, also: other addresses of it, needs: [...], only: pages to go on keeping }.
self.addEventListener("message", (event) => {
  if (event.data?.keep) event.waitUntil(keep(event.data).then((done) => event.source?.postMessage({ kept: event.data.keep, done })));
});

async function keep({ keep: address, also = [], needs, only = null }) {
  try {
    const kept = await caches.open(KEPT);
    const missing = [];
    for (const each of needs) if (!(await kept.match(each))) missing.push(each);
    const answers = await Promise.all([address, ...missing].map((each) => fetch(each)));
    // All of it or nothing: half a form is worse than yesterday's.
    if (answers.some((answer) => !answer.ok || answer.redirected)) return false;
    const [page, ...parts] = answers;
    await Promise.all(parts.map((part, i) => kept.put(missing[i], part)));
    for (const each of also) await kept.put(each, page.clone());
    await kept.put(address, page);
    for (const each of [address, ...also]) await kept.put(LIST + encodeURIComponent(each), new Response(JSON.stringify(needs)));
    if (only) await tidy(kept, [address, ...also, ...only]);
    return true;
  } catch {
    return false;
  }
}

// Drop the pages of this form that nothing needs any more, and what only they needed.
async function tidy(kept, wanted) {
  const form = wanted[0].split("?")[0];
  const keys = (await kept.keys()).map((request) => path(new URL(request.url)));
  for (const key of keys) {
    if (key.split("?")[0] === form && !wanted.includes(key)) {
      await kept.delete(key);
      await kept.delete(LIST + encodeURIComponent(key));
    }
  }
  const needed = new Set();
  for (const key of keys.filter((each) => each.startsWith(LIST))) {
    const list = await kept.match(key);
    if (list) for (const each of await list.json()) needed.add(each);
  }
  const parts = keys.filter((each) => each.startsWith("/c/code/") || each.startsWith("/static/"));
  for (const part of parts) if (!needed.has(part)) await kept.delete(part);
}

const path = (url) => url.pathname + url.search;

// The address under which a page is kept: of what it asks for, only the wording makes another page of a form.
function named(url) {
  const asked = new URLSearchParams(url.search);
  if (url.pathname.split("/").length === 3) return url.pathname + (asked.has("kiosk") ? "?kiosk" : "");
  return url.pathname + (asked.has("wording") ? `?wording=${asked.get("wording")}` : "");
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname.startsWith("/c/")) event.respondWith(page(event.request, url));
  else if (url.pathname.startsWith("/c/code/") || url.pathname.startsWith("/static/")) event.respondWith(part(event.request, url));
});

async function page(request, url) {
  const kept = await caches.open(KEPT);
  const mine = (await kept.match(named(url))) ?? (await begun(kept, url));
  if (!mine) return fetch(request).catch(async (error) => (await inAnother(kept, url)) ?? Promise.reject(error));
  let timer;
  const late = new Promise((resolve) => { timer = setTimeout(resolve, PATIENCE); });
  try {
    const answer = await Promise.race([fetch(request), late]);
    // A form that was begun before its collection closed is finished and sent all the same; the server keeps it aside.
    const closed = answer?.status === 410 && url.searchParams.has("form");
    return answer && answer.status < 500 && !closed ? answer : mine.clone();
  } catch {
    return mine.clone();
  } finally {
    clearTimeout(timer);
  }
}

// The address on the poster names no language: the form that is on the device is gone to.
async function begun(kept, url) {
  const [, c, join, language] = url.pathname.split("/");
  if (c !== "c" || !join || language) return null;
  const found = await of(kept, join);
  return found ? Response.redirect(found + url.search, 302) : null;
}

// A page in a language that is not on the device: in one that is, which says so.
async function inAnother(kept, url) {
  const [, , join, language] = url.pathname.split("/");
  const found = language && (await of(kept, join));
  if (!found) return null;
  url.searchParams.delete("wording");
  url.searchParams.set("instead", language);
  return Response.redirect(found + url.search, 302);
}

async function of(kept, join) {
  const keys = (await kept.keys()).map((request) => new URL(request.url));
  return keys.find((each) => !each.search && each.pathname.startsWith(`/c/${join}/`))?.pathname;
}

// Code bears its edition in its address, and fonts do not change: what is here is right.
async function part(request, url) {
  const kept = await caches.open(KEPT);
  const mine = await kept.match(path(url));
  if (!mine) return fetch(request);
  if (url.pathname.startsWith("/c/code/") || url.pathname.endsWith(".woff2")) return mine;
  return fetch(request).catch(() => mine);
}
