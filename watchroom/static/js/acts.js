// What an operator can do with an alert: buttons by its state, a question where one is needed, and what came of it.

import { ask, choice, radios, words } from "./dialog.js";
import { el } from "./dom.js";
import { clockTime, span } from "./format.js";
import { t } from "./i18n.js";
import { seat } from "./seat.js";
import { state } from "./state.js";

const HOUR_MS = 3600000;
const SHELVES_H = [0.25, 1, 4, 8, 24];
const SERVICE_H = [1, 4, 12, 24, 72, 168];

// key, act, whether it is a next step on the straight way, and when it is offered
const ACTS = [
  { key: "c", act: "claim", main: true, when: (a) => a.handling !== "resolved" && !a.handler },
  { key: "t", act: "hand_over", main: true, when: (a) => a.handling !== "resolved" && a.handler && a.handler !== state.seat },
  { key: "a", act: "acknowledge", main: true, when: (a) => a.handling === "claimed" && isMine(a) },
  { key: "r", act: "resolve", main: true, when: (a) => a.handling === "acknowledged" && isMine(a) },
  { key: "u", act: "release", when: (a) => a.handling !== "resolved" && isMine(a) },
  { key: "n", act: "note", when: () => true },
  { key: "e", act: "escalate", when: (a) => a.handling !== "resolved" },
  { key: "s", act: "shelve", when: (a) => a.handling !== "resolved" && a.camera && !a.shelved_until },
  { key: "s", act: "unshelve", when: (a) => a.shelved_until },
  { key: "x", act: "out_of_service", when: (a) => a.handling !== "resolved" },
  { key: "o", act: "reopen", main: true, when: (a) => a.handling === "resolved" },
];

const isMine = (alert) => Boolean(state.seat) && alert.handler === state.seat;
const offered = (alert) => ACTS.filter(({ when }) => when(alert));

export function buttons(alert) {
  return offered(alert).map(({ key, act, main }) =>
    el(
      "button",
      { type: "button", class: main ? "main" : "", "data-act": act, "aria-keyshortcuts": key.toUpperCase(), on: { click: () => take(alert.id, act) } },
      t(`act.${act}`),
      el("kbd", {}, key.toUpperCase()),
    ),
  );
}

export function byKey(key, alert) {
  const found = alert && offered(alert).find((one) => one.key === key);
  if (found) take(alert.id, found.act);
  return Boolean(found);
}

export function standing(alert) {
  const at = (time) => span(state.now() - Date.parse(time));
  if (alert.handling === "resolved") {
    const what = t(`disposition.${alert.disposition}`);
    return t("handling.resolved.by", { by: alert.handler, what, age: at(alert.resolved_at) });
  }
  if (alert.handling === "acknowledged") {
    if (!alert.handler) return t("handling.acknowledged.free", { action: alert.action });
    return t("handling.acknowledged.by", { by: alert.handler, action: alert.action });
  }
  if (alert.handling === "claimed") return t("handling.claimed.by", { by: alert.handler, age: at(alert.claimed_at) });
  return t("handling.new.since", { age: at(alert.raised_at) });
}

async function take(id, act) {
  const by = await seat();
  const alert = state.alerts.get(id);
  if (!by || !alert) return;
  const said = await question(act, alert);
  if (!said) return;
  const path = `/api/alerts/${encodeURIComponent(id)}/${act}`;
  const answer = await send(path, { by, ...said });
  if (answer && act !== "out_of_service") state.put(answer);
  if (answer) state.tell("acted", { id, act });
}

// Sends one act; null when it was refused, which is told.
export async function send(path, body) {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10000),
    });
    const told = await answer.json().catch(() => ({}));
    if (answer.ok) return told;
    state.tell("refused", refusal(answer.status, told));
  } catch {
    state.tell("refused", t("refused.away"));
  }
  return null;
}

function refusal(status, { reason, handler, since, problem }) {
  if (status !== 409) return t("refused.failed", { status });
  if (reason === "held" && handler) return t("refused.held", { handler, time: since ? clockTime(Date.parse(since)) : "" });
  return t(`refused.${reason}`, { problem });
}

function question(act, alert) {
  const make = QUESTIONS[act];
  return make ? make(alert) : Promise.resolve({});
}

const need = (key) => ({ why }) => (why.trim() ? "" : t(key));
const until = (hours) => new Date(state.now() + Number(hours) * HOUR_MS).toISOString();
const hours = (list) => list.map((h) => [String(h), span(h * HOUR_MS).replace(/ 0 \S+$/, "")]);
const phrases = (family) => t(family).split("|");

const QUESTIONS = {
  acknowledge: () =>
    ask({
      title: t("act.acknowledge"),
      fields: [words(t("ask.action"), { required: true, phrases: phrases("phrases.action") })],
      wrong: need("ask.action.missing"),
    }),
  resolve: (alert) =>
    ask({
      title: t("act.resolve"),
      text: alert.condition === "active" ? t("ask.still") : "",
      fields: [
        radios("disposition", t("ask.disposition"), ["true", "nuisance", "test"].map((d) => [d, t(`disposition.${d}`), t(`disposition.${d}.hint`)])),
        words(t("ask.words")),
      ],
      wrong: ({ disposition }) => (disposition ? "" : t("ask.disposition.missing")),
    }),
  reopen: () => ask({ title: t("act.reopen"), fields: [words(t("ask.why"), { required: true })], wrong: need("ask.why.missing") }),
  note: () => ask({ title: t("act.note"), fields: [words(t("ask.note"), { required: true })], wrong: need("ask.note.missing") }),
  escalate: () => ask({ title: t("act.escalate"), text: t("ask.escalate"), fields: [words(t("ask.why"))] }),
  hand_over: (alert) => ask({ title: t("act.hand_over"), text: t("ask.hand_over", { handler: alert.handler }), fields: [words(t("ask.why"))] }),
  shelve: async () => {
    const said = await ask({
      title: t("act.shelve"),
      text: t("ask.shelve"),
      fields: [choice("hours", t("ask.for"), hours(SHELVES_H), "1"), words(t("ask.why"), { required: true, phrases: phrases("phrases.shelve") })],
      wrong: need("ask.why.missing"),
    });
    return said && { why: said.why, until: until(said.hours) };
  },
  out_of_service: async (alert) => {
    const scopes = [["camera", t("scope.camera")], ["uplink", t("scope.uplink")]];
    const said = await ask({
      title: t("act.out_of_service"),
      text: t("ask.out_of_service"),
      fields: [
        ...(alert.camera ? [choice("scope", t("ask.scope"), scopes, "camera")] : []),
        choice("hours", t("ask.for"), hours(SERVICE_H), "4"),
        words(t("ask.why"), { required: true, phrases: phrases("phrases.service") }),
      ],
      wrong: need("ask.why.missing"),
    });
    return said && { why: said.why, until: until(said.hours), scope: said.scope ?? "camera" };
  },
};
