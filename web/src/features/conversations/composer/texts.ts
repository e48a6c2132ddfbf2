/** The words of the composer. */
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
  add: "Attach files, or choose what to draw on",
  attach: "Attach files…",
  attachNote: "The next answer draws on them",
  toAgent: (agent: string) => `Send a file to ${agent}…`,
  toAgentNote: "To the gateway at once; it is not kept here",
  sending: "Wait until the files have been sent",
  everything: "Draw on everything",
  memories: "Draw on all memories",
  choose: "Draw on a folder or files…",
  uploading: "Wait until the files have been read",
  chars: (count: number, max: number) => `${number(count)} of ${number(max)} characters`,
  over: "It is too long to send: shorten it",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
