// The duty room's page. Words first, then the parts that show something, then the line that feeds them.

import * as handover from "./js/handover.js";
import * as header from "./js/header.js";
import * as i18n from "./js/i18n.js";
import * as keys from "./js/keys.js";
import * as list from "./js/list.js";
import * as live from "./js/live.js";
import * as panel from "./js/panel.js";
import * as presence from "./js/presence.js";
import * as seat from "./js/seat.js";
import * as silence from "./js/silence.js";

await i18n.start();
header.start();
list.start();
panel.start();
seat.start();
silence.start();
handover.start();
keys.start();
presence.start();
await live.start();
