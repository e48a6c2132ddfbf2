/** The words of the page of everybody's conversations. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const en = {
  title: "Conversations",
  about:
    "How many there are and what they cost. What was said in them is seen by the members of their workspace alone.",
  ofAll: "Of everybody",
  ofOne: "Of one person",
  showAll: "Show all",
  search: "Search titles",
  none: "No conversations",
  noneYet: "Nobody has begun one yet.",
  noneFound: (q: string) => `No title contains “${q}”.`,
  untitled: "Without a title",
  kinds: { comparison: "Comparison", breakout: "From a comparison" } as Record<string, string>,
  messages: (count: number) => (count === 1 ? "1 message" : `${number(count)} messages`),
  begun: (time: string) => `Begun ${time}`,
  count: (count: number, more: boolean) =>
    more
      ? `The first ${number(count)} conversations`
      : count === 1
        ? "1 conversation"
        : `${number(count)} conversations`,
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./conversations-texts.de"));
