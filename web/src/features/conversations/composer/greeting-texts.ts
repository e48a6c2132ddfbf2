/** The words of the greeting; loaded with it. */
import { catalogue } from "../../../i18n/catalogue";

const en = {
  headline: "What shall we think about?",
  lead: "The answer goes on while you are away. Come back from any device, and it is there.",
  local: (model: string) => `A small model is ready: ${model} runs right here. It needs no key, and no other service.`,
  larger: "Add a provider key for larger models",
  starters: [
    { title: "Answer a message", text: "Help me answer this message. Keep it friendly and short.\n\n" },
    { title: "Sum up a text", text: "Sum up this text in five points, then tell me what it leaves open.\n\n" },
    {
      title: "Think a decision through",
      text: "Help me with a decision. First ask me what you need to know, one question at a time. It is about ",
    },
    {
      title: "Find a fault in code",
      text: "Find the fault in this code, explain it, and show me the smallest change that fixes it.\n\n",
    },
  ],
  nothingYet: "Nothing has been written here yet.",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./greeting-texts.de"));
