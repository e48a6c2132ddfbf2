/** The words of the audit log. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const en = {
  title: "Audit log",
  about: "Who changed what of this Stoa and its workspaces. Passwords, keys and what people wrote are not in it.",
  list: "Newest first",
  kind: "Show",
  all: "Everything",
  kinds: {
    user: "Account",
    settings: "Application settings",
    connection: "Provider connection",
    budget: "Budget",
    price: "Price",
    key: "API key",
    workspace: "Workspace",
    member: "Member",
    invitation: "Invitation",
    route: "Route",
    cache: "Cache",
    alert: "Alert",
  } as Record<string, string>,
  verbs: {
    created: "created",
    updated: "changed",
    deleted: "deleted",
    disabled: "disabled",
    enabled: "enabled",
    added: "added",
    imported: "imported",
    removed: "removed",
    accepted: "accepted",
    revoked: "revoked",
    emptied: "emptied",
    acknowledged: "acknowledged",
    tested: "tested",
    switched: "switched",
  } as Record<string, string>,
  none: "No entries",
  noneYet: "Nothing has been changed yet.",
  noneOfKind: "Nothing of this kind has been changed.",
  gone: "Deleted account",
  commandLine: "On the command line",
  secret: "new, and not told",
  nothing: "nothing",
  arrow: "→",
  becomes: "now",
  count: (count: number, more: boolean) =>
    more ? `The newest ${number(count)} entries` : count === 1 ? "1 entry" : `${number(count)} entries`,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./audit-texts.de"));
