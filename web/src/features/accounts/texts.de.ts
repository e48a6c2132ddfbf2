import type { Texts } from "./texts";

const de: Texts = {
  accountOf: "Konto von",
  account: (name) => `Konto von ${name}`,
  administrator: "Administration",
  profile: "Profil",
  preferences: "Vorlieben",
  keys: "API-Schlüssel",
  help: "Tastenkürzel",
  administration: "Verwaltung",
  logOut: "Abmelden",
};

export default de;
