/** The words of the alerts. */
import { catalogue } from "../../../i18n/catalogue";

const en = {
  banner: "Open alerts",
  kinds: {
    response_time: "Answers are slow",
    error_rate: "Many requests fail",
    pool_exhausted: "Requests wait for the database",
    memory: "Memory is nearly used up",
    cpu: "The processor is nearly used up",
  },
  beyond: (worst: string, bound: string) => `${worst}, bound ${bound}`,
  more: (count: number) => (count === 1 ? "and 1 more" : `and ${count} more`),
  look: "Look at the alerts",
  acknowledge: "Acknowledge",
  acknowledgeOne: (kind: string) => `Acknowledge: ${kind}`,
  acknowledged: (when: string) => `Acknowledged ${when}`,
  openTitle: "Open",
  openAbout: "What is out of its bounds now.",
  noneTitle: "All is well",
  none: "Nothing is out of its bounds.",
  pastTitle: "History",
  pastNone: "There has been no alert yet.",
  since: (when: string) => `Since ${when}`,
  lasted: (when: string, span: string) => `${when}, for ${span}`,
  measured: (value: string, worst: string, bound: string) => `${value} at first, ${worst} at worst, bound ${bound}`,
  callers: (count: string) => `${count} waiting`,
  node: (node: string) => `Node ${node}`,
  bounds: "Change bounds and webhook",
  showMore: "Show more",
  loadingMore: "Loading…",
};

export type Texts = typeof en;

export const texts = catalogue(en, () => import("./texts.de"));
