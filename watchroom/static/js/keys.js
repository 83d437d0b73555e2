// The keyboard: j/k or arrows move, Enter plays, Esc closes; letters act, as the buttons say.

import { byKey } from "./acts.js";
import { isOpen } from "./dialog.js";
import { byId } from "./dom.js";
import { reveal, visible } from "./list.js";
import { playOrPause } from "./panel.js";
import { state } from "./state.js";

const STEPS = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 };
const OWN_ENTER = "header button, summary, .panel button, .panel a, #fresh, .empty button, .kind button"; // what Enter presses by itself

export function start() {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isOpen()) return;
    if (event.key === "Escape") return close();
    if (event.target.closest("select, input, textarea, video")) return;
    if (event.key in STEPS) {
      event.preventDefault();
      move(STEPS[event.key]);
    } else if (event.key === "Enter" && !event.target.closest(OWN_ENTER)) {
      event.preventDefault();
      play();
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      state.unfold(state.alerts.get(state.selected), event.key === "ArrowRight");
    } else if (!event.repeat && byKey(event.key.toLowerCase(), state.alerts.get(state.selected))) {
      event.preventDefault();
    }
  });
}

function move(step) {
  const ids = visible();
  if (!ids.length) return;
  const at = ids.indexOf(state.selected);
  const next = at < 0 ? ids[0] : ids[Math.min(ids.length - 1, Math.max(0, at + step))];
  if (next !== state.selected) state.select(next);
  reveal(next);
}

function play() {
  const focused = document.activeElement?.closest("#alerts li")?.dataset.id ?? state.selected ?? visible()[0];
  if (!focused) return;
  if (focused === state.selected && byId("panel").querySelector("video")) playOrPause();
  else state.select(focused, true);
}

function close() {
  if (byId("rings").open || byId("silence").open) byId("rings").open = byId("silence").open = false;
  else if (state.selected) state.select(null);
}
