// Tells the server that somebody is at this page: open alerts with nobody there are an alarm.

const EVERY_MS = 20000;
const SIGNS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];
let toldAt = -Infinity;

export function start() {
  for (const sign of SIGNS) document.addEventListener(sign, seen, { capture: true, passive: true });
}

// Not the page's own scrolling or moving under a pointer that rests: those are nobody.
function seen(event) {
  if (!event.isTrusted || performance.now() - toldAt < EVERY_MS) return;
  if (event.type === "pointermove" && !event.movementX && !event.movementY) return;
  toldAt = performance.now();
  const headers = { "content-type": "application/json" };
  fetch("/api/presence", { method: "POST", headers, body: "{}", keepalive: true }).catch(() => (toldAt = -Infinity));
}
