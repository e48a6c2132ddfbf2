/** A list of prices as a spreadsheet has it: a heading, then a line for each. Pure. */

import type { CreatePrice } from "../../api/types";
import { readAmount } from "./amount";

/** What the server takes at once. */
const LINES_MAX = 500;
const COLUMNS = ["pattern", "valid_from", "input", "output", "cached_input", "cache_write", "note"] as const;
type ColumnName = (typeof COLUMNS)[number];
const NEEDED: readonly ColumnName[] = ["pattern", "input", "output"];

type Wrong = "column" | "missing" | "pattern" | "valid_from" | "amount" | "many";

interface LineFault {
  /** As editors count, from 1. */
  line: number;
  wrong: Wrong;
  /** The column, or what stands where one should be. */
  about: string;
}

export interface ReadCsv {
  prices: CreatePrice[];
  /** The line of each of them. */
  lines: number[];
  faults: LineFault[];
}

export function readCsv(text: string): ReadCsv {
  const rows = rowsOf(text);
  const [head, ...rest] = rows;
  if (!head) return { prices: [], lines: [], faults: [] };
  const names = head.cells.map((cell) => cell.trim().toLowerCase());
  const faults: LineFault[] = [
    ...names
      .filter((name) => !COLUMNS.some((known) => known === name))
      .map((about) => ({ line: head.line, wrong: "column" as const, about })),
    ...NEEDED.filter((name) => !names.includes(name)).map((about) => ({
      line: head.line,
      wrong: "missing" as const,
      about,
    })),
  ];
  if (rest.length > LINES_MAX)
    faults.push({ line: rest[LINES_MAX]?.line ?? 0, wrong: "many", about: String(rest.length) });
  if (faults.length > 0) return { prices: [], lines: [], faults };
  const read: ReadCsv = { prices: [], lines: [], faults };
  for (const { cells, line } of rest) {
    const cell = (name: ColumnName) => cells[names.indexOf(name)]?.trim() ?? "";
    const wrong = wrongIn(cell);
    for (const [about, why] of wrong) faults.push({ line, wrong: why, about });
    if (wrong.length > 0) continue;
    read.lines.push(line);
    read.prices.push(priceOf(cell));
  }
  return read;
}

function wrongIn(cell: (name: ColumnName) => string): [ColumnName, Wrong][] {
  const amounts = ["input", "output", "cached_input", "cache_write"] as const;
  const from = cell("valid_from");
  return [
    ...(cell("pattern") === "" || /\s/.test(cell("pattern"))
      ? ([["pattern", "pattern"]] as [ColumnName, Wrong][])
      : []),
    ...(from !== "" && Number.isNaN(Date.parse(from)) ? ([["valid_from", "valid_from"]] as [ColumnName, Wrong][]) : []),
    ...amounts
      .filter((name) => (NEEDED.includes(name) || cell(name) !== "") && readAmount(cell(name)) === undefined)
      .map((name): [ColumnName, Wrong] => [name, "amount"]),
  ];
}

function priceOf(cell: (name: ColumnName) => string): CreatePrice {
  const from = cell("valid_from");
  return {
    pattern: cell("pattern"),
    ...(from && { valid_from: new Date(from).toISOString() }),
    input_micros: readAmount(cell("input")) ?? 0,
    output_micros: readAmount(cell("output")) ?? 0,
    cached_input_micros: readAmount(cell("cached_input")) ?? null,
    cache_write_micros: readAmount(cell("cache_write")) ?? null,
    note: cell("note"),
  };
}

interface Row {
  cells: string[];
  line: number;
}

/** The lines that have something in them, taken apart at what the heading is divided by. */
function rowsOf(text: string): Row[] {
  const first = text.split(/\r?\n/).find((line) => line.trim() !== "") ?? "";
  const divider = [";", "\t", ","].find((each) => first.includes(each)) ?? ",";
  const rows: Row[] = [];
  let [cells, cell, quoted, line, began] = [[] as string[], "", false, 1, 1];
  const endRow = () => {
    cells.push(cell);
    if (cells.some((each) => each.trim() !== "")) rows.push({ cells, line: began });
    [cells, cell, began] = [[], "", line + 1];
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at] ?? "";
    if (quoted && char === '"' && text[at + 1] === '"') {
      cell += char;
      at += 1;
    } else if (char === '"') quoted = !quoted;
    else if (!quoted && char === divider) {
      cells.push(cell);
      cell = "";
    } else if (!quoted && char === "\n") endRow();
    else if (char !== "\r" && char !== "\uFEFF") cell += char;
    if (char === "\n") line += 1;
  }
  endRow();
  return rows;
}
