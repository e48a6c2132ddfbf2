/** The words of what one message draws on. Loaded with the tray. */
import { catalogue } from "../../../../i18n/catalogue";
import { bytes, number } from "../../../../i18n/format";

const en = {
  drop: "Drop the files here",
  dropNote: (count: number, max: number | undefined) =>
    max === undefined ? `Up to ${number(count)} files` : `Up to ${number(count)} files of ${bytes(max)} each`,
  drawsOn: "The next answer draws on",
  drewOn: "Drawn on for the answer",
  everything: "Everything",
  memories: "All memories",
  gone: "Deleted",
  remove: (name: string) => `Remove ${name}`,
  retry: (name: string) => `Upload ${name} again`,
  uploading: (part: number) => `${number(Math.round(part * 100))} %`,
  waiting: "Waiting",
  reading: "Being read",
  failed: "Not uploaded",
  useless: "Not read",
  why: (name: string, why: string) => `${name}: ${why}`,
  refused: {
    count: (_name: string, count: number) => `A message takes ${number(count)} files at most.`,
    size: (name: string, _count: number, max: number) => `${name} is too large: ${bytes(max)} is the most.`,
    empty: (name: string) => `${name} is empty.`,
    kind: (name: string) => `${name} is not a kind of file that can be attached.`,
    twice: (name: string) => `${name} is attached already.`,
  },
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
