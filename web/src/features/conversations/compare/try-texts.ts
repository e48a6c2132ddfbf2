/** The words of the page where a visitor tries it. */
import { catalogue } from "../../../i18n/catalogue";
import { number } from "../../../i18n/format";

const en = {
  title: "Try it",
  lead: "Ask some models the same question and see their answers side by side. These are mock models: they follow rules, cost nothing, and show how it feels. Nothing you write is kept.",
  logIn: "Log in",
  question: "Your question",
  models: (chosen: number, most: number) => `Models, ${number(chosen)} of at most ${number(most)}`,
  ask: "Ask",
  stop: "Stop",
  empty: "Write a question.",
  noModel: "Choose at least one model.",
  answers: "Answers side by side",
  answerOf: (name: string) => `Answer of ${name}`,
  waiting: "Waiting for the first word",
  nothing: "No answer.",
  firstWord: (time: string) => `First word after ${time}`,
  perSecond: (tokens: string) => `${tokens} tokens/s`,
  tokens: (count: number) => (count === 1 ? "1 token" : `${number(count)} tokens`),
  closed: "Not without an account",
  closedWhy: "An administrator can let visitors try the mock models. Here, one has to log in.",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./try-texts.de"));
