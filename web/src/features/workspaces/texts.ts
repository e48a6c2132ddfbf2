/** The words of the switcher and of roles. The settings of a workspace have a catalogue of their own, loaded with them. */
import { catalogue } from "../../i18n/catalogue";

const en = {
  switcherOf: "Workspace:",
  switcher: (name: string) => `Workspace: ${name}`,
  personal: "Personal",
  onlyYou: "Only you",
  members: "Members",
  settings: "Workspace settings",
  create: "New workspace",
  invited: (workspace: string) => `Invitation to “${workspace}”`,
  invitations: (count: number) => (count === 1 ? "1 invitation" : `${count} invitations`),
  roles: { owner: "Owner", admin: "Administrator", member: "Member", observer: "Observer" },
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
