/** The messages of a catalogue in the current language; suspends while a language that was just chosen is being loaded. */
import { use } from "react";
import type { Catalogue } from "./catalogue";
import { useLocale } from "./locale";

export function useTexts<T>(texts: Catalogue<T>): T {
  // Always by `use`, also when they are there: React must see the same calls when it draws a suspended component again.
  return use(texts.load(useLocale()));
}
