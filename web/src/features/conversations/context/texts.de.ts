import { number } from "../../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  title: "Was Antworten wissen",
  beside: "Immer zur Hand",
  besideNote: "Diese Erinnerungen bekommt jede Antwort.",
  besideNone: "Noch keine. Fügen Sie hier eine hinzu.",
  paused: "Ausgesetzt",
  pause: (title) => `„${title}“ aussetzen`,
  resume: (title) => `„${title}“ wieder aufnehmen`,
  remove: (title) => `„${title}“ entfernen`,
  addField: "Erinnerung hinzufügen",
  noneFound: "Keine Erinnerung heißt so.",
  state: (active, paused) =>
    paused === 0 ? `${number(active)} aktiv` : `${number(active)} aktiv, ${number(paused)} ausgesetzt`,

  closeTitle: "In einer Erinnerung festhalten",
  closeNote:
    "Liest die Unterhaltung und schlägt vor, was zu behalten ist. Der Vorschlag kommt in den Eingang, wo Sie ihn annehmen oder ablehnen.",
  closeAction: "Erinnerung vorschlagen",
  closing: "Die Unterhaltung wird gelesen…",
  closed: "Eine Erinnerung ist vorgeschlagen. Sie wartet im Eingang.",
  closeFailed: (why) => `Es ließ sich nichts vorschlagen. ${why}`,
  toInbox: "Zum Eingang",
};

export default de;
