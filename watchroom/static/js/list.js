// The list of alerts, by priority or newest first. Rows keep their size whatever comes, and stay under a hand that is on them.

import { byId, el, setText } from "./dom.js";
import { clockTime, dayAndTime, ruleName, span } from "./format.js";
import * as flood from "./flood.js";
import { t } from "./i18n.js";
import { HANDLINGS, ORDERS, RINGS, SEVERITIES, state } from "./state.js";
import { recall, remember } from "./store.js";

const HAND_MS = 4000; // how long a list that was pointed at keeps still
const ORDER_KEY = "ringwatch.order";
const RETRIES_MS = [1000, 2000, 4000, 8000]; // a snapshot may be written a moment after its alert
const rows = new Map();
let handAt = -Infinity;
const unseen = new Set(); // alerts that came above or below what is in sight
let shown = 0;

export function start() {
  state.on("alerts", showAll);
  state.on("network", showAll);
  state.on("alert", put);
  state.on("seat", applyFilter);
  state.on("unfolded", (incident) => (replaceRow(incident), applyFilter(), markSelected()));
  state.on("selected", markSelected);
  state.on("cameras", camerasKnown);
  state.on("language", () => (showFilter(), showAll()));
  byId("scroll").addEventListener("pointermove", () => (handAt = performance.now()));
  byId("scroll").addEventListener("scroll", showUnseen);
  byId("fresh").addEventListener("click", () => firstUnseen()?.scrollIntoView({ block: "center" }));
  byId("filter").addEventListener("change", filterChanged);
  byId("filter").addEventListener("submit", (event) => event.preventDefault());
  if (ORDERS.includes(recall(ORDER_KEY))) state.ordered = recall(ORDER_KEY);
  byId("order").addEventListener("change", orderChanged);
  flood.start(() => (applyFilter(), showAges()));
  setInterval(showAges, 1000);
  showFilter();
  showEmpty();
}

let known = ""; // cameras: whether an alert's is still one of them shows only when they are

function camerasKnown() {
  const before = known;
  known = state.cameras.map(({ id }) => id).join(" ");
  if (known !== before) showAll();
  showEmpty();
}

export function visible() {
  return [...byId("alerts").children].filter((row) => !row.hidden && row.dataset.id).map((row) => row.dataset.id);
}

function showAll() {
  rows.clear();
  byId("alerts").replaceChildren(...state.sorted().map(makeRow));
  applyFilter();
  markSelected();
}

function put({ alert, before: known, comes, fresh }) {
  const before = rows.get(alert.id);
  if (before && known?.incident === alert.incident) {
    replaceRow(alert);
  } else {
    before?.remove(); // it now stands below its incident
    insert(alert, makeRow(alert), fresh && !before);
  }
  const parent = state.parent(alert);
  if (parent) replaceRow(parent);
  forgetOld();
  applyFilter();
  markSelected();
  if (!before && comes && !inSight(rows.get(alert.id))) unseen.add(alert.id);
  showUnseen();
}

function replaceRow(alert) {
  const before = rows.get(alert.id);
  if (!before) return;
  const row = makeRow(alert);
  row.hidden = before.hidden;
  const [old, picture] = [before.querySelector(".thumb img"), row.querySelector(".thumb img")];
  if (old && old.getAttribute("src") === picture?.getAttribute("src")) row.querySelector(".thumb").replaceWith(before.querySelector(".thumb")); // it is loaded
  before.replaceWith(row);
  if (before.contains(document.activeElement)) row.firstChild.focus();
}

function insert(alert, row, fresh) {
  const scroll = byId("scroll");
  const after = state.sorted().find((known) => state.order(alert, known) < 0 && rows.get(known.id)?.isConnected);
  const still = !atTop() || performance.now() - handAt < HAND_MS;
  row.hidden = !state.fits(alert);
  row.classList.toggle("arrived", fresh);
  byId("alerts").insertBefore(row, after ? rows.get(after.id) : null);
  if (!row.hidden && still && row.offsetTop <= scroll.scrollTop) scroll.scrollTop += row.offsetHeight;
}

function forgetOld() {
  for (const [id, row] of rows) {
    if (!state.alerts.has(id)) {
      row.remove();
      rows.delete(id);
    }
  }
}

