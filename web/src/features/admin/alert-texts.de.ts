import { number } from "../../i18n/format";
import type { Texts } from "./alert-texts";

const de: Texts = {
  title: "Warnungen",
  about: "Wann Administratoren erfahren, dass etwas nicht stimmt.",
  watch: "Diese Installation überwachen",
  watchHint: "Langsame Antworten, Fehler, eine volle Datenbank, Arbeitsspeicher und Prozessor.",
  bounds: {
    response_ms: {
      label: "Langsame Antworten ab (Millisekunden)",
      hint: "Mehr als eine von zwanzig Antworten einer Route.",
    },
    error_percent: {
      label: "Fehlgeschlagene Anfragen (Prozent)",
      hint: "Anfragen, die ohne Schuld des Aufrufers fehlschlugen.",
    },
    requests_min: {
      label: "Anfragen für ein Urteil",
      hint: "Bei weniger in einem Fenster wird keines der beiden beurteilt.",
    },
    pool_waiting: { label: "Auf die Datenbank Wartende", hint: "Aufrufer, die ein ganzes Fenster lang warten." },
    memory_percent: { label: "Arbeitsspeicher (Prozent)", hint: "Des Containers oder des Rechners." },
    cpu_percent: { label: "Prozessor (Prozent)", hint: "Des Containers oder des Rechners." },
    window_seconds: {
      label: "Fenster (Sekunden)",
      hint: "So lange muss es andauern, und so lange muss es vorbei sein.",
    },
  },
  between: (least, most, whole) =>
    `Bitte eine ${whole ? "ganze Zahl" : "Zahl"} von ${number(least)} bis ${number(most)}.`,
  saveBounds: "Grenzen speichern",
  webhook: "Webhook",
  webhookAbout: "Jede Warnung wird als JSON dorthin gesendet, wenn sie beginnt und wenn sie vorbei ist.",
  address: "Adresse",
  addressHint: "Etwa eines Chats oder eines Bereitschaftsdienstes. Gespeichert wird sie nur verkürzt gezeigt.",
  addressNow: (address) => `Jetzt: ${address}`,
  addressWrong: "Bitte eine ganze Adresse, die mit https:// oder http:// beginnt.",
  saveAddress: "Adresse speichern",
  removeAddress: "Entfernen",
  test: "Test senden",
  testing: "Wird gesendet …",
  works: (status, ms) => `Der Empfänger antwortete nach ${ms} mit ${status}.`,
  fails: (status) => `Der Empfänger antwortete mit ${status}.`,
};

export default de;
