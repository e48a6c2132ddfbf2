/** The words of what limits API keys, of those of workspaces, and of everybody's. */
import type { StandingLimit } from "../../../api/types";
import { catalogue } from "../../../i18n/catalogue";
import { number } from "../../../i18n/format";
import type { Rate } from "./key-limits";

const en = {
  workspace: {
    title: "API keys of the workspace",
    about:
      "For applications. They call models and nothing else, their calls count for the workspace, and they stay when who made them leaves.",
    list: "Keys of this workspace",
    emptyTitle: "No API keys of the workspace yet",
    empty: "With such a key an application calls the models of this workspace, in nobody’s name.",
    nameHint: "The application that will use it.",
  },
  limits: "Limits",
  models: "Models it may use",
  modelsHint: "Divided by commas; openai/* stands for all models of a connection. Empty lets it use all.",
  allModels: "All",
  rates: {
    requests_per_minute: "Requests a minute",
    tokens_per_minute: "Tokens a minute",
    concurrent: "Requests at once",
  } as Record<Rate, string>,
  unlimited: "Not limited",
  between: (most: number) => `A whole number from 1 to ${number(most)}, or nothing`,
  only: (models: string) => `only ${models}`,
  requests: (count: string) => `${count} requests a minute`,
  tokens: (count: string) => `${count} tokens a minute`,
  atOnce: (count: string) => `${count} at once`,
  change: "Change",
  changeNamed: (name: string) => `Change ${name}`,
  changeTitle: (name: string) => `Change “${name}”`,
  changed: (name: string) => `“${name}” is changed.`,
  own: {
    title: "Your limits right now",
    about:
      "Set by an administrator. They hold for all your keys together, not for what you ask in the browser. An answer under way counts as the most tokens it may take.",
    what: {
      requests: "Requests in the last minute",
      tokens: "Tokens in the last minute",
      concurrent: "Requests under way",
    } as Record<StandingLimit["what"], string>,
    of: (used: string, limit: string) => `${used} of ${limit}`,
  },
  all: {
    title: "API keys",
    about: "Everybody’s keys, and those of workspaces. The keys themselves are stored nowhere.",
    list: "Oldest first",
    search: "Search by name or owner",
    none: "No API keys",
    noneYet: "Nobody has made one yet.",
    noneFound: (q: string) => `No key and no owner is called “${q}”.`,
    ofPerson: (name: string, email: string) => `${name} (${email})`,
    ofWorkspace: (workspace: string, maker: string) => `Workspace ${workspace}, made by ${maker}`,
    count: (count: number, more: boolean) =>
      more ? `The first ${number(count)} keys` : count === 1 ? "1 key" : `${number(count)} keys`,
    more: "Show more",
    loadingMore: "Loading…",
  },
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./key-texts.de"));
