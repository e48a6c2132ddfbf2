/** The words of the palette's button; what it finds has a catalogue of its own, loaded with it. */
import { catalogue } from "../i18n/catalogue";

const en = {
  palette: "Commands",
  help: "Keyboard shortcuts",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./palette-texts.de"));
