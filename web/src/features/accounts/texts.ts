/** The words of the account menu. The page before the page and the settings have catalogues of their own, loaded with them. */
import { catalogue } from "../../i18n/catalogue";

const en = {
  accountOf: "Account of",
  account: (name: string) => `Account of ${name}`,
  administrator: "Administrator",
  profile: "Profile",
  preferences: "Preferences",
  keys: "API keys",
  help: "Keyboard shortcuts",
  administration: "Administration",
  logOut: "Log out",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
