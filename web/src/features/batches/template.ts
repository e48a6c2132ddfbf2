/** A prompt with places for the columns of a table: `Translate {{text}} into {{language}}`. Pure. */
const PLACE = /\{\{\s*([^{}\s](?:[^{}]*[^{}\s])?)\s*\}\}/g;

/** The names between braces, each once, in their order. */
export function placesOf(template: string): string[] {
  return [...new Set([...template.matchAll(PLACE)].map(([, name = ""]) => name))];
}

/** Those for which the table has no column. */
export function unknownPlaces(template: string, columns: readonly string[]): string[] {
  return placesOf(template).filter((name) => !columns.includes(name));
}

/** What a row makes of it. A column that it lacks is left as it stands. */
export function fillTemplate(template: string, columns: readonly string[], row: readonly string[]): string {
  return template.replace(PLACE, (whole, name: string) => {
    const at = columns.indexOf(name);
    return at < 0 ? whole : (row[at] ?? "");
  });
}

/** Where one begins: the column that sounds like a prompt, else the first. */
export function firstTemplate(columns: readonly string[]): string {
  const column = columns.find((name) => /^(prompts?|questions?|input|text|frage)$/i.test(name)) ?? columns[0];
  return column ? `{{${column}}}` : "";
}
