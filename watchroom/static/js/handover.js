// The open list goes from one shift to the next: said until somebody who is on has accepted it.

import { send } from "./acts.js";
import { byId, el } from "./dom.js";
import { clockTime } from "./format.js";
import { language, t } from "./i18n.js";
import { seat } from "./seat.js";
import { state } from "./state.js";

const EVERY_MS = 15000;
let standing = null; // what the server said last
let timer = 0;

export function start() {
  timer = setInterval(read, EVERY_MS);
  state.on("language", show);
  state.on("network", show);
  state.on("acted", read);
  read();
}

async function read() {
  try {
    const answer = await fetch("/api/handover", { cache: "no-store", signal: AbortSignal.timeout(8000) });
    if (answer.status === 404) clearInterval(timer); // a console without a duty room
    if (answer.ok) standing = await answer.json();
    show();
  } catch {
    // the line says that the server is away
  }
}

function show() {
  byId("handover").hidden = !standing?.pending;
  if (!standing?.pending) return;
  const words = { shift: standing.shifts.join(t("value.comma")), time: clockTime(Date.parse(standing.since)), n: standing.open.length };
  byId("handover").replaceChildren(
    el("strong", {}, t(standing.overdue_s > 0 ? "handover.overdue" : "handover.title")),
    el("span", {}, t("handover.pending", words)),
    el("a", { href: `/api/handover/report?lang=${language()}`, target: "_blank", rel: "noopener" }, t("handover.report")),
    el("button", { type: "button", on: { click: accept } }, t("handover.accept")),
  );
}

async function accept() {
  const by = await seat();
  const told = by && (await send("/api/handover", { by }));
  if (!told) return;
  standing = told;
  show();
  state.tell("acted", {});
}
