/** The words of what calls of models add up to. */
import { catalogue } from "../../i18n/catalogue";

const en = {
  title: "Usage",
  about: {
    me: "What your calls of models add up to, in all workspaces and with your API keys.",
    workspace: "What everybody’s calls of models add up to in this workspace.",
    installation: "What everybody’s calls of models add up to, here and through the API.",
  },
  range: "Time",
  ranges: { week: "7 days", month: "30 days", quarter: "90 days", year: "A year" },
  none: "No calls in this time",
  noneYet: "Answers, titles and searches are counted a minute after they have ended.",
  daily: "Day by day",
  utc: "Days begin at midnight UTC. The last minute may be missing.",
  parts: "In detail",
  divided: "Divided by",
  by: { model: "Model", purpose: "Purpose", workspace: "Workspace", user: "Person" },
  byOf: {
    model: "Usage by model",
    purpose: "Usage by purpose",
    workspace: "Usage by workspace",
    user: "Usage by person",
  },
  purposes: {
    chat: "Answers",
    embeddings: "Search index",
    title: "Titles of conversations",
    close: "Memories of conversations",
    query: "Questions for the search",
    batch: "Batches",
  } as Record<string, string>,
  gone: { workspace: "Deleted workspace", user: "Deleted account" },
  nobody: { workspace: "Outside of workspaces", user: "Nobody" },
  cost: "Cost",
  calls: "Calls",
  failures: "Failed",
  read: "Read",
  written: "Written",
  tokens: "tokens",
  perCall: (cost: string) => `${cost} a call`,
  failed: (count: string, part: string) => `${count} failed (${part})`,
  noneFailed: "None failed",
  firstWord: "First word",
  speed: "Tokens/s",
  unknown: "–",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
