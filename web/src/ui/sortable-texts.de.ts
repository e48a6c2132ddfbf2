import { number } from "../i18n/format";
import type { Texts } from "./sortable-texts";

const de: Texts = {
  handle: (name, place, of) =>
    `${name} verschieben, ${number(place)} von ${number(of)}. Die Pfeiltasten verschieben es.`,
  moved: (name, place, of) => `${name} ist jetzt ${number(place)} von ${number(of)}.`,
};

export default de;
