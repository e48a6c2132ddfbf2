/** A price as somebody types it. Pure. */

import type { CreatePrice, Price, UpdatePrice } from "../../api/types";
import { readAmount, typedAmount } from "./amount";

/** A name, the same in every language. */
export const EXAMPLE = "openai/gpt-5*";
export const PATTERN_MAX = 200;
export const NOTE_MAX = 500;

export interface Draft {
  pattern: string;
  /** From this moment on, or from the time in `from`. */
  when: "now" | "date";
  /** As `<input type="datetime-local">` has it, in the reader's time. */
  from: string;
  input: string;
  output: string;
  /** Empty: what other input costs. */
  cachedInput: string;
  cacheWrite: string;
  note: string;
}

export const emptyDraft = (pattern: string): Draft => ({
  pattern,
  when: "now",
  from: "",
  input: "",
  output: "",
  cachedInput: "",
  cacheWrite: "",
  note: "",
});

export function draftOf(price: Price): Draft {
  const asInput = (micros: number) => (micros === price.input_micros ? "" : typedAmount(micros));
  return {
    pattern: price.pattern,
    when: "date",
    from: localTime(new Date(price.valid_from)),
    input: typedAmount(price.input_micros),
    output: typedAmount(price.output_micros),
    cachedInput: asInput(price.cached_input_micros),
    cacheWrite: asInput(price.cache_write_micros),
    note: price.note,
  };
}

/** The next one of a pattern: the same amounts, which are easier to change than to look up. */
export function nextOf(price: Price | undefined, pattern: string): Draft {
  if (!price) return emptyDraft(pattern);
  return { ...draftOf(price), when: "now", from: "", note: "" };
}

/** 2026-12-01T09:30, in the time of the machine. */
export function localTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day}T${two(time.getHours())}:${two(time.getMinutes())}`;
}

export type Fault = "pattern" | "from" | "input" | "output" | "cachedInput" | "cacheWrite";

/** The fields that can not be sent as they are. */
export function faultsOf(draft: Draft): Set<Fault> {
  const pattern = draft.pattern.trim();
  const wrong = (text: string) => readAmount(text) === undefined;
  const faults: [Fault, boolean][] = [
    ["pattern", pattern === "" || /\s/.test(pattern) || [...pattern].length > PATTERN_MAX],
    ["from", draft.when === "date" && Number.isNaN(Date.parse(draft.from))],
    ["input", wrong(draft.input)],
    ["output", wrong(draft.output)],
    ["cachedInput", draft.cachedInput.trim() !== "" && wrong(draft.cachedInput)],
    ["cacheWrite", draft.cacheWrite.trim() !== "" && wrong(draft.cacheWrite)],
  ];
  return new Set(faults.filter(([, is]) => is).map(([fault]) => fault));
}

/** What is sent for a new one without faults. */
export function bodyOf(draft: Draft): CreatePrice {
  return {
    pattern: draft.pattern.trim(),
    ...(draft.when === "date" && { valid_from: new Date(draft.from).toISOString() }),
    input_micros: readAmount(draft.input) ?? 0,
    output_micros: readAmount(draft.output) ?? 0,
    cached_input_micros: readAmount(draft.cachedInput) ?? null,
    cache_write_micros: readAmount(draft.cacheWrite) ?? null,
    note: draft.note.trim(),
  };
}

/** Only what was changed: a time that is shown to the minute must not lose its seconds. */
export function changeOf(draft: Draft, before: Price): UpdatePrice {
  const was = draftOf(before);
  const body = bodyOf(draft);
  const { valid_from, cached_input_micros, cache_write_micros } = body;
  const input = body.input_micros !== before.input_micros;
  return {
    ...(body.pattern !== before.pattern && { pattern: body.pattern }),
    ...(draft.when === "now" && { valid_from: new Date().toISOString() }),
    ...(draft.when === "date" && draft.from !== was.from && { valid_from }),
    ...(input && { input_micros: body.input_micros }),
    ...(body.output_micros !== before.output_micros && { output_micros: body.output_micros }),
    // What costs the same as input goes on to.
    ...((input || draft.cachedInput.trim() !== was.cachedInput) && { cached_input_micros }),
    ...((input || draft.cacheWrite.trim() !== was.cacheWrite) && { cache_write_micros }),
    ...(body.note !== before.note && { note: body.note }),
  };
}
