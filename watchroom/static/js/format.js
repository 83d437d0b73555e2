// Times, spans and names as people read them.

import { known, t } from "./i18n.js";

let zone = "UTC";
const made = new Map();

export function useZone(name) {
  zone = name;
  made.clear();
}

function formatter(name) {
  if (!made.has(name)) {
    const clock = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
    const date = { year: "numeric", month: "2-digit", day: "2-digit" };
    // Sweden writes 2026-11-24 16:43:29, which every reader of either language reads alike.
    made.set(name, new Intl.DateTimeFormat("sv-SE", { ...(name === "clock" ? clock : { ...date, ...clock }), timeZone: zone }));
  }
  return made.get(name);
}

export const clockTime = (at) => formatter("clock").format(at);
export const fullTime = (at) => formatter("full").format(at);
export const dayAndTime = (at) => fullTime(at).slice(5);

export function span(milliseconds) {
  const s = Math.max(0, Math.floor(milliseconds / 1000));
  const [m, h, d] = [Math.floor(s / 60), Math.floor(s / 3600), Math.floor(s / 86400)];
  if (d) return t("age.days", { d, h: h % 24 });
  if (h) return t("age.hours", { h, m: m % 60 });
  if (m) return t("age.minutes", { m, s: s % 60 });
  return t("age.seconds", { s });
}

// Where a moving camera was: degrees, speed as people say it, and since when that is known.
export function place({ lat, lon, speed_m_s, at }) {
  const where = t("value.place", { lat: lat.toFixed(5), lon: lon.toFixed(5), time: clockTime(Date.parse(at)) });
  return speed_m_s === null ? where : t("value.moving", { where, speed: Math.round(speed_m_s * 3.6) });
}

// A rule or a detail that this page does not know yet is shown by its own name.
export const ruleName = (rule) => (known(`rule.${rule}`) ? t(`rule.${rule}`) : rule);
export const detailName = (name) => (known(`detail.${name}`) ? t(`detail.${name}`) : name);

export function detailValue(name, value) {
  if (value === null || value === "") return t("value.none");
  if (typeof value === "boolean") return t(value ? "value.yes" : "value.no");
  if (name.endsWith("_s") && typeof value === "number") return span(value * 1000);
  if (name === "class") return labelName(value);
  if (name === "direction" || name === "unlike") return t(`value.${value}`);
  if (name === "classes") return String(value).split(",").map(labelName).join(t("value.comma"));
  return String(value);
}

const labelName = (label) => (known(`label.${label}`) ? t(`label.${label}`) : label);
