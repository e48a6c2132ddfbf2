/** The words of files that an agent is sent. Loaded with the first one. */
import { catalogue } from "../../../../i18n/catalogue";
import { bytes, number } from "../../../../i18n/format";

const en = {
  sentTo: (agent: string) => `For ${agent}`,
  remove: (name: string) => `Take ${name} off the list`,
  retry: (name: string) => `Send ${name} again`,
  uploading: (part: number) => `${number(Math.round(part * 100))} %`,
  // All of it is on its way, and the gateway has not said yet that it has it.
  arriving: "Being taken",
  waiting: "Waiting",
  sent: "Sent",
  failed: "Not sent",
  why: (name: string, why: string) => `${name}: ${why}`,
  late: "The gateway did not take the file within 30 seconds.",
  unavailable: "The agent can not be reached now.",
  refused: {
    count: (_name: string, count: number) => `${number(count)} files at a time are the most.`,
    size: (name: string, _count: number, max: number) => `${name} is too large: ${bytes(max)} is the most.`,
    empty: (name: string) => `${name} is empty.`,
    kind: (name: string) => `${name} is not a kind of file that can be sent.`,
    twice: (name: string) => `${name} is on the list already.`,
  },
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./agent-texts.de"));
