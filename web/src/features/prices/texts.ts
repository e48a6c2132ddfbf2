/** The words of prices. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const prices = (count: number) => (count === 1 ? "1 price" : `${number(count)} prices`);

const en = {
  title: "Prices",
  about:
    "What a million tokens cost, in US dollars, and from when on. A call costs what was valid when it began; what was charged stays as it is.",
  list: "By model",
  search: "Search patterns and notes",
  create: "Set a price",
  import: "Import…",
  emptyTitle: "No prices yet",
  empty:
    "Without one, models cost nothing here, unless their connection says otherwise. Budgets and the cost of answers need prices.",
  nothingTitle: "Nothing found",
  nothing: (q: string) => `No pattern and no note contains “${q}”.`,
  count: (shown: number, more: boolean) => (more ? `The first ${prices(shown)}` : prices(shown)),
  from: "Valid",
  input: "Input",
  output: "Output",
  cachedInput: "Cached input",
  cacheWrite: "Cache writes",
  actions: "Actions",
  since: (when: string) => `Since ${when}`,
  begins: (when: string) => `From ${when}`,
  now: "Now",
  soon: (when: string) => `Begins ${when}`,
  past: "Past",
  by: (name: string) => `by ${name}`,
  noModel: "No model that you see has such a name now.",
  next: "New price…",
  nextFor: (pattern: string) => `New price for ${pattern}`,
  earlier: (count: number) => (count === 1 ? "1 earlier price" : `${number(count)} earlier prices`),
  more: (pattern: string, when: string) => `Actions for ${pattern}, ${when}`,
  change: "Change…",
  remove: "Remove…",

  changeTitle: "Change the price",
  pattern: "Model",
  patternHint:
    "As it is called here; * stands for any characters. An exact name counts before a pattern, a longer pattern before a shorter.",
  patternWrong: (max: number) => `A name or a pattern without blanks, at most ${number(max)} characters.`,
  matches: (names: string, others: number) =>
    others === 0 ? `Now: ${names}` : `Now: ${names} and ${number(others)} more`,
  ownPrices: (count: number) =>
    count === 1
      ? "1 of them has a price of its connection, which counts."
      : `${number(count)} of them have a price of their connection, which counts.`,
  when: "Valid",
  whenChoices: { now: "From now on", date: "From a day on" },
  date: "Day and time",
  dateHint: "In your time. One that is past changes nothing that was charged.",
  dateMissing: "Choose a day and a time.",
  dateTaken: "There is a price for this from this moment on already.",
  amounts: "A million tokens, in US dollars",
  amountWrong: (max: number) => `A number between 0 and ${number(max)}`,
  asInput: "As input",
  cachedInputHint: "What a provider has read before.",
  cacheWriteHint: "What is put there to be read again.",
  note: "Note",
  notePlaceholder: "Where it is from, for instance",
  begunNote: "This price has begun. Calls charged before keep their cost.",
  setPrice: "Set price",
  saved: "The price is saved.",

  removeTitle: (pattern: string, when: string) => `Remove the price of ${pattern}, ${when}?`,
  removeText:
    "Calls then cost what the price before it says, or another pattern, or nothing. What was charged stays as it is.",
  removeAction: "Remove price",
  removed: "The price is removed.",

  importTitle: "Import prices",
  importText: "A table with a heading, out of a spreadsheet (CSV). All of it is taken, or nothing.",
  columnsNeeded: "Columns: pattern, input, output",
  columnsOther: "and if you like valid_from, cached_input, cache_write, note",
  file: "Choose a file…",
  table: "Table",
  tablePlaceholder: "pattern,valid_from,input,output\nopenai/gpt-5*,2026-12-01,1.25,10",
  ready: (count: number) => `${prices(count)} can be imported.`,
  importAction: (count: number) => `Import ${prices(count)}`,
  importing: "Importing…",
  imported: (count: number) => `${prices(count)} imported.`,
  importTaken: "One of these is there already: the same pattern from the same moment on. Nothing was imported.",
  line: (line: number, what: string) => `Line ${number(line)}: ${what}`,
  wrong: {
    column: (about: string) => `“${about}” is no column that is known.`,
    missing: (about: string) => `The column ${about} is missing.`,
    pattern: () => "The pattern is missing, or has a blank in it.",
    valid_from: () => "The day is written like 2026-12-01, or with a time like 2026-12-01T09:00Z.",
    amount: (about: string) => `${about} is no amount.`,
    many: (about: string) => `${about} lines are too many at once; 500 are the most.`,
  },
  faultsMore: (count: number) => `And ${number(count)} more.`,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
