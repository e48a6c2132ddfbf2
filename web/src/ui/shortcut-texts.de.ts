import type { Texts } from "./shortcut-texts";

const de: Texts = {
  ctrl: "Strg",
  // As it is printed on German keyboards.
  shift: "⇧",
  delete: "Entf",
};

export default de;
