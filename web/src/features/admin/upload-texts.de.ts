import { number } from "../../i18n/format";
import type { Texts } from "./upload-texts";

const de: Texts = {
  title: "Hochladen",
  about: "Was unter Dateien abgelegt werden darf, auch als Anhang einer Nachricht.",
  size: "Größte Datei",
  sizeHint: "Was größer ist, wird abgelehnt.",
  unit: "Einheit",
  between: (most) => `Mehr als nichts und höchstens ${number(most)} GiB`,
  allowed: "Erlaubte Typen",
  allowedHint: "Zum Beispiel image/* oder application/pdf, durch Kommas getrennt. Leer erlaubt alle.",
  all: "Alle",
  refused: "Nicht erlaubte Typen",
  refusedHint: "Auch wenn sie unter den erlaubten sind.",
  none: "Keine",
  save: "Speichern",
};

export default de;
