// The line to the server: one list, then every change of it. A line that has gone quiet is cut, and said to be.

import { state } from "./state.js";
import { useZone } from "./format.js";

const QUIET_MS = 12000; // the server speaks every five seconds
const AGAIN_MS = 2000;
const LISTED = 200;
let source = null;
let spokenAt = 0;

export async function start() {
  setInterval(watch, 1000);
  await begin();
}

async function begin() {
  source?.close();
  source = null;
  try {
    await readAll();
  } catch {
    state.setLink("cut");
    setTimeout(begin, AGAIN_MS);
  }
}

async function readAll() {
  const [network, alerts] = await Promise.all([read("/api/network"), read(`/api/alerts?limit=${LISTED}&open=true&tests=false`)]);
  know(network);
  state.active = alerts.active;
  state.heard(alerts.now);
  state.replace(alerts.alerts);
  listen(alerts.change);
}

function know(network) {
  if (network.name === state.network.name && network.timezone === state.network.timezone) return;
  useZone(network.timezone);
  state.network = network;
  state.tell("network");
}

// A console that begins anew may have another configuration, and the browser opens the line to it by itself.
async function askNetwork(line) {
  try {
    know(await read("/api/network"));
  } catch {
    setTimeout(() => line === source && askNetwork(line), AGAIN_MS);
  }
}

async function read(path) {
  const answer = await fetch(path, { cache: "no-store", signal: AbortSignal.timeout(8000) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.json();
}

function listen(after) {
  const line = new EventSource(`/api/alerts/stream?after=${after}`);
  source = line;
  spokenAt = performance.now();
  line.onopen = () => (spoken(), askNetwork(line));
  line.addEventListener("alert", (event) => {
    spoken();
    state.put(JSON.parse(event.data));
  });
  line.addEventListener("cameras", (event) => {
    spoken();
    state.cameras = JSON.parse(event.data).cameras;
    state.tell("cameras");
  });
  line.addEventListener("load", (event) => {
    spoken();
    state.tell("load", JSON.parse(event.data));
  });
  line.addEventListener("tick", (event) => tick(JSON.parse(event.data)));
  line.addEventListener("reset", () => line === source && begin());
  line.onerror = () => {
    if (line !== source) return;
    state.setLink("cut");
    // The browser comes back by itself, unless the server has refused it.
    if (line.readyState === EventSource.CLOSED) setTimeout(() => line === source && begin(), AGAIN_MS);
  };
}

function tick({ now, active, problem }) {
  state.heard(now);
  spoken();
  state.active = active;
  state.problem = problem;
  state.tell("tick");
}

function spoken() {
  spokenAt = performance.now();
  state.setLink("live");
}

function watch() {
  if (source && state.link === "live" && performance.now() - spokenAt > QUIET_MS) {
    state.setLink("cut");
    begin();
  }
}
