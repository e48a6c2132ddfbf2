/** The messages of a catalogue in the current language; suspends while a language that was just chosen is being loaded. */
import { use } from "react";
import type { Catalogue } from "./catalogue";
import { useLocale } from "./locale";

export function useTexts<T>(texts: Catalogue<T>): T {
  const locale = useLocale();
  return texts.loaded(locale) ?? use(texts.load(locale));
}
