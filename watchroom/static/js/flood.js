// How much comes, and what is done about too much of it: alerts of one kind share a row, and none is hidden.

import { byId, el, setText } from "./dom.js";
import { clockTime, ruleName, span } from "./format.js";
import { t } from "./i18n.js";
import { newestFirst, state } from "./state.js";

const TOGETHER = 3; // alerts of one kind share a row from this many on
const NAMED = 6; // cameras that the row names; it tells how many more
const opened = new Set(); // kinds whose alerts are listed below their row
const heads = new Map();
let load = { last_10_min: null, flood_since: null, standing: 0 };
let chosen = null; // what somebody wants; null: together in a flood, else one by one

export function start(rearrange) {
  state.on("load", (told) => {
    const before = together();
    load = told;
    if (!told.flood_since) chosen = null; // the next flood begins as it should
    show();
    if (together() !== before) rearrange();
  });
  state.on("language", show);
  state.on("network", show);
  byId("together").addEventListener("change", () => {
    chosen = byId("together").checked;
    show();
    rearrange();
  });
  byId("alerts").addEventListener("click", ({ target }) => {
    const kind = target.closest(".kind")?.dataset.kind;
    if (!kind) return;
    if (!opened.delete(kind)) opened.add(kind);
    rearrange();
  });
  show();
}

export const together = () => chosen ?? Boolean(load.flood_since);

function show() {
  byId("together").checked = together();
  const rate = load.last_10_min === null ? "" : t("load.rate", { n: tidy(load.last_10_min) });
  const standing = load.standing ? t("load.standing", { n: load.standing }) : "";
  setText(byId("load"), [rate, standing].filter(Boolean).join(" · "));
  byId("flood").hidden = !load.flood_since;
  if (!load.flood_since) return;
  const words = { time: clockTime(Date.parse(load.flood_since)), n: tidy(load.last_10_min) };
  const how = t(together() ? "flood.together" : "flood.apart");
  byId("flood").replaceChildren(el("strong", {}, t("flood.title")), el("span", {}, `${t("flood.since", words)} ${how}`));
}

const tidy = (n) => String(Math.round(n * 10) / 10);

// Puts `rows` in order, as the list is sorted, and those of one kind below the row of their kind, folded until it is opened.
// A row that the filter leaves out is hidden already.
export function arrange(list, rows) {
  const order = [];
  const kinds = together() ? kindsOf(rows) : new Map();
  const placed = new Set();
  for (const alert of state.sorted()) {
    const row = rows.get(alert.id);
    if (!row) continue;
    const kind = kindOf(alert);
    const alerts = row.hidden ? null : kinds.get(kind);
    row.classList.toggle("member", Boolean(alerts));
    if (!alerts) {
      order.push(row);
    } else if (!placed.has(kind)) {
      placed.add(kind);
      order.push(head(kind, alerts), ...alerts.map((one) => member(rows.get(one.id), isOpen(kind, alerts))));
    }
  }
  for (const [kind, node] of heads) {
    if (!placed.has(kind)) {
      node.remove();
      heads.delete(kind);
    }
  }
  putInOrder(list, order);
}

// Alerts that nobody has resolved, of one rule and urgency. A critical one always stands by itself, and so does an
// incident with the alerts below it: it has a row for many already.
function kindsOf(rows) {
  const kinds = new Map();
  for (const alert of state.sorted()) {
    if (alert.handling === "resolved" || rows.get(alert.id)?.hidden !== false) continue;
    if (alert.severity === "critical" || alert.rule.startsWith("incident.") || state.above(alert)) continue;
    const kind = kindOf(alert);
    if (!kinds.has(kind)) kinds.set(kind, []);
    kinds.get(kind).push(alert);
  }
  for (const [kind, alerts] of kinds) if (alerts.length < TOGETHER) kinds.delete(kind);
  return kinds;
}

const kindOf = (alert) => `${alert.severity} ${alert.rule}`;
const isOpen = (kind, alerts) => opened.has(kind) || alerts.some((alert) => alert.id === state.selected);

function member(row, open) {
  row.hidden = !open;
  return row;
}

function head(kind, alerts) {
  const newest = alerts.reduce((a, b) => (newestFirst(a, b) < 0 ? a : b));
  const open = isOpen(kind, alerts);
  const node = heads.get(kind) ?? el("li", { class: "kind", "data-kind": kind, "data-severity": newest.severity });
  const active = alerts.filter((alert) => alert.condition === "active").length;
  const waiting = alerts.filter((alert) => alert.handling === "new").length;
  const names = [...new Set(alerts.map((alert) => alert.camera_name))];
  const more = names.length > NAMED ? t("flood.more", { n: names.length - NAMED }) : "";
  node.dataset.condition = active ? "active" : "cleared";
  const had = node.contains(document.activeElement);
  node.replaceChildren(
    el(
      "button",
      { type: "button", "aria-expanded": String(open), title: t(open ? "flood.close" : "flood.open", { n: alerts.length }) },
      el("span", { class: "thumb" }, el("b", {}, t("flood.count", { n: alerts.length }))),
      el(
        "span",
        { class: "what" },
        el("span", { class: "severity" }, t(`severity.${newest.severity}`)),
        el("strong", {}, ruleName(newest.rule)),
      ),
      el("span", { class: "where" }, el("b", {}, names.slice(0, NAMED).join(t("value.comma")) + more)),
      el("span", { class: "condition" }, active ? t("flood.active", { n: active }) : t("condition.cleared")),
      el("span", { class: "handling" }, waiting ? t("flood.new", { n: waiting }) : ""),
      el("span", { class: "age", "data-at": newest.raised_at }, span(state.now() - Date.parse(newest.raised_at))),
      el("time", { datetime: newest.raised_at }, t("flood.newest", { time: clockTime(Date.parse(newest.raised_at)) })),
    ),
  );
  if (had) node.firstChild.focus({ preventScroll: true });
  heads.set(kind, node);
  return node;
}

export function showKindAges() {
  for (const node of heads.values()) {
    const age = node.querySelector(".age");
    setText(age, span(state.now() - Date.parse(age.dataset.at)));
  }
}

// Moves only what is not where it belongs: a row that stays keeps its focus and its picture.
function putInOrder(list, order) {
  let at = list.firstChild;
  for (const node of order) {
    if (node === at) at = at.nextSibling;
    else list.insertBefore(node, at);
  }
}
