/** The words of what can be done with the whole of a conversation; loaded with it. */
import { catalogue } from "../../../i18n/catalogue";

const en = {
  pinnedMessages: "Pinned messages",
  nothingPinned: "Nothing is pinned. Pin a message to find it again.",
  lookingForPinned: "Looking through older messages…",
  lookFurther: "Look further back",
  conversationMenu: "More about this conversation",
  rename: "Rename",
  pinConversation: "Pin conversation",
  unpinConversation: "Unpin conversation",
  archive: "Archive",
  restore: "Restore from the archive",
  copyLink: "Copy link",
  linkCopied: "Link copied",
  linkNotCopied: "The link could not be copied",
  exportMarkdown: "Export as Markdown",
  exportPdf: "Export as PDF",
  exportJson: "Export as JSON",
  exportJsonNote: "With every version",
  delete: "Delete",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
