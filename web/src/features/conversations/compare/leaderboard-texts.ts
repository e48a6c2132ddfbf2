/** The words of the standings. */
import { catalogue } from "../../../i18n/catalogue";

const en = {
  title: "Leaderboard",
  about: "What the votes of this workspace say. Where two lines overlap, the votes do not tell the models apart yet.",
  tag: "Votes with the tag",
  all: "All votes",
  none: "No votes yet",
  noneWhy: "Compare models and say which answer is best. The standings come from that.",
  chart: "Rating",
  chartNote: "The dot is the rating, the line where it lies with 95 % certainty.",
  table: "Figures of the models",
  model: "Model",
  rating: "Rating",
  between: (value: string, low: string, high: string) => `${value} (${low} – ${high})`,
  votes: "Votes",
  record: "Won / tied / lost",
  cost: "Cost per answer",
  firstToken: "First word after",
  speed: "Speed",
  perSecond: (tokens: string) => `${tokens} tokens/s`,
  compare: "New comparison",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./leaderboard-texts.de"));
