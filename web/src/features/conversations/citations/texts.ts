/** The words of an answer's sources. */
import { catalogue } from "../../../i18n/catalogue";
import { number } from "../../../i18n/format";

const en = {
  sources: "Sources",
  count: (count: number) => (count === 1 ? "1 source" : `${number(count)} sources`),
  source: (index: number, title: string) => `Source ${number(index)}: ${title}`,
  kinds: { memory: "Memory", file: "File", message: "Message", command: "Command" },
  page: (page: number) => `page ${number(page)}`,
  untitled: "A message",
  open: { memory: "Open the memory", file: "Open the file here", message: "Go to the message", command: "Open" },
  gone: "The source is not there any more, or has changed since. This is what the answer was given:",
  nothing: "Nothing that fits was found in what this conversation draws on.",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
