// Which seat of the duty room this page sits at: asked once, remembered by this browser.

import { byId, el, setText } from "./dom.js";
import { ask } from "./dialog.js";
import { t } from "./i18n.js";
import { state } from "./state.js";
import { recall, remember } from "./store.js";

const KEY = "ringwatch.seat";
const FORM = /^[a-z0-9][a-z0-9-]{0,62}$/;
const NOBODY = ["system", "rule"];

export async function start() {
  state.seat = recall(KEY);
  byId("seat").addEventListener("click", () => choose());
  state.on("language", show);
  show();
}

// The seat; asks for it where nobody has said. Null when that was called off.
export async function seat() {
  return state.seat || choose();
}

async function choose() {
  const { operators } = await read().catch(() => ({ operators: [] }));
  const field = operators.length ? pick(operators) : write();
  const said = await ask({
    title: t("seat.title"),
    text: t(operators.length ? "seat.pick" : "seat.write"),
    fields: [field],
    wrong: ({ seat: name }) => (FORM.test(name) && !NOBODY.includes(name) ? "" : t("seat.form")),
  });
  if (!said) return null;
  state.seat = said.seat;
  remember(KEY, said.seat);
  show();
  state.tell("seat");
  return said.seat;
}

async function read() {
  const answer = await fetch("/api/operators", { cache: "no-store", signal: AbortSignal.timeout(8000) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

function pick(operators) {
  const options = operators.map(({ id, name, role }) => new Option([name, id, role].filter(Boolean).join(" · "), id));
  const select = el("select", { name: "seat" }, ...options);
  if (operators.some(({ id }) => id === state.seat)) select.value = state.seat;
  return el("label", {}, el("span", {}, t("seat.seat")), select);
}

function write() {
  const input = el("input", { name: "seat", value: state.seat ?? "", placeholder: "desk-1", autocomplete: "off", spellcheck: "false" });
  return el("label", {}, el("span", {}, t("seat.seat")), input);
}

function show() {
  setText(byId("seat"), state.seat ? t("seat.at", { seat: state.seat }) : t("seat.none"));
  byId("seat").title = t("seat.title");
}
