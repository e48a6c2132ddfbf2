import { bytes, number } from "../../../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  drop: "Dateien hier ablegen",
  dropNote: (count, max) =>
    max === undefined
      ? `Bis zu ${number(count)} Dateien`
      : `Bis zu ${number(count)} Dateien mit je höchstens ${bytes(max)}`,
  drawsOn: "Die nächste Antwort stützt sich auf",
  drewOn: "Worauf sich die Antwort stützt",
  everything: "Alles",
  memories: "Alle Erinnerungen",
  gone: "Gelöscht",
  remove: (name) => `${name} entfernen`,
  retry: (name) => `${name} noch einmal hochladen`,
  uploading: (part) => `${number(Math.round(part * 100))} %`,
  waiting: "Wartet",
  reading: "Wird gelesen",
  failed: "Nicht hochgeladen",
  useless: "Nicht gelesen",
  why: (name, why) => `${name}: ${why}`,
  refused: {
    count: (_name, count) => `Eine Nachricht kann höchstens ${number(count)} Dateien haben.`,
    size: (name, _count, max) => `„${name}“ ist zu groß: höchstens ${bytes(max)} sind möglich.`,
    empty: (name) => `„${name}“ ist leer.`,
    kind: (name) => `„${name}“ ist keine Datei, die sich anhängen lässt.`,
    twice: (name) => `„${name}“ ist schon angehängt.`,
  },
};

export default de;
