import type { Texts } from "./texts";

const de: Texts = {
  skip: "Zum Inhalt springen",
  side: "Arbeitsbereich und Unterhaltungen",
  list: "Unterhaltungen",
  hideList: "Liste ausblenden",
  toggleList: "Liste ein- oder ausblenden",
  pages: "Seiten",
  search: "Suche",
  memories: "Erinnerungen",
  files: "Dateien",
  compare: "Vergleichen",
  leaderboard: "Rangliste",
  batches: "Stapel",
  newConversation: "Neue Unterhaltung",
  failed: "Das hat nicht geklappt",
  tryAgain: "Noch einmal versuchen",
  missing: "Hier ist nichts",
  missingTitle: "Nicht gefunden",
  missingWhy: "Es wurde gelöscht, oder es gehört jemand anderem.",
  home: "Zu Ihren Unterhaltungen",
};

export default de;
