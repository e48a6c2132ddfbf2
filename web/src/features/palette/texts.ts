/** The words of the palette and of the sheet of shortcuts; loaded with the first of them. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const en = {
  title: "Commands",
  placeholder: "Search or run a command",
  results: "Results",
  count: (n: number) => (n === 0 ? "Nothing found" : n === 1 ? "1 result" : `${number(n)} results`),
  recent: "Recent conversations",
  conversations: "Conversations",
  nothing: (q: string) => `Nothing is called “${q}”`,
  nothingWhy: "Conversations, memories, files, pages, workspaces and commands are searched.",
  notSearched: "What is stored could not be searched.",
  current: "In force",
  choose: "choose",
  run: "open",
  close: "close",
  sheet: "Keyboard shortcuts",
  page: "On this page",
  writing: "While writing",
  send: "Send the message",
  newLine: "New line",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
