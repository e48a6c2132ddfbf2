/** The words of the commands in the palette; loaded with it. */
import { catalogue } from "../i18n/catalogue";

const en = {
  groups: {
    conversation: "This conversation",
    actions: "Actions",
    found: "In memories, files and messages",
    places: "Go to",
    workspaces: "Workspaces",
    pages: "Settings",
    look: "Look and language",
  },
  untitled: "New conversation",
  searchAll: (q: string) => `Search everything for “${q}”`,
  personal: "Personal workspace",
  stop: "Stop the answer",
  pin: "Pin this conversation",
  unpin: "Unpin this conversation",
  archive: "Archive this conversation",
  restore: "Restore this conversation",
  copyLink: "Copy the link to this conversation",
  remove: "Delete this conversation",
  switchTo: (name: string) => `Go to ${name}`,
  help: "Keyboard shortcuts",
  logOut: "Log out",
  themes: { light: "Theme: light", dark: "Theme: dark", system: "Theme: as the system" },
  browserLanguage: "Language: as the browser",
  language: (name: string) => `Language: ${name}`,
  ofInstallation: "Installation",
  ofYou: "You",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./command-texts.de"));
