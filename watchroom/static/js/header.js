// The bar on top: the network, its cameras, the active alerts, and whether this page can be believed.

import { byId, el, setText } from "./dom.js";
import { clockTime, fullTime, span } from "./format.js";
import { other, t, use } from "./i18n.js";
import { RINGS, state } from "./state.js";

const DOWN_FIRST = { offline: 0, stalled: 0, undecodable: 0, unknown: 1, connecting: 2 };
const order = (camera) => DOWN_FIRST[camera.state] ?? 3; // pictures that come and are not well
let context = null; // for the sound; a browser makes one only after a click

export function start() {
  state.on("network", showAll);
  state.on("alerts", showActive);
  state.on("tick", () => (showActive(), showLink()));
  state.on("cameras", showCameras);
  state.on("link", showLink);
  state.on("alert", ({ fresh }) => fresh && context && beep());
  state.on("language", showAll);
  byId("language").addEventListener("click", switchLanguage);
  byId("sound").addEventListener("click", switchSound);
  document.addEventListener("click", closeCameras);
  setInterval(showTime, 1000);
  showAll();
}

function showAll() {
  showNetwork();
  showCameras();
  showActive();
  showLink();
  showTime();
  showSound();
  setText(byId("language"), t("language.other"));
  byId("language").lang = other() === "zh" ? "zh-CN" : "en";
}

function showNetwork() {
  setText(byId("network"), state.network.name);
}

function showActive() {
  setText(byId("active").querySelector("b"), String(state.active));
  byId("active").classList.toggle("some", state.active > 0);
  document.title = t("app.title", { active: state.active, network: state.network.name });
}

function showCameras() {
  const rings = RINGS.map((ring) => ringCount(ring, state.cameras.filter((camera) => camera.ring === ring)));
  byId("rings").querySelector("summary").replaceChildren(...rings.filter(Boolean));
  byId("cameras").replaceChildren(...cameraList());
}

function ringCount(ring, cameras) {
  if (!cameras.length) return null;
  const live = cameras.filter((camera) => camera.state === "live").length;
  const down = cameras.length - live;
  return el(
    "span",
    { class: down ? "ring down" : "ring" },
    el("i", {}, t(`ring.${ring}`)),
    el("b", {}, t("header.ring", { live, total: cameras.length })),
    down ? el("em", {}, t("header.down", { n: down })) : null,
  );
}

function cameraList() {
  const down = state.cameras.filter((camera) => camera.state !== "live");
  if (!down.length) return [el("p", {}, t("cameras.well", { n: state.cameras.length }))];
  down.sort((a, b) => order(a) - order(b) || a.id.localeCompare(b.id));
  const rows = down.map((camera) =>
    el(
      "li",
      { "data-state": camera.state },
      el("b", {}, camera.name),
      el("code", {}, camera.id),
      el("span", {}, t(`camera.${camera.state}`)),
      el("small", {}, camera.reason),
    ),
  );
  return [el("p", {}, t("cameras.down", { n: down.length })), el("ul", {}, ...rows)];
}

function closeCameras(event) {
  const rings = byId("rings");
  if (rings.open && !rings.contains(event.target)) rings.open = false;
}

function showLink() {
  const link = state.link === "live" && state.problem ? "trouble" : state.link;
  const pill = byId("link");
  pill.dataset.link = link;
  setText(pill, t(`link.${link}`));
  document.body.classList.toggle("stale", link === "cut");
  showCut();
}

function showCut() {
  const banner = byId("cut");
  const text = cutText();
  banner.hidden = !text;
  banner.classList.toggle("trouble", state.link === "live");
  setText(banner, text);
}

function cutText() {
  if (state.link === "cut") {
    if (state.heardAt === null) return t("cut.never");
    return t("cut.lost", { time: fullTime(state.heardAt), age: span(state.now() - state.heardAt) });
  }
  return state.link === "live" && state.problem ? t("cut.trouble", { problem: state.problem }) : "";
}

function showTime() {
  setText(byId("clock"), clockTime(state.now()));
  byId("clock").title = `${fullTime(state.now())} ${state.network.timezone}`;
  if (state.link === "cut") showCut();
}

async function switchLanguage() {
  await use(other());
  state.tell("language");
}

function switchSound() {
  if (context) {
    context.close();
    context = null;
  } else {
    context = new AudioContext();
    beep();
  }
  showSound();
}

function showSound() {
  byId("sound").setAttribute("aria-pressed", String(Boolean(context)));
  setText(byId("sound"), t(context ? "sound.on" : "sound.off"));
}

function beep() {
  const [tone, gain] = [context.createOscillator(), context.createGain()];
  tone.frequency.value = 740;
  gain.gain.setValueAtTime(0.15, context.currentTime);
  gain.gain.exponentialRampToValueAtTime(0.001, context.currentTime + 0.5);
  tone.connect(gain).connect(context.destination);
  tone.start();
  tone.stop(context.currentTime + 0.5);
}
