// What the page knows. Whoever shows a part of it listens for that part's changes.

export const RINGS = ["inner", "middle", "outer", "vehicle"];
export const SEVERITIES = ["critical", "high", "medium", "low"];
const KEPT = 300; // alerts on the page; the record has them all

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
  filter = { ring: "", severity: "", active: false };
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
    this.alerts = new Map(alerts.map((alert) => [alert.id, alert]));
    this.loaded = true;
    this.tell("alerts");
  }

  put(alert) {
    const before = this.alerts.get(alert.id);
    if (before && before.change >= alert.change) return;
    this.alerts.set(alert.id, alert);
    if (this.alerts.size > KEPT) this.alerts.delete(this.oldest());
    this.tell("alert", { alert, fresh: !before });
  }

  oldest() {
    return [...this.alerts.values()].reduce((a, b) => (newestFirst(a, b) > 0 ? a : b)).id;
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

  fits(alert) {
    const { ring, severity, active } = this.filter;
    if (ring && alert.ring !== ring) return false;
    if (severity && SEVERITIES.indexOf(alert.severity) > SEVERITIES.indexOf(severity)) return false;
    return !active || alert.condition === "active";
  }

  sorted() {
    return [...this.alerts.values()].sort(newestFirst);
  }
}

export function newestFirst(a, b) {
  return b.raised_at.localeCompare(a.raised_at) || a.id.localeCompare(b.id);
}

export const state = new State();
