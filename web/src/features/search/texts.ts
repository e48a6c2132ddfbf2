/** The words of the search page. */
import { catalogue } from "../../i18n/catalogue";
import { number } from "../../i18n/format";

const en = {
  title: "Search",
  field: "Search everything in this workspace",
  placeholder: "Search everything here",
  clear: "Clear",
  kinds: "Where to search",
  kind: { memory: "Memories", file: "Files", message: "Messages", command: "Commands" },
  one: { memory: "Memory", file: "File", message: "Message", command: "Command" },
  mode: "How to search",
  modes: { hybrid: "Words and meaning", vector: "Meaning only", text: "Words only" },
  layout: "Arrangement",
  layouts: { list: "Best first", groups: "By kind" },
  results: "Results",
  count: (count: number) => (count === 1 ? "1 passage" : `${number(count)} passages`),
  page: (page: number) => `page ${number(page)}`,
  untitled: "Untitled conversation",
  pending: (count: number) =>
    count === 1 ? "1 more is being indexed by meaning" : `${number(count)} more are being indexed by meaning`,
  textOnly: "found by words only, because no model of meaning is at hand",
  start: "What are you looking for?",
  startWhy: "One search over what is remembered, what is in the files, and what was said.",
  status: (passages: number) =>
    passages === 1 ? "1 passage can be found here." : `${number(passages)} passages can be found here.`,
  nothing: (q: string) => `Nothing was found for “${q}”`,
  nothingWhy: "Try fewer or other words, or search everywhere.",
  everywhere: "Search everywhere",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
