import { number } from "../../i18n/format";
import type { Texts } from "./conversations-texts";

const de: Texts = {
  title: "Unterhaltungen",
  about:
    "Wie viele es gibt und was sie kosten. Was darin gesagt wurde, sehen nur die Mitglieder ihres Arbeitsbereichs.",
  ofAll: "Von allen",
  ofOne: "Von einer Person",
  showAll: "Alle zeigen",
  search: "Titel durchsuchen",
  none: "Keine Unterhaltungen",
  noneYet: "Niemand hat bisher eine begonnen.",
  noneFound: (q) => `Kein Titel enthält „${q}“.`,
  untitled: "Ohne Titel",
  kinds: { comparison: "Vergleich", breakout: "Aus einem Vergleich" },
  messages: (count) => (count === 1 ? "1 Nachricht" : `${number(count)} Nachrichten`),
  begun: (time) => `Begonnen ${time}`,
  count: (count, more) =>
    more
      ? `Die ersten ${number(count)} Unterhaltungen`
      : count === 1
        ? "1 Unterhaltung"
        : `${number(count)} Unterhaltungen`,
};

export default de;
