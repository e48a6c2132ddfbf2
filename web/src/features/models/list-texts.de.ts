import type { Texts } from "./list-texts";

const de: Texts = {
  models: "Modelle",
  search: "Modell suchen",
  recent: "Zuletzt verwendet",
  tags: "Nach Schlagwort",
  routes: "Routen",
  found: "Gefunden",
  nothing: (query) => `Kein Modell heißt „${query}“.`,
  noRule: (tag) =>
    `Keine Route ist die Regel für ${tag}. Wählen Sie ein Modell, oder machen Sie in der Rangliste eine Regel.`,
  none: "Es gibt noch kein Modell.",
  byDefault: "Standard",
  tools: "Ruft Werkzeuge auf",
  vision: "Sieht Bilder",
  reasoning: "Denkt nach, bevor es antwortet",
  local: "Läuft hier",
  context: (size) => `${size} Kontext`,
  contextExact: (size) => `Platz für ${size} Token`,
  prices: (input, output) => `${input} ein · ${output} aus`,
  pricesNote: "Preise je Million Token, gelesen und geschrieben",
  pricesChange: (when) => `Sie ändern sich am ${when}.`,
  off: "Im Moment nicht verfügbar.",
  manage: "Anbieterschlüssel …",
};

export default de;
