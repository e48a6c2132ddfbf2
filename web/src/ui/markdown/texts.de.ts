import type { Texts } from "./texts";

const de: Texts = {
  copyCode: "Code kopieren",
  code: "Code",
  plainText: "Text",
  table: "Tabelle",
  formula: "Formel",
  image: "Bild",
  done: "erledigt",
  open: "offen",
};

export default de;
