import { number } from "../../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  message: "Nachricht",
  placeholder: "Fragen Sie, was Sie möchten",
  send: "Senden",
  sendWith: (keys) => `Senden (${keys})`,
  stop: "Anhalten",
  stopWith: (keys) => `Diese Antwort anhalten (${keys})`,
  stopping: "Wird angehalten …",
  hint: (sends, line) => `${sends} sendet, ${line} beginnt eine Zeile`,
  focus: "Nachricht schreiben",
  group: "Im Nachrichtenfeld",
  line: "Neue Zeile beginnen",
  recall: "Ihre letzte Frage zurückholen, wenn das Feld leer ist",
  empty: "Schreiben Sie etwas, um es zu senden",
  busy: "Warten Sie, bis die letzte Nachricht unterwegs ist",
  noModel: "Kein Modell ist verfügbar. Die Liste der Modelle zeigt, warum.",
  add: "Dateien anhängen oder Quellen wählen",
  attach: "Dateien anhängen …",
  attachNote: "Die nächste Antwort stützt sich darauf",
  toAgent: (agent) => `Datei an ${agent} senden …`,
  toAgentNote: "Geht sofort an das Gateway und bleibt nicht hier",
  sending: "Warten Sie, bis die Dateien gesendet sind",
  everything: "Auf alles stützen",
  memories: "Auf alle Erinnerungen stützen",
  choose: "Auf einen Ordner oder Dateien stützen …",
  uploading: "Warten Sie, bis die Dateien gelesen sind",
  chars: (count, max) => `${number(count)} von ${number(max)} Zeichen`,
  over: "Zu lang zum Senden: bitte kürzen",
};

export default de;
