/** The words of a conversation: its messages and its header. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const en = {
  newConversation: "New conversation",
  messages: "Messages",
  beginning: "The beginning of the conversation",
  loadingOlder: "Loading older messages…",
  olderFailed: "Older messages could not be loaded. Try again",
  toEnd: "To the end",
  newText: "New text",
  writing: "An answer is being written.",
  written: "The answer is finished.",
  textKept: (why: string) => `${why} Your text is kept.`,
  readOnly: "You may read this workspace, but not write in it.",
  empty: "Nothing has been written here yet.",

  you: "You",
  answerFrom: (model: string) => `Answer from ${model}`,
  model: "Model",
  showAll: "Show all",
  showLess: "Show less",
  waiting: "Waiting for the first word",
  thinking: "Thinking…",
  reasoning: "Reasoning",
  words: (count: number) => (count === 1 ? "1 word" : `${number(count)} words`),
  tokens: (count: number) => (count === 1 ? "1 token" : `${number(count)} tokens`),

  regenerate: "Regenerate",
  continue: "Continue",
  tryAgain: "Try again",
  earlierVersion: "Earlier version",
  laterVersion: "Later version",
  versionOf: (index: number, count: number) => `${number(index)} of ${number(count)}`,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
