// One alert in full: its clip, as soon as there is one, its snapshot, its times and what the rule says.

import { buttons, standing } from "./acts.js";
import { byId, el, setText } from "./dom.js";
import { detailName, detailValue, fullTime, place, ruleName, span } from "./format.js";
import { children, history } from "./history.js";
import { t } from "./i18n.js";
import { aboutName } from "./list.js";
import { state } from "./state.js";

const ASK_AGAIN_MS = 2000;
const PATIENCE_MS = 8000;
let shown = null; // the parts of the alert on show
let timer = 0;

export function start() {
  state.on("selected", ({ play }) => show(play));
  state.on("alert", ({ alert }) => concerns(alert) && (showFacts(), askAgain()));
  state.on("seat", () => showFacts());
  state.on("refused", tell);
  state.on("alerts", readAgain);
  state.on("language", () => show(false));
  state.on("network", () => show(false));
  setInterval(showAge, 1000);
  show(false);
}

function show(play) {
  clearTimeout(timer);
  const alert = state.alerts.get(state.selected);
  document.body.classList.toggle("open", Boolean(alert));
  if (!alert) {
    shown = null;
    byId("panel").replaceChildren(el("p", { class: "hint" }, t("panel.hint")));
    return;
  }
  shown = makeParts(alert, play);
  const pictures = alert.rule.startsWith("incident.") ? [] : [shown.stage, shown.choice, shown.note];
  byId("panel").replaceChildren(shown.head, shown.acts, ...pictures, shown.facts, shown.past);
  showFacts();
  turn("clip");
  ask(shown);
}

function makeParts(alert, play) {
  const parts = {
    id: alert.id,
    play,
    asked: 0, // how often; only the newest answer counts
    clip: { state: "loading" },
    head: el("header", {}),
    stage: el("div", { class: "stage" }),
    note: el("p", { class: "note", role: "status" }),
    facts: el("dl", {}),
    acts: el("div", { class: "acts" }),
    past: el("div", { class: "past" }),
  };
  const choose = (name) => el("button", { type: "button", "data-turn": name, on: { click: () => turn(name) } }, t(`panel.${name}`));
  parts.save = el("a", { class: "save", hidden: true });
  parts.choice = el("div", { class: "choice" }, choose("clip"), choose("snapshot"), parts.save);
  return parts;
}

