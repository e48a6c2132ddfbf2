import { afterEach, expect, test, vi } from "vitest";
import { catalogue, speak } from "./catalogue";
import { currentLocale, detectLocale, setLocale } from "./locale";

afterEach(() => {
  setLocale("en");
  vi.unstubAllGlobals();
});

const en = { save: "Save", left: (count: number) => `${count} left` };

test("messages follow the language that is spoken", async () => {
  const texts = catalogue(en, async () => ({ default: { save: "Speichern", left: (count) => `noch ${count}` } }));
  expect(texts.now().left(2)).toBe("2 left");
  await speak("de");
  expect(currentLocale()).toBe("de");
  expect(texts.now().save).toBe("Speichern");
  expect(texts.now().left(2)).toBe("noch 2");
});

test("a catalogue that can not be loaded speaks English and does not ask for ever", async () => {
  let asked = 0;
  const texts = catalogue(en, () => {
    asked += 1;
    return Promise.reject(new Error("offline"));
  });
  await speak("de");
  expect(texts.now().save).toBe("Save");
  expect(texts.loaded("de")).toBe(en);
  await texts.load("de");
  expect(asked).toBe(1);
});

test("the first of the browser's languages that there is", () => {
  vi.stubGlobal("navigator", { languages: ["fr-CA", "de-CH", "en-GB"] });
  expect(detectLocale()).toBe("de");
  vi.stubGlobal("navigator", { languages: ["fr"] });
  expect(detectLocale()).toBe("en");
});

test("a kept choice goes before the browser's", () => {
  vi.stubGlobal("navigator", { languages: ["en"] });
  vi.stubGlobal("localStorage", { getItem: () => "de" });
  expect(detectLocale()).toBe("de");
  vi.stubGlobal("localStorage", { getItem: () => "tlh" });
  expect(detectLocale()).toBe("en");
});