function makeRow(alert) {
  const incident = alert.rule.startsWith("incident.");
  const row = el(
    "li",
    { "data-id": alert.id, "data-severity": alert.severity, "data-condition": alert.condition, "data-handling": alert.handling, class: state.above(alert) ? "child" : "" },
    el(
      "button",
      { type: "button", "aria-expanded": incident ? String(state.unfolded.has(alert.id)) : null, on: { click: ({ target }) => choose(alert, target) } },
      incident ? group(alert) : thumb(alert),
      el(
        "span",
        { class: "what" },
        el("span", { class: "severity" }, t(`severity.${alert.severity}`)),
        el("strong", {}, ruleName(alert.rule)),
        ...marks(alert),
        alert.zone && !incident ? el("span", { class: "zone" }, t("alert.zone", { zone: alert.zone })) : null,
      ),
      el("span", { class: "where" }, ...(incident ? about(alert) : place(alert))),
      el("span", { class: "condition" }, t(`condition.${alert.condition}`)),
      el("span", { class: "handling" }, handling(alert)),
      el("span", { class: "age" }, span(state.now() - Date.parse(alert.raised_at))),
      el("time", { datetime: alert.raised_at }, when(alert)),
    ),
  );
  rows.set(alert.id, row);
  return row;
}

// An incident's sign unfolds it at once, the rest of its row when it is clicked again.
function choose(alert, target) {
  if (state.selected === alert.id || target.closest(".group")) state.unfold(alert, !state.unfolded.has(alert.id));
  state.select(alert.id, true);
}

function place(alert) {
  return [el("b", {}, alert.camera_name), el("code", {}, alert.camera), el("span", { class: "ringname" }, t(`ring.${alert.ring}`))];
}

function about(incident) {
  const { cameras, still_failing: failing } = incident.detail;
  return [el("b", {}, aboutName(incident)), el("span", { class: "ringname" }, t("incident.cameras", { n: cameras, failing }))];
}

export function aboutName({ rule, zone }) {
  return rule === "incident.ring" ? t(`ring.${zone}`) : zone || t("incident.network");
}

function group(incident) {
  const unfolded = state.unfolded.has(incident.id);
  const title = t(unfolded ? "incident.fold" : "incident.unfold");
  return el("span", { class: "thumb group", title }, el("b", {}, String(incident.detail.cameras ?? "")), el("span", {}, unfolded ? "▾" : "▸"));
}

function marks(alert) {
  const old = alert.handling !== "resolved" && state.now() - Date.parse(alert.raised_at) > 86400000;
  const found = [
    alert.repeats && ["repeats", t("mark.repeats", { n: alert.repeats + 1 }), t("mark.repeats.why", { n: alert.repeats + 1 })],
    alert.escalation && ["escalated", t("mark.escalated", { n: alert.escalation }), ""],
    alert.late && ["late", t("mark.late"), t("mark.late.why")],
    old && ["standing", t("mark.standing"), t("mark.standing.why")],
    alert.shelved_until && ["silent", t("mark.shelved"), ""],
    alert.suppressed && ["silent", t(alert.suppressed === "shelved" ? "mark.shelved" : "mark.out_of_service"), ""],
    isGone(alert) && ["gone", t("mark.gone"), t("mark.gone.why")],
  ];
  return found.filter(Boolean).map(([kind, text, why]) => el("i", { class: `mark ${kind}`, title: why }, text));
}

const isGone = (alert) => Boolean(alert.camera) && state.cameras.length > 0 && !state.cameras.some(({ id }) => id === alert.camera);

function handling(alert) {
  if (alert.handling === "resolved") return t(`disposition.${alert.disposition}`);
  if (!alert.handler) return t(`handling.${alert.handling}`);
  return t("handling.with", { what: t(`handling.${alert.handling}`), by: alert.handler });
}

function when(alert) {
  const at = Date.parse(alert.raised_at);
  return state.now() - at < 43200000 ? clockTime(at) : dayAndTime(at);
}

function thumb(alert) {
  const box = el("span", { class: "thumb" });
  if (!alert.snapshot) {
    box.append(el("span", {}, t("alert.nosnapshot")));
    return box;
  }
  const picture = el("img", { alt: "", loading: "lazy", decoding: "async", src: alert.snapshot });
  const waits = [...RETRIES_MS];
  picture.addEventListener("load", () => picture.classList.add("there"));
  picture.addEventListener("error", () => {
    const wait = waits.shift();
    if (wait === undefined) return box.replaceChildren(el("span", {}, t("alert.nosnapshot")));
    return setTimeout(() => (picture.src = alert.snapshot), wait);
  });
  box.append(picture);
  return box;
}

