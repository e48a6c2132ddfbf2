/** The words in answers that are not the model's. */
import { catalogue } from "../../i18n/catalogue";

const en = {
  copyCode: "Copy code",
  plainText: "text",
  table: "Table",
  formula: "Formula",
  done: "done",
  open: "open",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
