import type { Texts } from "./texts";

const de: Texts = {
  switcher: (name) => `Arbeitsbereich: ${name}`,
  personal: "Persönlich",
  onlyYou: "Nur Sie",
  members: "Mitglieder",
  settings: "Einstellungen des Bereichs",
  create: "Neuer Arbeitsbereich",
  roles: { owner: "Eigentum", admin: "Administration", member: "Mitglied", observer: "Nur lesend" },
};

export default de;
