/** What a key pressed in the composer means. Pure: the composer does it. */
import type { Preferences } from "../../../api/types";

export type SendWith = Preferences["send_with"];

interface Pressed {
  key: string;
  keyCode: number;
  isComposing: boolean;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** What Safari gives the Enter that ends a composition, though it says that there is none any more. */
const KEY_OF_INPUT_METHOD = 229;

/**
 * On a device that has no keyboard but the one on the glass there is no Shift+Enter: there Enter makes a line, and the button
 * sends.
 */
export function intentOf(event: Pressed, sendWith: SendWith, touch: boolean): "send" | "recall" | undefined {
  // Enter also ends the composition of a Japanese or Chinese word; that one is not meant for us.
  if (event.isComposing || event.keyCode === KEY_OF_INPUT_METHOD || event.altKey) return undefined;
  const mod = event.ctrlKey || event.metaKey;
  if (event.key === "ArrowUp" && !mod && !event.shiftKey) return "recall";
  if (event.key !== "Enter" || event.shiftKey) return undefined;
  return mod || (sendWith === "enter" && !touch) ? "send" : undefined;
}

export function touchOnly(): boolean {
  return matchMedia("(hover: none) and (pointer: coarse)").matches;
}
