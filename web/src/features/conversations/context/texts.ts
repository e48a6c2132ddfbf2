/** The words of the panel of what the answers of a conversation know. */
import { catalogue } from "../../../i18n/catalogue";
import { number } from "../../../i18n/format";

const en = {
  title: "What answers know",
  collection: "Answers draw on",
  collectionNote: "Before an answer is written, what fits the question is looked for here, and cited.",
  everything: "Everything",
  everythingNote: "All memories, files and messages of this workspace",
  memories: "All memories",
  memoriesNote: "What is kept on the memories page",
  files: "Folder or files",
  filesNone: "None",
  choose: "Choose…",
  chooseTitle: "Draw on a folder or files",
  chooseFolder: (name: string) => `The whole of “${name}”`,
  chooseFiles: (count: number) => (count === 1 ? "This file" : `These ${number(count)} files`),
  removeFile: (name: string) => `Do not draw on ${name}`,
  gone: "Deleted",

  beside: "Always at hand",
  besideNote: "These memories are given to every answer.",
  besideNone: "None yet. Add one here, or take a suggestion.",
  paused: "Paused",
  pause: (title: string) => `Pause “${title}”`,
  resume: (title: string) => `Resume “${title}”`,
  remove: (title: string) => `Remove “${title}”`,
  add: (title: string) => `Add “${title}”`,
  addField: "Add a memory",
  noneFound: "No memory is called like this.",
  suggested: "Suggested",
  suggestedNote: "They fit what is talked about.",
  state: (active: number, paused: number) =>
    paused === 0 ? `${number(active)} on` : `${number(active)} on, ${number(paused)} paused`,

  closeTitle: "Close into a memory",
  closeNote:
    "Reads the conversation and proposes what is worth keeping. It goes into the inbox, where you accept or reject it.",
  closeAction: "Propose a memory",
  closing: "Reading the conversation…",
  closed: "A memory is proposed. It waits in the inbox.",
  closeFailed: (why: string) => `Nothing could be proposed. ${why}`,
  toInbox: "To the inbox",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
