// What happened with one alert, oldest first: what the rule said, and what people did.

import { el } from "./dom.js";
import { clockTime, dayAndTime, ruleName } from "./format.js";
import { known, t } from "./i18n.js";
import { state } from "./state.js";

export function history({ steps = [], findings = [] }) {
  const rows = [...steps.map(step), ...findings.map(finding)];
  rows.sort((a, b) => a.at - b.at || a.order - b.order);
  if (!rows.length) return null;
  return el("section", { class: "history" }, el("h3", {}, t("history.title")), el("ol", {}, ...rows.map(({ node }) => node)));
}

function step({ number, at, by, act, why, detail }) {
  const facts = [why && words(by, why), detail.disposition && t(`disposition.${detail.disposition}`), detail.level && t("history.level", { level: detail.level }), detail.until && t("history.until", { time: dayAndTime(Date.parse(detail.until)) })];
  const who = known(`by.${by}`) ? t(`by.${by}`) : by;
  return row(at, number, "step", el("b", {}, who), el("span", {}, t(`act.${act}.done`)), el("q", {}, facts.filter(Boolean).join(t("value.comma"))));
}

// What the system says of itself, it says in English: the page knows the sentences there are.
function words(by, why) {
  if (by !== "system" && by !== "rule") return why;
  const key = Object.keys(SAID).find((start) => why.startsWith(start) || why.includes(start));
  return key ? t(SAID[key], { words: why.split(" ")[0] }) : why;
}

const SAID = {
  "its time is over": "said.over",
  "is not in the roster": "said.gone",
  "no longer": "said.goes_on",
  "out of service": "said.out_of_service",
  "cameras within": "said.incident",
};

function finding({ phase, at, snapshot }) {
  const picture = snapshot && phase === "raised" ? el("a", { href: snapshot, target: "_blank", rel: "noreferrer" }, t("history.picture")) : null;
  return row(at, 0, "finding", el("b", {}, t("by.rule")), el("span", {}, t(`phase.${phase}`)), picture ?? el("q", {}));
}

function row(at, order, kind, ...parts) {
  const when = Date.parse(at);
  const today = state.now() - when < 43200000;
  const time = el("time", { datetime: at }, today ? clockTime(when) : dayAndTime(when));
  return { at: when, order, node: el("li", { class: kind }, time, ...parts) };
}

export function children({ children: list = [] }) {
  if (!list.length) return null;
  const one = (child) =>
    el(
      "li",
      { "data-condition": child.condition },
      el("button", { type: "button", on: { click: () => state.open(child) } }, el("b", {}, child.camera_name), el("code", {}, child.camera), el("span", {}, ruleName(child.rule)), el("em", { class: "condition" }, t(`condition.${child.condition}`))),
    );
  return el("section", { class: "children" }, el("h3", {}, t("incident.children", { n: list.length })), el("ul", {}, ...list.map(one)));
}
