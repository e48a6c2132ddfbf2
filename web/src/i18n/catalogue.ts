/**
 * Message catalogues: one per folder that has words, English inline, German loaded when it is spoken.
 *
 *   texts.ts      const en = { save: "Save", left: (n: number) => … }
 *                 export type Texts = typeof en
 *                 export const texts = catalogue(en, () => import("./texts.de"))
 *   texts.de.ts   const de: Texts = { … }; export default de
 *   a component   const t = useTexts(texts)            elsewhere   texts.now().save
 *
 * A message that takes something is a function, so plurals and word order are plain code, and the compiler is the check: a
 * message that German lacks, or that takes other arguments there, does not compile.
 */
import { currentLocale, detectLocale, keepLocale, type Locale, setLocale } from "./locale";

export interface Catalogue<T> {
  readonly en: T;
  /** The messages of a language, when they are there. */
  loaded(locale: Locale): T | undefined;
  load(locale: Locale): Promise<T>;
  /** The messages of the current language; English for the moment in which they are still being loaded. */
  now(): T;
}

const all = new Set<Catalogue<unknown>>();

export function catalogue<T>(en: T, german: () => Promise<{ default: T }>): Catalogue<T> {
  let de: T | undefined;
  let loading: Promise<T> | undefined;
  const made: Catalogue<T> = {
    en,
    loaded: (locale) => (locale === "de" ? de : en),
    load(locale) {
      if (locale === "en") return Promise.resolve(en);
      loading ??= german().then(
        (module) => {
          de = module.default;
          return de;
        },
        () => {
          // Not reachable now: English until the next start is better than a page that waits.
          de = en;
          return en;
        },
      );
      return loading;
    },
    now: () => made.loaded(currentLocale()) ?? en,
  };
  all.add(made);
  return made;
}

/** Speaks a language from now on: loads what is on the page first, so that nothing appears in the wrong one. */
export async function speak(choice: Locale | null): Promise<void> {
  keepLocale(choice);
  const locale = choice ?? detectLocale();
  await Promise.all([...all].map((each) => each.load(locale)));
  setLocale(locale);
}
