// Forms on this device: in a database, with a second copy beside it, since browsers lose the one or the other.
// A record is one form: id, join, state, changed, and what was given (fields), or the same sealed (sealed).
// States: "draft", "tablet" (a sealed copy of what is on the screen of a shared tablet), "waiting", "stuck";
// then, without any answers, what the server said: "kept", "aside", "withdrawn".

const DATABASE = "surveytool";
const COPY = "surveytool:form:";
const COPIES = "surveytool-copies";
export const SAID = ["kept", "aside", "withdrawn"];

let opening = null;

function database() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(DATABASE, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore("forms", { keyPath: "id" });
    asked.onerror = () => reject(asked.error);
    asked.onsuccess = () => {
      // The system closes databases when memory runs short; the next one who needs it opens it again.
      asked.result.onclose = () => { opening = null; };
      asked.result.onversionchange = () => { asked.result.close(); opening = null; };
      resolve(asked.result);
    };
  }).catch((error) => {
    opening = null;
    throw error;
  });
  return opening;
}

// Do one thing in a transaction that is on the disk when it ends; once more on a new connection if this one was closed.
async function run(mode, act, again = true) {
  try {
    const connection = await database();
    return await new Promise((resolve, reject) => {
      const transaction = connection.transaction("forms", mode, { durability: "strict" });
      const asked = act(transaction.objectStore("forms"));
      transaction.oncomplete = () => resolve(asked.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error ?? asked.error);
    });
  } catch (error) {
    if (!again) throw error;
    opening = null;
    return run(mode, act, false);
  }
}

// The second copy: of a draft at once in local storage; of what is queued where the worker reaches it too.
export function copy(record) {
  const text = JSON.stringify(record);
  if (record.state === "draft" || !("caches" in self)) {
    try {
      localStorage.setItem(COPY + record.id, text);
      return true;
    } catch {
      return false; // no such storage, or it is full
    }
  }
  return caches.open(COPIES).then((kept) => kept.put(`/c/copy/${record.id}`, new Response(text))).then(() => true, () => false);
}

function forgetLocal(id) {
  try { localStorage.removeItem(COPY + id); } catch { /* no such storage, as in the worker */ }
}

async function forgetCopies(id) {
  forgetLocal(id);
  if ("caches" in self) await caches.open(COPIES).then((kept) => kept.delete(`/c/copy/${id}`)).catch(() => {});
}

// The drafts in local storage: at hand at once, before the page is painted.
export function copiesAtHand() {
  const found = [];
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const name = localStorage.key(i);
      if (name.startsWith(COPY)) found.push(parsed(localStorage.getItem(name)));
    }
  } catch { /* no such storage */ }
  return found.filter(Boolean);
}

// All copies at once: asked for one by one, those of a long queue take seconds.
async function copies() {
  const found = typeof localStorage === "undefined" ? [] : copiesAtHand();
  if (!("caches" in self)) return found;
  try {
    const answers = await (await caches.open(COPIES)).matchAll();
    found.push(...(await Promise.all(answers.map((answer) => answer.text()))).map(parsed));
  } catch { /* no such storage */ }
  return found.filter(Boolean);
}

async function copiesOf(id) {
  const found = typeof localStorage === "undefined" ? [] : copiesAtHand().filter((each) => each.id === id);
  if (!("caches" in self)) return found;
  const answer = await caches.open(COPIES).then((kept) => kept.match(`/c/copy/${id}`)).catch(() => null);
  return answer ? [...found, parsed(await answer.text())].filter(Boolean) : found;
}

function parsed(text) {
  try { return JSON.parse(text); } catch { return null; }
}

// Keep a record; true when at least one of the two places has it.
export async function put(record) {
  const copied = ["tablet", ...SAID].includes(record.state) ? false : await copy(record);
  const done = await run("readwrite", (forms) => forms.put(record)).then(() => true, () => false);
  if (SAID.includes(record.state)) await forgetCopies(record.id);
  else if (record.state !== "draft" && "caches" in self) forgetLocal(record.id);
  return done || copied === true;
}

export async function remove(id) {
  await forgetCopies(id);
  await run("readwrite", (forms) => forms.delete(id)).catch(() => {});
}

// One form, as all() has it.
export async function get(id) {
  const kept = await run("readonly", (forms) => forms.get(id)).catch(() => undefined);
  return (await newest(kept ? [kept] : [], await copiesOf(id)))[0] ?? null;
}

// Every form on the device, the latest first.
export async function all() {
  const kept = await run("readonly", (forms) => forms.getAll()).catch(() => []);
  return (await newest(kept, await copies())).sort((a, b) => b.changed - a.changed);
}

// The newest change of each form; what one place lost is put back from the other.
async function newest(kept, copied) {
  const found = new Map(kept.map((record) => [record.id, record]));
  for (const record of copied) {
    const known = found.get(record.id);
    if (known && SAID.includes(known.state)) await forgetCopies(record.id);
    else if (!known || record.changed > known.changed) {
      found.set(record.id, record);
      await putBack(record, known).catch(() => {});
    }
  }
  return [...found.values()];
}

// Only where nobody has changed it meanwhile: what the server confirmed a moment ago is not to wait again.
const putBack = (record, known) => run("readwrite", (forms) => {
  const there = forms.get(record.id);
  there.onsuccess = () => { if (there.result?.changed === known?.changed) forms.put(record); };
  return there;
});

// Ask the browser not to clear it by itself; true, false, or null where it cannot be asked.
export async function persist() {
  return (await persisted()) || (navigator.storage?.persist?.() ?? null);
}

// Whether the browser has promised so.
export async function persisted() {
  return (await navigator.storage?.persisted?.()) ?? null;
}

// An identifier nobody else has: 128 random bits, as browsers give them over plain http too.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
