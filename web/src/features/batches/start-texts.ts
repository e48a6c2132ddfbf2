/** The words of the page where a batch is made. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const prompts = (count: number) => (count === 1 ? "1 prompt" : `${number(count)} prompts`);
const models = (count: number) => (count === 1 ? "1 model" : `${number(count)} models`);

const en = {
  title: "New batch",
  lead: "Many prompts to one or more models. It goes on by itself, also when you leave and when the server restarts.",
  back: "All batches",
  name: "Name",
  nameNone: "As the first prompt begins",
  what: "What is asked",
  kinds: { prompts: "Prompts", table: "A table", conversations: "Past conversations" },
  prompts: "Prompts, one on each line",
  promptsPlaceholder: "What is a lighthouse for?\nWhen is the lamp lit?",
  promptCount: prompts,
  csvFile: "CSV file",
  csvHint: "Its first line has the names of the columns. Up to 8 MB.",
  csvPaste: "Or paste its text",
  csvRows: (rows: number, columns: number) =>
    `${rows === 1 ? "1 row" : `${number(rows)} rows`}, ${columns === 1 ? "1 column" : `${number(columns)} columns`}`,
  csvBeginning: "Beginning of the table",
  csvTooLarge: "The file has more than 8 MB.",
  csvUnreadable: "The file could not be read.",
  template: "Prompt",
  templateHint: "Each row makes one prompt. The columns stand in it between braces.",
  insert: "Insert a column",
  insertOf: (column: string) => `Insert the column ${column}`,
  unknown: (names: readonly string[]) => `The table has no column ${names.map((name) => `“${name}”`).join(", ")}`,
  firstPrompt: "The first prompt",
  expected: "Column with an answer to look at beside",
  expectedNone: "None",
  expectedHint: "It is shown beside what the models say, and no model sees it.",
  last: "How many",
  lastHint:
    "Your latest conversations that have an answer. The last question of each is asked again, with everything before it as it was.",
  chosen: (count: number) =>
    count === 1
      ? "One conversation: its last question is asked again, with everything before it as it was."
      : `${number(count)} conversations: the last question of each is asked again, with everything before it as it was.`,
  lastInstead: "Take my latest conversations instead",
  models: "Models",
  modelCount: (count: number, max: number) => `${number(count)} of at most ${number(max)}`,
  modelName: "Name in this batch",
  more: "Settings for all models",
  temperature: "Temperature",
  temperatureNone: "As the model has it",
  maxTokens: "Tokens at most for an answer",
  system: "System prompt",
  systemColumns: "Columns can stand in it, too, between braces.",
  concurrency: "Calls at once",
  concurrencyHint: (most: number) =>
    `From 1 to ${number(most)}. More is faster, and what a provider allows still holds.`,
  estimate: "Before it starts",
  calls: (items: number, lanes: number, cells: number) =>
    `${prompts(items)} × ${models(lanes)} = ${cells === 1 ? "1 call" : `${number(cells)} calls`}`,
  free: "It costs nothing.",
  estimating: "Reckoning…",
  tooMany: (cells: number, most: number) =>
    `That is ${number(cells)} calls; a batch has at most ${number(most)}. Take fewer prompts or models.`,
  hindrances: {
    noPrompt: "Write a prompt",
    noTable: "Choose a CSV file",
    noTemplate: "Write the prompt",
    noModel: "Choose a model",
    unusable: "One of the models can not be used now",
    wrongNumber: "One of the numbers is not possible",
  },
  start: "Start",
  starting: "Starting…",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./start-texts.de"));
