/** The words of the frame and of the pages that say that there is none. */
import { catalogue } from "../i18n/catalogue";

const en = {
  skip: "Skip to the content",
  side: "Workspace and conversations",
  list: "Conversations",
  hideList: "Hide the list",
  toggleList: "Show or hide the list",
  pages: "Pages",
  search: "Search",
  memories: "Memories",
  files: "Files",
  compare: "Compare",
  leaderboard: "Leaderboard",
  batches: "Batches",
  newConversation: "New conversation",
  failed: "That did not work",
  tryAgain: "Try again",
  missing: "There is nothing here",
  missingTitle: "Not found",
  missingWhy: "It was deleted, or it belongs to somebody else.",
  home: "To your conversations",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
