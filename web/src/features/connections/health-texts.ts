/** The words of how the providers do. */
import { catalogue } from "../../i18n/catalogue";

const en = {
  title: "Provider health",
  about: "Which connections work, and how the models behind them answer.",
  manage: "Provider connections",
  trouble: "Needs attention",
  none: "No connection that is switched on has a fault that is known.",
  unsaid: "It said nothing of why.",
  lastWell: (when: string) => `Last worked ${when}.`,
  neverWell: "It has not worked yet.",
  list: "Connections",
  since: (span: string) =>
    `Those of the installation, of this workspace and your own. Calls are those of this server since its start (${span}).`,
  connection: "Connection",
  state: "State",
  calls: "Calls",
  errors: "Failed",
  part: (count: string, part: string) => `${count} (${part})`,
  firstWord: "First word, p95",
  speed: "Tokens/s",
  cost: "Cost",
  read: "Models read",
  nothing: "–",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./health-texts.de"));
