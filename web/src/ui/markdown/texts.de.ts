import type { Texts } from "./texts";

const de: Texts = {
  copyCode: "Code kopieren",
  plainText: "Text",
  table: "Tabelle",
  formula: "Formel",
  done: "erledigt",
  open: "offen",
};

export default de;