// The clip of a fresh alert still grows: ask until it is there, and show it then.
async function ask(parts) {
  clearTimeout(timer);
  const asked = ++parts.asked;
  const asks = { cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
  const answer = await fetch(`/api/alerts/${encodeURIComponent(parts.id)}`, asks).catch(() => null);
  const about = answer?.ok ? await answer.json().catch(() => null) : null;
  if (parts !== shown || asked !== parts.asked) return;
  if (answer?.status === 404) return gone();
  if (about) showMore(about);
  if (!about || about.clip.state === "recording") timer = setTimeout(() => ask(parts), ASK_AGAIN_MS);
}

function showMore(about) {
  state.list(about.alert);
  shown.past.replaceChildren(...[children(about), history(about)].filter(Boolean));
  const before = shown.clip.state;
  shown.clip = about.clip;
  if (before !== shown.clip.state && shown.turned === "clip") turn("clip");
}

// The record is another one now.
function gone() {
  tell(t("panel.gone"));
  state.select(null);
}

// The list is a new one: more than it says may have happened meanwhile, and the alert on show may not be in it.
function readAgain() {
  showFacts();
  if (shown) ask(shown);
}

const concerns = (alert) => shown && (alert.id === shown.id || alert.incident === shown.id);

// Something was done with it, or came of it: what has happened is asked for anew.
function askAgain() {
  clearTimeout(timer);
  timer = setTimeout(() => shown && ask(shown), 150);
}

let telling = 0;

function tell(words) {
  const told = byId("told");
  setText(told, words);
  told.hidden = false;
  clearTimeout(telling);
  telling = setTimeout(() => (told.hidden = true), 8000);
}

function turn(name) {
  const alert = state.alerts.get(shown.id);
  shown.turned = name;
  for (const button of shown.choice.querySelectorAll("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.turn === name));
  }
  const url = name === "clip" ? shown.clip.url : alert?.snapshot;
  shown.stage.replaceChildren(name === "clip" && url ? video(url) : picture(alert));
  if (name === "clip" && !url) shown.stage.append(el("p", {}, t(`clip.${shown.clip.state}`)));
  setText(shown.note, name === "clip" && shown.clip.state === "cut" ? t("clip.cut") : "");
  shown.note.title = shown.clip.reason ?? "";
  showSave(name, url);
}

function showSave(name, url) {
  shown.save.hidden = !url;
  setText(shown.save, t(name === "clip" ? "panel.download" : "panel.save"));
  if (!url) return;
  shown.save.href = url;
  shown.save.download = `${shown.id}.${url.split(".").pop()}`;
}

function picture(alert) {
  if (!alert?.snapshot) return el("p", {}, t("alert.nosnapshot"));
  return el("img", { src: alert.snapshot, alt: t("panel.snapshot") });
}

function video(url) {
  const codec = shown.clip.codec;
  const player = el("video", { src: url, controls: true, playsinline: true, preload: "auto" });
  player.muted = true; // cameras send no sound, and a page may only start a silent film by itself
  player.addEventListener("error", () => player.replaceWith(el("p", {}, t("clip.unplayable", { codec }))));
  if (shown.play) player.autoplay = true;
  return player;
}

export function playOrPause() {
  const player = byId("panel").querySelector("video");
  if (!player) return;
  if (player.paused) player.play().catch(() => {}); // its own error handler says why
  else player.pause();
}

function showFacts() {
  const alert = state.alerts.get(shown?.id);
  if (!alert) return shown?.acts.replaceChildren(); // it is asked for: until then nothing can be done with it
  shown.head.replaceChildren(
    el("span", { class: "severity", "data-severity": alert.severity }, t(`severity.${alert.severity}`)),
    el("h2", {}, ruleName(alert.rule)),
    el("p", {}, ...where(alert)),
    el("button", { type: "button", class: "close", title: t("panel.close"), "aria-label": t("panel.close"), on: { click: () => state.select(null) } }, "×"),
  );
  showActs(alert);
  shown.facts.replaceChildren(...facts(alert).map(([name, value, kind]) => fact(name, value, kind)));
  showAge();
}

function where(alert) {
  if (alert.rule.startsWith("incident.")) return [el("b", {}, aboutName(alert))];
  return [el("b", {}, alert.camera_name), el("code", {}, alert.camera), el("span", {}, t(`ring.${alert.ring}`))];
}

function showActs(alert) {
  const focused = shown.acts.contains(document.activeElement) ? document.activeElement.dataset.act : null;
  const offered = buttons(alert);
  shown.acts.dataset.handling = alert.handling;
  shown.acts.replaceChildren(
    el("p", { class: "standing" }, standing(alert)),
    el("div", { class: "straight" }, ...offered.filter((one) => one.classList.contains("main"))),
    el("div", { class: "aside" }, ...offered.filter((one) => !one.classList.contains("main"))),
  );
  if (focused) (shown.acts.querySelector(`[data-act=${focused}]`) ?? shown.acts.querySelector("button"))?.focus();
}

function fact(name, value, kind = "") {
  return el("div", { class: kind }, el("dt", {}, name), el("dd", {}, value));
}

function facts(alert) {
  const time = (at) => (at ? fullTime(Date.parse(at)) : t("value.none"));
  const detail = Object.entries(alert.detail).map(([name, value]) => [detailName(name), detailValue(name, value)]);
  return [
    [t("fact.condition"), t(`condition.${alert.condition}`), `condition ${alert.condition}`],
    [t(alert.cleared_at ? "fact.lasted" : "fact.age"), "", "age"],
    [t("fact.raised"), time(alert.raised_at)],
    [t("fact.started"), time(alert.started_at)],
    [t("fact.cleared"), time(alert.cleared_at)],
    ...(alert.rule.startsWith("incident.") ? [] : [[t("fact.zone"), alert.zone || t("value.picture")]]),
    [t("fact.cell"), alert.cell || t("value.none")],
    ...(alert.position ? [[t("fact.position"), place(alert.position)]] : []),
    ...detail,
    [t("fact.timezone"), state.network.timezone],
    [t("fact.id"), alert.id, "id"],
  ];
}

function showAge() {
  const alert = state.alerts.get(shown?.id);
  const place = shown?.facts.querySelector(".age dd");
  if (!alert || !place) return;
  const since = Date.parse(alert.cleared_at ? alert.started_at : alert.raised_at);
  setText(place, span((alert.cleared_at ? Date.parse(alert.cleared_at) : state.now()) - since));
}