function showAges() {
  for (const [id, row] of rows) {
    if (row.hidden) continue;
    setText(row.querySelector(".age"), span(state.now() - Date.parse(state.alerts.get(id).raised_at)));
  }
  flood.showKindAges();
  const idle = performance.now() - handAt > HAND_MS && byId("scroll").scrollTop < 400;
  if (idle && isAbove(firstUnseen())) byId("scroll").scrollTo({ top: 0 });
}

function markSelected() {
  for (const [id, row] of rows) {
    if (id === state.selected) row.firstChild.setAttribute("aria-current", "true");
    else row.firstChild.removeAttribute("aria-current");
  }
  if (flood.together()) applyFilter(); // the kind of the one that is selected stays open
}

export function reveal(id) {
  rows.get(id)?.scrollIntoView({ block: "nearest" });
  rows.get(id)?.firstChild.focus({ preventScroll: true });
}

const atTop = () => byId("scroll").scrollTop < 4;

const isAbove = (row) => Boolean(row) && row.offsetTop < byId("scroll").scrollTop;

// A row that the filter leaves out, or that is folded below another, is nothing to look for.
function inSight(row) {
  const { scrollTop, clientHeight } = byId("scroll");
  return row.hidden || (row.offsetTop + row.offsetHeight > scrollTop && row.offsetTop < scrollTop + clientHeight);
}

function firstUnseen() {
  return [...byId("alerts").children].find(({ dataset }) => unseen.has(dataset.id));
}

function showUnseen() {
  if (atTop() && state.ordered === "newest") unseen.clear();
  for (const id of unseen) if (!rows.get(id)?.isConnected || inSight(rows.get(id))) unseen.delete(id);
  byId("fresh").hidden = !unseen.size;
  if (!unseen.size) return;
  const below = !isAbove(firstUnseen());
  byId("fresh").classList.toggle("below", below); // it lies at the end it points to, never on the most urgent row
  setText(byId("fresh"), t(below ? "list.fresh.below" : "list.fresh", { n: unseen.size }));
}

function orderChanged() {
  state.ordered = byId("order").value;
  remember(ORDER_KEY, state.ordered);
  applyFilter();
  byId("scroll").scrollTo({ top: 0 });
  showUnseen();
}

function showFilter() {
  const { ring, severity, handling } = byId("filter").elements;
  const all = () => new Option(t("filter.all"), "");
  ring.replaceChildren(all(), ...RINGS.map((name) => new Option(t(`ring.${name}`), name)));
  severity.replaceChildren(all(), ...SEVERITIES.slice(0, 3).map((name) => new Option(t(`filter.from.${name}`), name)));
  handling.replaceChildren(...HANDLINGS.map((name) => new Option(t(`filter.${name}`), name)), all());
  byId("order").replaceChildren(...ORDERS.map((name) => new Option(t(`order.${name}`), name)));
  byId("order").value = state.ordered;
  handling.value = state.filter.handling;
  ring.value = state.filter.ring;
  severity.value = state.filter.severity;
}

function filterChanged() {
  const { ring, severity, handling, active } = byId("filter").elements;
  state.filter = { ring: ring.value, severity: severity.value, handling: handling.value, active: active.checked };
  applyFilter();
}

function clearFilter() {
  byId("filter").reset();
  byId("order").value = state.ordered;
  byId("filter").elements.handling.value = "open";
  filterChanged();
}

function applyFilter() {
  shown = 0;
  for (const [id, row] of rows) {
    const alert = state.alerts.get(id);
    row.hidden = !state.fits(alert);
    row.classList.toggle("child", Boolean(state.above(alert)));
    shown += !row.hidden;
  }
  flood.arrange(byId("alerts"), rows); // folded below the row of their kind they are still shown
  showEmpty();
}

function showEmpty() {
  setText(byId("shown"), t("list.shown", { shown, total: rows.size }));
  byId("empty").hidden = shown > 0;
  if (!shown) byId("empty").replaceChildren(...emptyText());
}

function emptyText() {
  if (!state.loaded) return [el("p", {}, t("list.loading"))];
  if (rows.size) {
    const clear = el("button", { type: "button", on: { click: clearFilter } }, t("filter.clear"));
    return [el("h2", {}, t("list.unfit")), clear];
  }
  const live = state.cameras.filter((camera) => camera.state === "live").length;
  return [
    el("h2", {}, t("list.none")),
    el("p", {}, t("list.none.why")),
    el("p", {}, t("list.none.cameras", { live, total: state.cameras.length })),
  ];
}
