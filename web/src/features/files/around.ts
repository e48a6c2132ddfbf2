/** A text cut at a place in it. The server counts characters, and a character may be two of this language's units. Pure. */
export function aroundPlace(
  text: string,
  start: number | null | undefined,
  end: number | null | undefined,
): [before: string, marked: string, after: string] {
  if (start == null || end == null || end <= start || start < 0) return [text, "", ""];
  const from = unitsOf(text, 0, start);
  const to = unitsOf(text, from, end - start);
  return [text.slice(0, from), text.slice(from, to), text.slice(to)];
}

/** Where so many characters after `from` end. */
function unitsOf(text: string, from: number, characters: number): number {
  let at = from;
  for (let count = 0; count < characters && at < text.length; count += 1)
    at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return at;
}
