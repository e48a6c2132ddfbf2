/** The words of the list of batches and of one that has begun. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const prompts = (count: number) => (count === 1 ? "1 prompt" : `${number(count)} prompts`);
const models = (count: number) => (count === 1 ? "1 model" : `${number(count)} models`);

const en = {
  title: "Batches",
  new: "New batch",
  search: "Search the names",
  list: "Batches of this workspace",
  none: "No batches yet",
  noneWhy: "Ask many prompts of several models at once, or ask past conversations again of another model.",
  noneFound: (q: string) => `No batch is called “${q}”`,
  size: (rows: number, lanes: number) => `${prompts(rows)} × ${models(lanes)}`,
  sources: { prompts: "Prompts", csv: "Table", conversations: "Conversations" },
  status: {
    running: "Running",
    paused: "Paused",
    completed: "Completed",
    cancelled: "Cancelled",
    failed: "Stopped",
  },
  answered: (done: number, cells: number) => `${number(done)} of ${number(cells)} answered`,
  failedCount: (count: number) => `${number(count)} failed`,
  waitingCount: (count: number) => `${number(count)} waiting`,
  progress: "How far it has come",
  back: "All batches",
  menu: "More about this batch",
  rename: "Rename…",
  renameTitle: "Rename this batch",
  newName: "New name",
  pause: "Pause",
  resume: "Go on",
  stop: "Cancel",
  stopNow: "Cancel batch",
  stopTitle: "Cancel this batch?",
  stopNote: "What is being answered now is broken off. What has been answered stays, and you can let it go on later.",
  retry: (count: number) => (count === 1 ? "Try the failed one again" : `Try ${number(count)} failed again`),
  delete: "Delete…",
  deleteTitle: "Delete this batch?",
  deleteNote: (name: string) => `“${name}” and all its answers are gone for good. What it cost stays in the usage.`,
  deleteNow: "Delete batch",
  exportAs: {
    csv: "Export as CSV",
    json: "Export as JSON",
    markdown: "Export as Markdown",
    html: "Export as HTML",
    pdf: "Export as PDF",
  },
  /** Why it stands still, by the code of the reason. */
  standing: {
    requested: "It is paused. What was under way has been finished.",
    key_revoked:
      "It is paused: the API key it was asked with is revoked or has expired. Resume it to go on in your name.",
    member_left:
      "It is paused: whoever it was worked on for may not ask models in this workspace any more. Resume it to go on in your name.",
    user_disabled: "It is paused: the account it was worked on for is switched off. Resume it to go on in your name.",
  } as Record<string, string>,
  show: "Rows",
  filters: { all: "All", failed: "Failed", pending: "Waiting" },
  noRows: { failed: "Nothing has failed", pending: "Nothing is waiting" },
  grid: "Answers by prompt and model",
  prompt: "Prompt",
  rowNumber: (position: number) => `Row ${number(position + 1)}`,
  reference: "Reference",
  original: "Original answer",
  originalOf: (model: string) => `Original answer of ${model}`,
  perLane: (done: number, failed: number) =>
    failed ? `${number(done)} answered, ${number(failed)} failed` : `${number(done)} answered`,
  mean: (time: string) => `${time} on average`,
  pending: "Waiting",
  failed: "Failed",
  noWords: "No words",
  cutOff: "Ended at the limit of tokens",
  answeredBy: (model: string) => `Answered by ${model}`,
  attempts: "Attempts",
  latency: "Time",
  firstToken: "First word after",
  cost: "Cost",
  tokens: "Length",
  tokenCount: (count: number) => (count === 1 ? "1 token" : `${number(count)} tokens`),
  temperatureIs: (value: number) => `Temperature ${number(value)}`,
  tokensMax: (count: number) => `At most ${number(count)} tokens`,
  ownPrompt: "Own system prompt",
  cellPanel: "One row whole",
  previousRow: "Previous row",
  nextRow: "Next row",
  oneModel: "Model",
  allModels: "All models",
  columns: "Columns of the table",
  before: (turns: number) => (turns === 1 ? "1 message before it" : `${number(turns)} messages before it`),
  roles: { user: "Question", assistant: "Answer", system: "System prompt" } as Record<string, string>,
  openConversation: "Open the conversation",
  readOnly: "You can read in this workspace, but not write.",
  help: {
    group: "In a batch",
    move: "Move",
    open: "Open",
  },
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
