import type { Texts } from "./texts";

const de: Texts = {
  switcherOf: "Arbeitsbereich:",
  switcher: (name) => `Arbeitsbereich: ${name}`,
  personal: "Persönlich",
  onlyYou: "Nur Sie",
  members: "Mitglieder",
  settings: "Einstellungen des Bereichs",
  create: "Neuer Arbeitsbereich",
  invited: (workspace) => `Einladung zu „${workspace}“`,
  invitations: (count) => (count === 1 ? "1 Einladung" : `${count} Einladungen`),
  roles: { owner: "Eigentümer", admin: "Administration", member: "Mitglied", observer: "Nur lesend" },
};

export default de;
