/** The words of what may be uploaded. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const en = {
  title: "Uploads",
  about: "What may be put into files, also by attaching it to a message.",
  size: "Largest file",
  sizeHint: "What is larger is refused.",
  unit: "Unit",
  between: (most: number) => `More than nothing, and at most ${number(most)} GiB`,
  allowed: "Types that are taken",
  allowedHint: "Such as image/* or application/pdf, divided by commas. Empty takes all.",
  all: "All",
  refused: "Types that are not taken",
  refusedHint: "Also when they are among those that are taken.",
  none: "None",
  save: "Save",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./upload-texts.de"));
