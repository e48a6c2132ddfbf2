/** The words of the standings. */
import { catalogue } from "../../../i18n/catalogue";
import { number } from "../../../i18n/format";

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
  cheapest: "Good enough for less",
  asGoodAs: "As good as",
  margin: "What is still good enough",
  within: (points: number) => `Up to ${number(points)} points less`,
  marginHint: (votes: number) => `It gets at least ${number(votes)} of 100 votes between the two.`,
  found: (name: string, than: string, margin: string) =>
    `${name} is the cheapest of those that are, with 95 % certainty, at most ${margin} points below ${than}.`,
  costs: (cost: string, than: string) => `An answer costs ${cost} instead of ${than}.`,
  noCheaper: (name: string) =>
    `As far as these votes tell, no cheaper model is as good as ${name}. More votes make narrower lines.`,
  forMe: "Use it for my new conversations",
  forMeNote:
    "It becomes your preference. In each conversation you can choose another, and those you have stay as they are.",
  forAll: "Use it for everybody",
  forAllNote:
    "It becomes the default model of this Stoa: new conversations in all workspaces begin with it, whatever they are about, unless somebody prefers another.",
  mineAlready: "Your new conversations begin with it already.",
  allAlready: "It is the default model of this Stoa already.",
  nowMine: (name: string) => `Your new conversations begin with ${name}.`,
  nowAll: (name: string) => `The default model of this Stoa is ${name}.`,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./leaderboard-texts.de"));
