/** The words of the list of conversations. */
import { catalogue } from "../../../i18n/catalogue";
import { number } from "../../../i18n/format";

const en = {
  untitled: "New conversation",
  title: "Conversations",
  new: "New conversation",
  search: "Search titles",
  searchArchive: "Search the archive",
  clear: "Clear the search",
  archived: "Archived conversations",
  archivedTitle: "Archived",
  leaveArchive: "Back to all conversations",
  groups: {
    pinned: "Pinned",
    today: "Today",
    yesterday: "Yesterday",
    week: "Previous 7 days",
    month: "Previous 30 days",
  },
  writing: "An answer is being written",
  pinned: "Pinned",
  foreign: "Begun by somebody else",
  moreTitle: "More",
  more: (title: string) => `More for ${title}`,
  rename: "Rename",
  newTitle: "New title",
  pin: "Pin",
  unpin: "Unpin",
  archive: "Archive",
  restore: "Restore",
  copyLink: "Copy link",
  linkCopied: "Link copied",
  linkNotCopied: "The browser did not allow copying",
  exportMarkdown: "Export as Markdown",
  exportPdf: "Export as PDF",
  replay: "Ask other models again…",
  delete: "Delete",
  deleted: (title: string) => `“${title}” deleted`,
  archivedNow: (title: string) => `“${title}” archived`,
  undo: "Undo",
  empty: "No conversations yet",
  emptyWhy: "What you ask is kept here.",
  noneArchived: "Nothing in the archive",
  noneArchivedWhy: "Archive a conversation to get it out of the way without losing it.",
  noneFound: (q: string) => `No title contains “${q}”`,
  found: (n: number, more: boolean) =>
    more ? `More than ${number(n)} found` : n === 1 ? "1 found" : `${number(n)} found`,
  tryAgain: "Try again",
  help: {
    group: "In the list",
    move: "Move",
    open: "Open",
    rename: "Rename",
    delete: "Delete",
  },
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
