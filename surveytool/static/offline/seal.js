// Seals a form with the collection's public key, so that only the server can read it. Python's half: sealing.py.

const KIND = "surveytool sealed form";

// Browsers give what sealing needs over https alone.
export const can = Boolean(self.isSecureContext && crypto.subtle);

const bytes = (text) => new TextEncoder().encode(text);
const decoded = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

function encoded(buffer) {
  let text = "";
  for (const byte of new Uint8Array(buffer)) text += String.fromCharCode(byte);
  return btoa(text);
}

export async function seal(key, join, what) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", decoded(key), curve, false, []);
  const own = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const ephemeral = await crypto.subtle.exportKey("raw", own.publicKey);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, own.privateKey, 256);
  const material = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const agreed = { name: "HKDF", hash: "SHA-256", salt: ephemeral, info: bytes(KIND) };
  const secret = await crypto.subtle.deriveKey(agreed, material, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const nonce = crypto.getRandomValues(new Uint8Array(12));
  const how = { name: "AES-GCM", iv: nonce, additionalData: bytes(join) };
  const content = await crypto.subtle.encrypt(how, secret, bytes(JSON.stringify(what)));
  return JSON.stringify({
    kind: KIND, version: 1, collection: join,
    ephemeral: encoded(ephemeral), nonce: encoded(nonce), content: encoded(content),
  });
}

// A record sealed: what the server needs to take it in, and nothing that can be read here.
export async function sealed(record, about, unfinished = false) {
  const { id, language, wording, fields } = record;
  return seal(record.key, record.join, { submission: id, language, wording, fields, device: about, unfinished });
}

// Hand a sealed form to the person as a file.
export async function save(record, about) {
  const content = record.sealed ?? (await sealed(record, about, record.state === "draft"));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "application/octet-stream" }));
  link.download = `${record.join}-${record.id.slice(0, 8)}.surveyform`;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
