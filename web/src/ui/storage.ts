/**
 * Small texts that this browser keeps for the user between visits: drafts. Gone with the session, because the next person
 * at this browser may be another one.
 */
const PREFIX = "stoa:";

// Storage can be full, or switched off: the text then lives as long as the page.

export function readText(name: string): string {
  try {
    return localStorage.getItem(PREFIX + name) ?? "";
  } catch {
    return "";
  }
}

/** An empty text takes the entry away. */
export function keepText(name: string, text: string): void {
  try {
    if (text) localStorage.setItem(PREFIX + name, text);
    else localStorage.removeItem(PREFIX + name);
  } catch {}
}

export function forgetTexts(): void {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
    for (const name of names) localStorage.removeItem(name);
  } catch {}
}
