import type { Texts } from "./texts";

const de: Texts = {
  pinnedMessages: "Angeheftete Nachrichten",
  nothingPinned: "Nichts ist angeheftet. Was Sie anheften, finden Sie hier wieder.",
  lookingForPinned: "Ältere Nachrichten werden durchgesehen …",
  lookFurther: "Weiter zurück suchen",
  conversationMenu: "Mehr zu dieser Unterhaltung",
  rename: "Umbenennen",
  pinConversation: "Unterhaltung anheften",
  unpinConversation: "Unterhaltung nicht mehr anheften",
  archive: "Archivieren",
  restore: "Aus dem Archiv holen",
  copyLink: "Link kopieren",
  linkCopied: "Link kopiert",
  linkNotCopied: "Der Link konnte nicht kopiert werden",
  exportMarkdown: "Als Markdown exportieren",
  exportPdf: "Als PDF exportieren",
  exportJson: "Als JSON exportieren",
  exportJsonNote: "Mit allen Fassungen",
  delete: "Löschen",
};

export default de;
