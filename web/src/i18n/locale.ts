/**
 * The language of the page: English or German, as the user chose it, else as the browser asks for it.
 *
 * The choice is kept in this browser, so that the next start speaks it before the server has answered; the user's preferences
 * on the server are the truth and overwrite it (`routes/shell.tsx`).
 */
import { useSyncExternalStore } from "react";

export const LOCALES = ["en", "de"] as const;
export type Locale = (typeof LOCALES)[number];

/** The name that a language has for itself: found by who reads no other. */
export const LOCALE_NAMES: Record<Locale, string> = { en: "English", de: "Deutsch" };

const KEY = "stoa-locale";
const listeners = new Set<() => void>();
let current: Locale = "en";

export function currentLocale(): Locale {
  return current;
}

/** The tag for `Intl`: the reader's own region when the language is theirs (`en-GB`), else the bare language. */
export function localeTag(): string {
  return wanted().find((tag) => tag.split("-")[0] === current) ?? current;
}

/** What to start with: the kept choice, else the first of the browser's languages that there is. */
export function detectLocale(): Locale {
  const kept = readKept();
  if (isLocale(kept)) return kept;
  return (
    wanted()
      .map((tag) => tag.split("-")[0])
      .find(isLocale) ?? "en"
  );
}

/** Makes a language current. Its catalogues must have been loaded; call `speak` of `catalogue.ts` instead. */
export function setLocale(locale: Locale): void {
  if (typeof document !== "undefined") document.documentElement.lang = locale;
  if (locale === current) return;
  current = locale;
  for (const listener of listeners) listener();
}

/** Keeps the choice for the next start; null leaves it to the browser. */
export function keepLocale(locale: Locale | null): void {
  try {
    if (locale) localStorage.setItem(KEY, locale);
    else localStorage.removeItem(KEY);
  } catch {}
}

export function useLocale(): Locale {
  return useSyncExternalStore(subscribe, currentLocale, currentLocale);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

function isLocale(tag: string | null | undefined): tag is Locale {
  return LOCALES.some((locale) => locale === tag);
}

function wanted(): readonly string[] {
  return typeof navigator === "undefined" ? [] : navigator.languages;
}

function readKept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
