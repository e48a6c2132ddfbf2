/** The text box itself: as high as its text, up to the height that the styles allow. */

/** Beyond this many characters the box is as high as it gets anyway, and measuring the text at each key would be felt. */
const LONG = 20_000;

const growsByItself = () => CSS.supports("field-sizing", "content");

export function grow(box: HTMLTextAreaElement): void {
  const long = box.textLength > LONG;
  box.toggleAttribute("data-long", long);
  if (growsByItself()) return;
  box.style.height = "auto";
  box.style.height = long ? "" : `${box.scrollHeight}px`;
}

/** Ready to write on, behind what is there. */
export function toEnd(box: HTMLTextAreaElement): void {
  box.focus({ preventScroll: true });
  // Looking at the height lays out the whole page, which is not worth it for an empty box.
  if (box.textLength === 0) return;
  box.setSelectionRange(box.textLength, box.textLength);
  box.scrollTop = box.scrollHeight;
}
