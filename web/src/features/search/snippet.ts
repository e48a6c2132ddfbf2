/**
 * The pieces of a hit's text as they are shown: blanks as one, neighbours of one kind as one piece, nothing empty, and without the
 * marks of headings and of emphasis. Pure.
 */
import type { SnippetPiece } from "../../api/types";

export function shownPieces(pieces: readonly SnippetPiece[]): SnippetPiece[] {
  const shown: SnippetPiece[] = [];
  for (const { text, hit } of pieces) {
    const last = shown.at(-1);
    let clean = text
      .replace(/(^|\s)#{1,6}\s/g, "$1")
      .replace(/\*\*|__/g, "")
      .replace(/\s+/g, " ");
    // A blank belongs to the piece before it, and none stands at the beginning.
    if (clean.startsWith(" ") && (!last || last.text.endsWith(" "))) clean = clean.slice(1);
    if (clean === "") continue;
    if (last && last.hit === hit) last.text += clean;
    else shown.push({ text: clean, hit });
  }
  const last = shown.at(-1);
  if (last) last.text = last.text.trimEnd();
  return shown.filter(({ text }) => text !== "");
}
