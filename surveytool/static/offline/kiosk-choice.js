// The choice of languages on a shared tablet: nothing of the last person is left, and every language is made ready.

import { sweep } from "./kiosk.js";
import { keepSending } from "./queue.js";
import { persist } from "./store.js";
import { page } from "./words.js";

try { sessionStorage.removeItem("surveytool:screen"); } catch { /* no such storage */ }
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

async function install() {
  if (!navigator.serviceWorker) return;
  const scope = { scope: "/c/" };
  await navigator.serviceWorker
    .register("/c/worker.js", { ...scope, type: "module" })
    .catch(() => navigator.serviceWorker.register("/c/cache.js", scope));
  const worker = (await navigator.serviceWorker.ready).active;
  for (const { address, needs } of page.pages) worker.postMessage({ keep: address, needs });
}

persist();
sweep().then(() => keepSending());
install();
