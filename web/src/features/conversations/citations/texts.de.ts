import { number } from "../../../i18n/format";
import type { Texts } from "./texts";

const de: Texts = {
  sources: "Quellen",
  count: (count) => (count === 1 ? "1 Quelle" : `${number(count)} Quellen`),
  source: (index, title) => `Quelle ${number(index)}: ${title}`,
  kinds: { memory: "Erinnerung", file: "Datei", message: "Nachricht", command: "Befehl" },
  page: (page) => `Seite ${number(page)}`,
  untitled: "Eine Nachricht",
  open: { memory: "Die Erinnerung öffnen", file: "Die Datei hier öffnen", message: "Zur Nachricht", command: "Öffnen" },
  gone: "Die Quelle ist nicht mehr da oder hat sich geändert. Das lag der Antwort vor:",
  nothing: "In dem, worauf sich diese Unterhaltung stützt, wurde nichts Passendes gefunden.",
};

export default de;
