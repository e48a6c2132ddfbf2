import type { Texts } from "./shortcut-texts";

const de: Texts = {
  ctrl: "Strg",
  shift: "Umschalt",
  delete: "Entf",
};

export default de;
