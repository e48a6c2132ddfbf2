import type { Texts } from "./texts";

const de: Texts = {
  banner: "Offene Warnungen",
  kinds: {
    response_time: "Antworten dauern lange",
    error_rate: "Viele Anfragen schlagen fehl",
    pool_exhausted: "Anfragen warten auf die Datenbank",
    memory: "Der Arbeitsspeicher ist fast voll",
    cpu: "Der Prozessor ist fast ausgelastet",
  },
  beyond: (worst, bound) => `${worst}, Grenze ${bound}`,
  more: (count) => (count === 1 ? "und 1 weitere" : `und ${count} weitere`),
  look: "Warnungen ansehen",
  acknowledge: "Zur Kenntnis nehmen",
  acknowledgeOne: (kind) => `Zur Kenntnis nehmen: ${kind}`,
  acknowledged: (when) => `Zur Kenntnis genommen ${when}`,
  openTitle: "Offen",
  openAbout: "Was gerade außerhalb seiner Grenzen liegt.",
  noneTitle: "Alles in Ordnung",
  none: "Nichts liegt außerhalb seiner Grenzen.",
  pastTitle: "Verlauf",
  pastNone: "Bisher gab es keine Warnung.",
  since: (when) => `Seit ${when}`,
  lasted: (when, span) => `${when}, ${span} lang`,
  measured: (value, worst, bound) => `Zu Beginn ${value}, höchstens ${worst}, Grenze ${bound}`,
  callers: (count) => `${count} wartend`,
  node: (node) => `Knoten ${node}`,
  bounds: "Grenzen und Webhook ändern",
  showMore: "Mehr anzeigen",
  loadingMore: "Wird geladen …",
};

export default de;
