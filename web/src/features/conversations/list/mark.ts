/** Where a title contains what was searched for, so that the row can mark it. */

/** The title cut at each occurrence: every second part is a match. Case does not matter, as on the server. */
export function cutAt(title: string, q: string): string[] {
  const wanted = q.trim();
  if (!wanted) return [title];
  const pattern = wanted.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  return title.split(new RegExp(`(${pattern})`, "giu"));
}
