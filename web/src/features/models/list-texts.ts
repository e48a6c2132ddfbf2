/** The words of the list of models. */
import { catalogue } from "../../i18n/catalogue";

const en = {
  models: "Models",
  search: "Find a model",
  recent: "Used last",
  found: "Found",
  tags: "By tag",
  routes: "Routes",
  nothing: (query: string) => `No model is called “${query}”.`,
  noRule: (tag: string) => `No route is the rule for ${tag}. Choose a model, or make a rule on the leaderboard.`,
  none: "There is no model yet.",
  byDefault: "Default",
  tools: "Calls tools",
  vision: "Sees images",
  reasoning: "Reasons before it answers",
  local: "Runs here",
  context: (size: string) => `${size} context`,
  contextExact: (size: string) => `Room for ${size} tokens`,
  prices: (input: string, output: string) => `${input} in · ${output} out`,
  pricesNote: "Prices per million tokens, read and written",
  pricesChange: (when: string) => `They change on ${when}.`,
  off: "It can not be used now.",
  manage: "Provider keys…",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./list-texts.de"));
