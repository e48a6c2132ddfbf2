/**
 * Reads a table of separated values for its preview: quotes, line breaks within them, commas, semicolons or tabs. Pure; what counts is how
 * the server reads the same text.
 */
export interface CsvTable {
  /** The names of the columns: the first line. */
  header: string[];
  rows: string[][];
}

const SEPARATORS = [",", ";", "\t"] as const;

/** Lines that have nothing in them are no rows. */
export function parseCsv(text: string): CsvTable {
  const plain = text.replace(/^\uFEFF?[\r\n]*/, "");
  const [header = [], ...rows] = cellsOf(plain, separatorOf(plain)).filter((row) => row.some((cell) => cell !== ""));
  return { header: header.map((name) => name.trim()), rows };
}

/** The one that the first line has most of, as the server decides. */
function separatorOf(text: string): string {
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const count = (separator: string) => first.split(separator).length;
  return SEPARATORS.reduce((best, each) => (count(each) > count(best) ? each : best));
}

function cellsOf(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (quoted) {
      if (char !== '"') cell += char;
      else if (text[at + 1] === '"') {
        cell += char;
        at += 1;
      } else quoted = false;
    } else if (char === '"' && cell === "") quoted = true;
    else if (char === separator) {
      row.push(cell);
      cell = "";
    } else if (char === "\n" || char === "\r") {
      if (char === "\r" && text[at + 1] === "\n") at += 1;
      rows.push([...row, cell]);
      row = [];
      cell = "";
    } else cell += char;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  return rows;
}
