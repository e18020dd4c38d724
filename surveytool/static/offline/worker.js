// The worker of the form: keeps what it needs without a connection, and sends what waits when the browser wakes it.

import "./cache.js";
import { sendAll } from "./code/worker/offline/queue.js";

self.addEventListener("sync", (event) => {
  if (event.tag === "send") event.waitUntil(sendAll(true).then((left) => { if (left) throw new Error("some wait"); }));
});
