/**
 * Finds the references in the text of an answer: `[1]`, `[1, 2]`, also several in a row. Only numbers that the answer has
 * sources for are references; everything else in brackets is the text that it is. Pure.
 */
const REFERENCE = /\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]/g;

/** The text in pieces: a string is text, a number is a reference. */
export function referencesIn(text: string, known: ReadonlySet<number>): (string | number)[] {
  const pieces: (string | number)[] = [];
  let from = 0;
  for (const match of text.matchAll(REFERENCE)) {
    const numbers = (match[1] ?? "").split(/[,;]/).map(Number);
    if (!numbers.every((number) => known.has(number))) continue;
    if (match.index > from) pieces.push(text.slice(from, match.index));
    pieces.push(...numbers);
    from = match.index + match[0].length;
  }
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}
