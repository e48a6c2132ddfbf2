import { afterEach, describe, expect, test } from "vitest";
import { speak } from "../i18n/catalogue";
import { type KeyEvent, keyName, keyNames, matches } from "./shortcuts";

type Pressed = Partial<Omit<KeyEvent, "getModifierState">> & { altGraph?: boolean };

function press({ altGraph = false, ...event }: Pressed): KeyEvent {
  return {
    key: "",
    code: "",
    metaKey: false,
    ctrlKey: false,
    altKey: false,
    shiftKey: false,
    getModifierState: (name) => name === "AltGraph" && altGraph,
    ...event,
  };
}

const MAC = true;
const OTHER = false;

describe("mod", () => {
  test("is Command on a Mac and Control elsewhere", () => {
    expect(matches(press({ key: "k", metaKey: true }), "mod+k", MAC)).toBe(true);
    expect(matches(press({ key: "k", ctrlKey: true }), "mod+k", MAC)).toBe(false);
    expect(matches(press({ key: "k", ctrlKey: true }), "mod+k", OTHER)).toBe(true);
    expect(matches(press({ key: "k", metaKey: true }), "mod+k", OTHER)).toBe(false);
    expect(matches(press({ key: "k" }), "mod+k", OTHER)).toBe(false);
    expect(matches(press({ key: "k", metaKey: true, ctrlKey: true }), "mod+k", MAC)).toBe(false);
  });

  test("goes with Shift only when that is said", () => {
    const letter = press({ key: "O", code: "KeyO", ctrlKey: true, shiftKey: true });
    expect(matches(letter, "mod+shift+o", OTHER)).toBe(true);
    expect(matches(letter, "mod+o", OTHER)).toBe(false);
    expect(matches(press({ key: "o", code: "KeyO", ctrlKey: true }), "mod+shift+o", OTHER)).toBe(false);
  });

  test("is the same key for who writes another alphabet, and the printed one for who writes Latin", () => {
    expect(matches(press({ key: "л", code: "KeyK", ctrlKey: true }), "mod+k", OTHER)).toBe(true);
    // Dvorak: the key at the place of V types K.
    expect(matches(press({ key: "k", code: "KeyV", ctrlKey: true }), "mod+k", OTHER)).toBe(true);
    expect(matches(press({ key: "t", code: "KeyK", ctrlKey: true }), "mod+k", OTHER)).toBe(false);
  });

  test("with a sign that Shift changes", () => {
    expect(matches(press({ key: ":", code: "Semicolon", ctrlKey: true, shiftKey: true }), "mod+shift+;", OTHER)).toBe(
      true,
    );
    expect(matches(press({ key: "?", code: "Slash", ctrlKey: true, shiftKey: true }), "mod+/", OTHER)).toBe(false);
    expect(matches(press({ key: "/", code: "Slash", ctrlKey: true }), "mod+/", OTHER)).toBe(true);
  });

  test("is never AltGr, which types something", () => {
    // German keyboards: AltGr+Q is @, AltGr+E is €. Windows reports Control and Alt, Linux neither.
    expect(matches(press({ key: "@", code: "KeyQ", ctrlKey: true, altKey: true }), "mod+q", OTHER)).toBe(false);
    expect(matches(press({ key: "e", code: "KeyE", ctrlKey: true, altKey: true }), "mod+e", OTHER)).toBe(false);
    expect(matches(press({ key: "e", code: "KeyE", ctrlKey: true, altGraph: true }), "mod+e", OTHER)).toBe(false);
    expect(matches(press({ key: "˚", code: "KeyK", metaKey: true, altKey: true }), "mod+k", MAC)).toBe(false);
  });
});

describe("a sign typed alone", () => {
  test("is known by itself, with Shift or without", () => {
    expect(matches(press({ key: "?", code: "Slash", shiftKey: true }), "shift+?", OTHER)).toBe(true);
    // German: Shift+ß; French: Shift+comma; some layouts have it without Shift.
    expect(matches(press({ key: "?", code: "Minus", shiftKey: true }), "shift+?", OTHER)).toBe(true);
    expect(matches(press({ key: "?", code: "KeyM" }), "shift+?", OTHER)).toBe(true);
    expect(matches(press({ key: "/", code: "Slash" }), "shift+?", OTHER)).toBe(false);
    expect(matches(press({ key: "?", code: "Slash", shiftKey: true, ctrlKey: true }), "shift+?", OTHER)).toBe(false);
  });

  test("may stand on the third level", () => {
    expect(matches(press({ key: "[", code: "Digit8", ctrlKey: true, altKey: true }), "[", OTHER)).toBe(true);
    expect(matches(press({ key: "[", code: "Digit5", altKey: true }), "[", MAC)).toBe(true);
    expect(matches(press({ key: "[", code: "Digit8", altGraph: true }), "[", OTHER)).toBe(true);
  });
});

test("a letter typed alone goes with nothing else", () => {
  expect(matches(press({ key: "j", code: "KeyJ" }), "j", OTHER)).toBe(true);
  expect(matches(press({ key: "J", code: "KeyJ", shiftKey: true }), "j", OTHER)).toBe(false);
  expect(matches(press({ key: "j", code: "KeyJ", altKey: true }), "j", OTHER)).toBe(false);
  expect(matches(press({ key: "Escape", code: "Escape" }), "escape", OTHER)).toBe(true);
});

describe("the name of keys", () => {
  afterEach(() => speak("en"));

  test("is that of the machine", () => {
    expect(keyName("mod+k", MAC)).toBe("⌘K");
    expect(keyName("mod+k", OTHER)).toBe("Ctrl+K");
    expect(keyName("mod+shift+o", MAC)).toBe("⇧⌘O");
    expect(keyName("mod+shift+o", OTHER)).toBe("Ctrl+Shift+O");
    expect(keyName("shift+?", OTHER)).toBe("?");
    expect(keyNames("f2", OTHER)).toEqual(["F2"]);
    expect(keyNames("arrowdown", OTHER)).toEqual(["↓"]);
  });

  test("is that of a German keyboard for who reads German", async () => {
    await speak("de");
    expect(keyName("mod+shift+o", OTHER)).toBe("Strg+⇧+O");
    expect(keyName("delete", OTHER)).toBe("Entf");
    expect(keyName("delete", MAC)).toBe("⌫");
  });
});
