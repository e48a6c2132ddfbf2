import { bytes, number } from "../../../../i18n/format";
import type { Texts } from "./agent-texts";

const de: Texts = {
  sentTo: (agent) => `Für ${agent}`,
  remove: (name) => `${name} von der Liste nehmen`,
  retry: (name) => `${name} noch einmal senden`,
  uploading: (part) => `${number(Math.round(part * 100))} %`,
  arriving: "Wird angenommen",
  waiting: "Wartet",
  sent: "Gesendet",
  failed: "Nicht gesendet",
  why: (name, why) => `${name}: ${why}`,
  late: "Das Gateway hat die Datei nicht innerhalb von 30 Sekunden angenommen.",
  unavailable: "Der Agent ist gerade nicht erreichbar.",
  refused: {
    count: (_name, count) => `Mehr als ${number(count)} Dateien auf einmal gehen nicht.`,
    size: (name, _count, max) => `„${name}“ ist zu groß: höchstens ${bytes(max)} sind möglich.`,
    empty: (name) => `„${name}“ ist leer.`,
    kind: (name) => `„${name}“ ist keine Datei, die sich senden lässt.`,
    twice: (name) => `„${name}“ steht schon auf der Liste.`,
  },
};

export default de;
