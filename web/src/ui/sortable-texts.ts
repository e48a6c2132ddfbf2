/** The words of lists whose order is changed. */
import { catalogue } from "../i18n/catalogue";
import { number } from "../i18n/format";

const en = {
  handle: (name: string, place: number, of: number) =>
    `Move ${name}, ${number(place)} of ${number(of)}. The arrow keys move it.`,
  moved: (name: string, place: number, of: number) => `${name} is now ${number(place)} of ${number(of)}.`,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./sortable-texts.de"));
