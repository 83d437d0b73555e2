// The page's words: Chinese first, English by a switch that is remembered.

import { recall, remember } from "./store.js";

const LANGUAGES = { zh: "zh-CN", en: "en" };
const KEY = "ringwatch.language";
let words = {};
let current = "zh";

export function t(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

export const known = (key) => key in words;

export async function start() {
  const asked = new URLSearchParams(location.search).get("lang");
  await use([asked, recall(KEY), "zh"].find((name) => name in LANGUAGES));
}

export async function use(name) {
  const answer = await fetch(`/static/i18n/${name}.json`);
  words = await answer.json();
  current = name;
  document.documentElement.lang = LANGUAGES[name];
  remember(KEY, name);
  translate(document);
}

export const language = () => current;

export const other = () => (current === "zh" ? "en" : "zh");

function translate(root) {
  for (const node of root.querySelectorAll("[data-i18n]")) node.textContent = t(node.dataset.i18n);
  for (const node of root.querySelectorAll("[data-i18n-label]")) node.setAttribute("aria-label", t(node.dataset.i18nLabel));
  for (const node of root.querySelectorAll("[data-i18n-title]")) node.title = t(node.dataset.i18nTitle);
}
