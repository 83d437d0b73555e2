// One question at a time: fields, and what was said to them; null when it was called off.

import { byId, el, setText } from "./dom.js";
import { t } from "./i18n.js";

export const isOpen = () => byId("dialog").open;

export function ask({ title, text = "", fields = [], confirm = t("dialog.confirm"), wrong = () => "" }) {
  const dialog = byId("dialog");
  if (dialog.open) return Promise.resolve(null);
  const complaint = el("p", { class: "wrong", role: "alert" });
  const form = el("form", {}, ...fields);
  return new Promise((resolve) => {
    let answer = null;
    const done = () => {
      const said = Object.fromEntries(new FormData(form));
      const problem = wrong(said);
      setText(complaint, problem);
      if (problem) return form.querySelector("textarea, input:not([type=radio]), select")?.focus();
      answer = said;
      return dialog.close();
    };
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("keydown", (event) => {
      // Enter that ends a word in a Chinese input method is not meant for us.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      if (event.target.matches(".phrases button")) event.target.click();
      else done();
    });
    dialog.onclose = () => resolve(answer);
    dialog.replaceChildren(
      el("h2", {}, title),
      text ? el("p", {}, text) : null,
      form,
      complaint,
      el(
        "div",
        { class: "answers" },
        el("button", { type: "button", class: "quiet", on: { click: () => dialog.close() } }, t("dialog.cancel")),
        el("button", { type: "button", class: "main", on: { click: done } }, confirm),
      ),
    );
    for (const empty of [...dialog.childNodes].filter((node) => node.textContent === "null")) empty.remove();
    dialog.showModal();
    (form.querySelector("[autofocus], textarea, input, select") ?? dialog.querySelector(".main")).focus();
  });
}

export function words(label, { required = false, phrases = [] } = {}) {
  const area = el("textarea", { name: "why", rows: 3, maxlength: 2000, autofocus: true });
  const offer = (phrase) => {
    const add = () => {
      area.value = area.value ? `${area.value}${t("value.comma")}${phrase}` : phrase;
      area.focus();
    };
    return el("button", { type: "button", on: { click: add } }, phrase);
  };
  const title = required ? label : t("dialog.optional", { label });
  return el("div", { class: "field" }, el("label", {}, el("span", {}, title), area), el("div", { class: "phrases" }, ...phrases.map(offer)));
}

export function choice(name, label, options, chosen) {
  const select = el("select", { name }, ...options.map(([value, text]) => new Option(text, value)));
  select.value = chosen;
  return el("label", { class: "field" }, el("span", {}, label), select);
}

export function radios(name, label, options) {
  const one = ([value, text, hint], index) =>
    el("label", {}, el("input", { type: "radio", name, value, autofocus: index === 0 }), el("b", {}, text), el("small", {}, hint));
  return el("fieldset", { class: "field" }, el("legend", {}, label), ...options.map(one));
}
