// What the page knows. Whoever shows a part of it listens for that part's changes.

export const RINGS = ["inner", "middle", "outer", "vehicle"];
export const SEVERITIES = ["critical", "high", "medium", "low"];
export const ORDERS = ["priority", "newest"];
const KEPT = 2500; // alerts on the page; the record has them all

class State extends EventTarget {
  network = { name: "", timezone: "UTC" };
  alerts = new Map();
  cameras = [];
  active = 0;
  problem = "";
  loaded = false;
  link = "connecting"; // connecting, live, cut
  heardAt = null; // the server's time when it last spoke
  selected = null;
  filter = { ring: "", severity: "", handling: "open", active: false };
  ordered = "priority"; // how the list is sorted, of ORDERS
  seat = null; // where this page sits
  unfolded = new Set(); // incidents whose alerts are shown in the list
  ahead = 0; // how far the server's clock is ahead of this machine's, in ms

  tell(what, detail = null) {
    this.dispatchEvent(new CustomEvent(what, { detail }));
  }

  on(what, handler) {
    this.addEventListener(what, (event) => handler(event.detail));
  }

  now() {
    return Date.now() + this.ahead;
  }

  heard(serverTime) {
    const at = Date.parse(serverTime);
    this.ahead = at - Date.now();
    this.heardAt = at;
  }

  replace(alerts) {
    this.alerts = new Map(alerts.filter(isShown).map((alert) => [alert.id, alert]));
    this.loaded = true;
    this.tell("alerts");
  }

  put(alert, comes = true) {
    if (!isShown(alert)) return;
    const before = this.alerts.get(alert.id);
    if (before && before.change >= alert.change) return;
    this.alerts.set(alert.id, alert);
    if (this.alerts.size > KEPT) this.alerts.delete(this.oldest());
    const calls = comes && !alert.suppressed && !alert.shelved_until;
    this.tell("alert", { alert, before, comes, fresh: calls && (!before || alert.repeats > before.repeats) });
  }

  oldest() {
    const all = [...this.alerts.values()].filter(({ id }) => id !== this.selected);
    const resolved = all.filter(({ handling }) => handling === "resolved");
    return (resolved.length ? resolved : all).reduce((a, b) => (newestFirst(a, b) > 0 ? a : b)).id;
  }

  setLink(link) {
    if (link === this.link) return;
    this.link = link;
    this.tell("link");
  }

  select(id, play = false) {
    this.selected = id;
    this.tell("selected", { play });
  }

  // An alert that somebody looks at and the list may not have: it is no news.
  list(alert) {
    if (!this.alerts.has(alert.id)) this.put(alert, false);
  }

  open(alert) {
    this.list(alert);
    this.select(alert.id, true);
  }

  unfold(incident, unfolded) {
    if (!incident?.rule.startsWith("incident.") || this.unfolded.has(incident.id) === unfolded) return;
    if (unfolded) this.unfolded.add(incident.id);
    else this.unfolded.delete(incident.id);
    this.tell("unfolded", incident);
  }

  fits(alert) {
    const above = this.above(alert);
    return this.passes(alert) && (!above || this.unfolded.has(above.id));
  }

  passes(alert) {
    const { ring, severity, handling, active } = this.filter;
    if (handling && HANDLED[handling](alert) === false) return false;
    if (ring && alert.ring !== ring) return false;
    if (severity && SEVERITIES.indexOf(alert.severity) > SEVERITIES.indexOf(severity)) return false;
    return !active || alert.condition === "active";
  }

  parent(alert) {
    return alert.incident ? this.alerts.get(alert.incident) : undefined;
  }

  // The incident that an alert stands below in the list. One that the filter leaves out has nothing below it, nor has a
  // resolved one what is still open: that stands by itself, or nobody would see it.
  above(alert) {
    const parent = this.parent(alert);
    const done = parent?.handling === "resolved" && alert.handling !== "resolved";
    return parent && !done && this.passes(parent) ? parent : undefined;
  }

  // As the room wants it.
  order(a, b) {
    const first = this.ordered === "newest" ? newestFirst : urgentFirst;
    const [top, other] = [this.above(a) ?? a, this.above(b) ?? b];
    if (top !== other) return first(top, other);
    if (a === top || b === top) return a === b ? 0 : a === top ? -1 : 1;
    return first(a, b);
  }

  sorted() {
    return [...this.alerts.values()].sort((a, b) => this.order(a, b));
  }
}

// A scheduled test alert is resolved as it comes, and nobody's work.
const isShown = (alert) => alert.rule !== "system.test";

const silent = (alert) => Boolean(alert.suppressed || alert.shelved_until);
const HANDLED = {
  open: (alert) => alert.handling !== "resolved" && !silent(alert),
  mine: (alert) => alert.handling !== "resolved" && Boolean(state.seat) && alert.handler === state.seat,
  silent: (alert) => alert.handling !== "resolved" && silent(alert),
  resolved: (alert) => alert.handling === "resolved",
};
export const HANDLINGS = Object.keys(HANDLED);

export function newestFirst(a, b) {
  return olderBy(b, a) || a.id.localeCompare(b.id);
}

// What is open before what is done; then by severity, posts before the rest, and who has waited longest.
export function urgentFirst(a, b) {
  const [done, other] = [a, b].map(({ handling }) => handling === "resolved");
  if (done || other) return done - other || newestFirst(a, b);
  return rank(a) - rank(b) || olderBy(a, b) || a.id.localeCompare(b.id);
}

const rank = ({ severity, rule }) => 2 * SEVERITIES.indexOf(severity) + !rule.startsWith("post.");

// Below zero when `a` was raised before `b`. Not as text: a whole second has no fraction there.
const olderBy = (a, b) => (a.raised_at === b.raised_at ? 0 : Date.parse(a.raised_at) - Date.parse(b.raised_at));

export const state = new State();
