// Who is left alone, until when and why: shelved sources and cameras out of service. Always in sight while there is any.

import { send } from "./acts.js";
import { byId, el, setText } from "./dom.js";
import { dayAndTime, ruleName } from "./format.js";
import { t } from "./i18n.js";
import { seat } from "./seat.js";
import { state } from "./state.js";

const EVERY_MS = 30000;
let silence = { shelved: [], out_of_service: [] };

export function start() {
  setInterval(read, EVERY_MS);
  state.on("alerts", read);
  state.on("acted", read);
  state.on("alert", ({ alert }) => (alert.shelved_until || alert.suppressed) && read());
  state.on("language", show);
  state.on("network", show);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#silence, #dialog")) byId("silence").open = false;
  });
  show();
}

async function read() {
  try {
    const answer = await fetch("/api/silence", { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (!answer.ok) return;
    silence = await answer.json();
    show();
  } catch {
    // the line says that the server is away; what is known stays on show
  }
}

function show() {
  const { shelved, out_of_service: windows } = silence;
  byId("silence").hidden = shelved.length + windows.length === 0;
  setText(byId("silence").querySelector("summary"), t("silence.count", { n: shelved.length + windows.length }));
  byId("silenced").replaceChildren(
    ...(shelved.length ? [el("p", {}, t("silence.shelved")), el("ul", {}, ...shelved.map(shelf))] : []),
    ...(windows.length ? [el("p", {}, t("silence.out")), el("ul", {}, ...windows.map(service))] : []),
  );
}

function shelf(alert) {
  const path = `/api/alerts/${encodeURIComponent(alert.id)}/unshelve`;
  return row(`${alert.camera_name} · ${ruleName(alert.rule)}`, alert.shelved_until, "", el("button", { type: "button", on: { click: () => end(path) } }, t("act.unshelve")));
}

function service(window) {
  const what = window.uplink ? t("silence.uplink", { uplink: window.uplink }) : window.cameras.map(cameraName).join(t("value.comma"));
  const path = `/api/out-of-service/${window.number}/end`;
  const by = window.number ? window.by : t("silence.configured");
  const button = window.number ? el("button", { type: "button", on: { click: () => end(path) } }, t("silence.end")) : null;
  const later = Date.parse(window.begins) > state.now() ? t("silence.from", { time: dayAndTime(Date.parse(window.begins)) }) : "";
  return row(what, window.until, [later, window.reason, by].filter(Boolean).join(" · "), button);
}

const cameraName = (id) => state.cameras.find((camera) => camera.id === id)?.name ?? id;

function row(what, until, why, button) {
  return el("li", {}, el("b", {}, what), el("span", {}, t("history.until", { time: dayAndTime(Date.parse(until)).slice(0, -3) })), button, el("small", {}, why));
}

async function end(path) {
  const by = await seat();
  if (by && (await send(path, { by }))) state.tell("acted", {});
}
