/** Whole numbers as an administrator types them. Pure. */

/** A whole number from 1 to `most`; undefined when something else is written. */
export function readCount(text: string, most: number): number | undefined {
  const count = Number(text.trim());
  return text.trim() !== "" && Number.isInteger(count) && count >= 1 && count <= most ? count : undefined;
}

/** The same where nothing written means no limit, which is null. */
export function readLimit(text: string, most: number): number | null | undefined {
  return text.trim() === "" ? null : readCount(text, most);
}
