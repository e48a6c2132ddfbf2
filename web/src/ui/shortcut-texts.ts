/** What is printed on the keys. */
import { catalogue } from "../i18n/catalogue";

const en = {
  ctrl: "Ctrl",
  shift: "Shift",
  delete: "Del",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./shortcut-texts.de"));
