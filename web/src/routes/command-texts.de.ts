import type { Texts } from "./command-texts";

const de: Texts = {
  groups: {
    conversation: "Diese Unterhaltung",
    actions: "Aktionen",
    found: "In Erinnerungen, Dateien und Nachrichten",
    places: "Gehe zu",
    workspaces: "Arbeitsbereiche",
    pages: "Einstellungen",
    look: "Aussehen und Sprache",
  },
  untitled: "Neue Unterhaltung",
  searchAll: (q) => `Überall nach „${q}“ suchen`,
  personal: "Persönlicher Arbeitsbereich",
  stop: "Antwort anhalten",
  pin: "Diese Unterhaltung anheften",
  unpin: "Diese Unterhaltung lösen",
  archive: "Diese Unterhaltung archivieren",
  restore: "Diese Unterhaltung wiederherstellen",
  copyLink: "Link zu dieser Unterhaltung kopieren",
  remove: "Diese Unterhaltung löschen",
  switchTo: (name: string) => `Zu ${name} wechseln`,
  help: "Tastenkürzel",
  logOut: "Abmelden",
  themes: { light: "Design: hell", dark: "Design: dunkel", system: "Design: wie das System" },
  browserLanguage: "Sprache: wie der Browser",
  language: (name: string) => `Sprache: ${name}`,
  ofInstallation: "Installation",
  ofYou: "Sie",
};

export default de;
