/** The words of the charts. */
import { catalogue } from "../../i18n/catalogue";

const en = {
  asTable: (title: string) => `${title} as a table`,
  time: "Time",
  noData: "Nothing measured yet",
  noValue: "–",
  at: (time: string, values: string) => `${time}: ${values}`,
  named: (name: string, value: string) => `${name} ${value}`,
  waits: (wait: string) => `${wait} of it waiting`,
  step: "Step",
  timeline: "Timeline",
  began: "Began after",
  took: "Took",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
