import type { Texts } from "./shortcut-texts";

const de: Texts = {
  ctrl: "Strg",
  shift: "Umschalt",
  escape: "Esc",
  delete: "Entf",
};

export default de;
