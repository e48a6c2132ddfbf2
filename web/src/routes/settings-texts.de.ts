import type { Texts } from "./settings-texts";

const de: Texts = {
  title: "Einstellungen",
  back: "Zurück zu den Unterhaltungen",
  you: "Sie",
  personal: "Persönlicher Arbeitsbereich",
  installation: "Installation",
  pages: {
    profile: "Profil",
    preferences: "Vorlieben",
    security: "Passwort und Sitzungen",
    keys: "API-Schlüssel",
    "my-connections": "Ihre Anbieterschlüssel",
    usage: "Verbrauch",
    general: "Allgemein",
    members: "Mitglieder",
    connections: "Anbieterverbindungen",
    routes: "Routen",
    budgets: "Budgets",
    "workspace-keys": "API-Schlüssel",
    "workspace-usage": "Verbrauch",
    users: "Konten",
    "all-conversations": "Unterhaltungen",
    "system-connections": "Anbieterverbindungen",
    "all-routes": "Routen",
    "all-keys": "API-Schlüssel",
    health: "Zustand der Anbieter",
    "all-budgets": "Budgets",
    prices: "Preise",
    "all-usage": "Verbrauch",
    audit: "Protokoll",
    performance: "Leistung",
    installation: "Anwendung",
    "new-workspace": "Neuer Arbeitsbereich",
  },
};

export default de;
