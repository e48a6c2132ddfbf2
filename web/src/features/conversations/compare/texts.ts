/** The words of a comparison that has begun. */
import { catalogue } from "../../../i18n/catalogue";
import { number } from "../../../i18n/format";

const list = (names: readonly string[]) => names.join(", ");

const en = {
  comparison: "Comparison",
  answers: "Answers side by side",
  lanes: "Models of this comparison",
  menu: "More about this comparison",
  readOnly: "You can read in this workspace, but not write.",
  notAsked: "Was not asked this.",
  answerOf: (name: string) => `Answer of ${name}`,
  askedOnly: (names: readonly string[]) => `Asked only ${list(names)}`,
  askWhom: "The next question goes to",
  toAll: "To all",
  toSome: (some: number, all: number) => `To ${number(some)} of ${number(all)}`,
  temperatureIs: (value: number) => `Temperature ${number(value)}`,
  tokensMax: (count: number) => `At most ${number(count)} tokens`,
  ownPrompt: "Own system prompt",
  searching: "Looking for sources",
  waiting: "Waiting for the first word",
  states: { waiting: "Waiting", writing: "Writing" },
  firstToken: "First word after",
  speed: "Speed",
  tokens: "Length",
  cost: "Cost",
  perSecond: (tokens: string) => `${tokens} tokens/s`,
  tokenCount: (count: number) => (count === 1 ? "1 token" : `${number(count)} tokens`),
  tryAgain: "Try again",
  stopOne: (name: string) => `Stop ${name}`,
  again: (name: string) => `Let ${name} answer again`,
  breakOut: (name: string) => `Go on with ${name} alone`,
  earlierOf: (name: string) => `Earlier answer of ${name}`,
  laterOf: (name: string) => `Later answer of ${name}`,
  versionOf: (index: number, count: number) => `${number(index)} of ${number(count)}`,
  doesNotCount: "Written before; the latest answer counts.",
  best: "Best",
  bestOf: (name: string) => `${name} is best`,
  bestNote: "The best answer; mark several when they are as good as each other",
  vote: "Your vote",
  whichIsBest: "Which answer is best?",
  voted: {
    best: (names: readonly string[]) => `You found ${list(names)} best.`,
    tie: (names: readonly string[]) => `You found these as good as each other: ${list(names)}.`,
    all_bad: () => "You found all of them bad.",
  },
  tie: "All the same",
  allBad: "All bad",
  reason: "Why?",
  tags: "Tags, divided by commas",
  keep: "Keep",
  reveal: "Reveal the models",
  revealTitle: "Reveal which model is which?",
  revealNote: "Everybody in this workspace sees the names then, and your votes stay as they are.",
  leaderboard: "Leaderboard",
  exportAs: {
    markdown: "Export as Markdown",
    html: "Export as HTML",
    pdf: "Export as PDF",
    json: "Export as JSON",
  },
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
