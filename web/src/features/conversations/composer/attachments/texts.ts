/** The words of attaching files. Loaded with the tray. */
import { catalogue } from "../../../../i18n/catalogue";
import { bytes, number } from "../../../../i18n/format";

const en = {
  attach: "Attach files",
  drop: "Drop the files here",
  dropNote: (count: number, max: number) => `Up to ${number(count)} files of ${bytes(max)} each`,
  files: "Attached files",
  remove: (name: string) => `Remove ${name}`,
  retry: (name: string) => `Upload ${name} again`,
  uploading: (part: number) => `${number(Math.round(part * 100))} %`,
  waiting: "Waiting",
  failed: "Not uploaded",
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
