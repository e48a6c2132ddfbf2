/** The words of the composer and of the greeting above it. */
import { catalogue } from "../../../i18n/catalogue";
import { number } from "../../../i18n/format";

const en = {
  message: "Message",
  placeholder: "Ask anything",
  send: "Send",
  sendWith: (keys: string) => `Send (${keys})`,
  stop: "Stop",
  stopWith: (keys: string) => `Stop this answer (${keys})`,
  stopping: "Stopping…",
  hint: (sends: string, line: string) => `${sends} sends, ${line} makes a line`,
  focus: "Write a message",
  group: "In the message box",
  line: "Begin a line",
  recall: "Your last question again, when the box is empty",
  empty: "Write something to send it",
  busy: "Wait until the last message is on its way",
  noModel: "No model can be used. Open the list of models to see why.",
  uploading: "Wait until the files are uploaded",
  chars: (count: number, max: number) => `${number(count)} of ${number(max)} characters`,
  over: "It is too long to send: shorten it",
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

export const texts = catalogue(en, () => import("./texts.de"));
