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
  /** The same promise every time, which React's `use` reads at once when it is fulfilled. */
  load(locale: Locale): Promise<T>;
  /** The messages of the current language; English for the moment in which they are still being loaded. */
  now(): T;
}

const all = new Set<Catalogue<unknown>>();

export function catalogue<T>(en: T, german: () => Promise<{ default: T }>): Catalogue<T> {
  let de: T | undefined;
  let loading: Promise<T> | undefined;
  const english = fulfilled(Promise.resolve(en), en);
  const made: Catalogue<T> = {
    en,
    loaded: (locale) => (locale === "de" ? de : en),
    load(locale) {
      if (locale === "en") return english;
      if (loading) return loading;
      const asked = german().then(
        (module) => module.default,
        // Not reachable now: English until the next start is better than a page that waits.
        () => en,
      );
      loading = asked.then((messages) => {
        de = messages;
        if (loading) fulfilled(loading, messages);
        return messages;
      });
      return loading;
    },
    now: () => made.loaded(currentLocale()) ?? en,
  };
  all.add(made);
  return made;
}

/** Marks a promise as React marks those it has seen through, so that reading it does not put the component off. */
function fulfilled<T>(promise: Promise<T>, value: T): Promise<T> {
  return Object.assign(promise, { status: "fulfilled", value });
}

/** Speaks a language from now on: loads what is on the page first, so that nothing appears in the wrong one. */
export async function speak(choice: Locale | null): Promise<void> {
  keepLocale(choice);
  const locale = choice ?? detectLocale();
  await Promise.all([...all].map((each) => each.load(locale)));
  setLocale(locale);
}
