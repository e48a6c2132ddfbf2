/** A batch that is being made: what the form holds, what is still missing, and what is sent. Pure. */
import type { Model, ModelChoice, NewBatch } from "../../api/types";
import type { CsvTable } from "./csv";
import { unknownPlaces } from "./template";

export const KINDS = ["prompts", "table", "conversations"] as const;
type Kind = (typeof KINDS)[number];

/** What the server takes at most. */
export const CELLS_MAX = 20_000;
export const CONCURRENCY_MAX = 16;
export const LAST_MAX = 500;
export const CSV_BYTES_MAX = 8 * 1024 * 1024;
const ROWS_MAX = 10_000;

export interface Draft {
  name: string;
  kind: Kind;
  prompts: string;
  csv: string;
  table: CsvTable;
  template: string;
  /** The column of reference answers; empty for none. */
  expected: string;
  last: string;
  /** Conversations that were chosen elsewhere; empty for the latest. */
  ids: readonly string[];
  models: readonly ModelChoice[];
  temperature: string;
  maxTokens: string;
  system: string;
  concurrency: string;
}

export const EMPTY: Draft = {
  name: "",
  kind: "prompts",
  prompts: "",
  csv: "",
  table: { header: [], rows: [] },
  template: "",
  expected: "",
  last: "20",
  ids: [],
  models: [],
  temperature: "",
  maxTokens: "",
  system: "",
  concurrency: "4",
};

export function promptsOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

/** As far as it is known here: how many of somebody's conversations have an answer, the server knows. */
export function rowsOf({ kind, prompts, table, last, ids }: Draft): number {
  if (kind === "prompts") return promptsOf(prompts).length;
  if (kind === "table") return table.rows.length;
  return ids.length || (whole(last, 1, LAST_MAX) ?? 0);
}

export type Hindrance =
  | "noPrompt"
  | "noTable"
  | "noTemplate"
  | "unknownColumn"
  | "noModel"
  | "unusable"
  | "wrongNumber"
  | "tooMany";

/** What has to be done before it can start; the first of it. */
export function hindranceOf(draft: Draft, models: readonly Model[]): Hindrance | undefined {
  const { kind, table, template } = draft;
  const rows = rowsOf(draft);
  if (kind === "prompts" && rows === 0) return "noPrompt";
  if (kind === "table") {
    if (rows === 0) return "noTable";
    if (!template.trim()) return "noTemplate";
    if (unknownPlaces(template, table.header).length > 0) return "unknownColumn";
  }
  if (draft.models.length === 0) return "noModel";
  if (!draft.models.every(({ model }) => models.some(({ id, available }) => id === model && available)))
    return "unusable";
  if (numbersOf(draft).includes(undefined) || (kind === "conversations" && rows === 0)) return "wrongNumber";
  if (rows > ROWS_MAX || rows * draft.models.length > CELLS_MAX) return "tooMany";
  return undefined;
}

/** Null for what is left to the models. */
function numbersOf({ temperature, maxTokens, concurrency }: Draft): (number | null | undefined)[] {
  return [
    temperature.trim() ? within(temperature, 0, 2) : null,
    maxTokens.trim() ? whole(maxTokens, 1, 16_000) : null,
    whole(concurrency, 1, CONCURRENCY_MAX),
  ];
}

function within(typed: string, least: number, most: number): number | undefined {
  const value = Number(typed);
  return typed.trim() !== "" && value >= least && value <= most ? value : undefined;
}

function whole(typed: string, least: number, most: number): number | undefined {
  const value = within(typed, least, most);
  return Number.isInteger(value) ? value : undefined;
}

/** What is sent. Only for a draft that nothing hinders. */
export function bodyOf(draft: Draft): NewBatch {
  const [temperature, max_tokens, concurrency] = numbersOf(draft);
  const settings = {
    ...(temperature != null && { temperature }),
    ...(max_tokens != null && { max_tokens }),
    ...(draft.system.trim() && { system_prompt: draft.system }),
  };
  return {
    ...(draft.name.trim() && { name: draft.name.trim() }),
    models: [...draft.models],
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(concurrency != null && { concurrency }),
    ...sourceOf(draft),
  };
}

function sourceOf({ kind, prompts, csv, template, expected, last, ids }: Draft): Partial<NewBatch> {
  if (kind === "prompts") return { prompts: promptsOf(prompts) };
  if (kind === "table") return { csv: { text: csv, template, ...(expected && { expected_column: expected }) } };
  return { conversations: ids.length > 0 ? { ids: [...ids] } : { last: whole(last, 1, LAST_MAX) ?? 1 } };
}
