import { expect, test } from "vitest";
import { applyUpload, totalsOf, type Upload, type UploadEvent } from "./queue";

const upload = (key: number, size = 100): Upload => ({
  key,
  workspace: "wsp_1",
  parent: null,
  path: `${key}.txt`,
  file: new File([new Uint8Array(size)], `${key}.txt`),
  state: "waiting",
  sent: 0,
});

const play = (events: readonly UploadEvent[], from: readonly Upload[] = [upload(1), upload(2)]) =>
  events.reduce(applyUpload, from);

test("a file waits, is sent and is done; the others stay as they are", () => {
  const [first, second] = play([
    { type: "began", key: 1 },
    { type: "sent", key: 1, sent: 40 },
    { type: "done", key: 1 },
  ]);
  expect(first).toMatchObject({ state: "done", sent: 100 });
  expect(second).toMatchObject({ state: "waiting", sent: 0 });
});

test("the bar goes neither back nor beyond the end", () => {
  const list = play([
    { type: "began", key: 1 },
    { type: "sent", key: 1, sent: 60 },
    { type: "sent", key: 1, sent: 20 },
  ]);
  expect(list[0]?.sent).toBe(60);
  // A form has more bytes than its file.
  expect(applyUpload(list, { type: "sent", key: 1, sent: 400 })[0]?.sent).toBe(100);
});

test("what failed can be tried again, from the beginning", () => {
  const failed = play([
    { type: "began", key: 2 },
    { type: "sent", key: 2, sent: 50 },
    { type: "failed", key: 2, error: "why" },
  ]);
  expect(failed[1]).toMatchObject({ state: "failed", error: "why" });
  const again = applyUpload(failed, { type: "again", key: 2 })[1];
  expect(again).toMatchObject({ state: "waiting", sent: 0 });
  expect(again?.error).toBeUndefined();
});

test("a late word of a cancelled upload changes nothing", () => {
  const cancelled = play([
    { type: "began", key: 1 },
    { type: "cancelled", key: 1 },
  ]);
  for (const event of [
    { type: "sent", key: 1, sent: 90 },
    { type: "failed", key: 1, error: "aborted" },
    { type: "done", key: 1 },
  ] as const)
    expect(applyUpload(cancelled, event)).toBe(cancelled);
});

test("what is done is neither cancelled nor tried again", () => {
  const done = play([
    { type: "began", key: 1 },
    { type: "done", key: 1 },
  ]);
  expect(applyUpload(done, { type: "cancelled", key: 1 })).toBe(done);
  expect(applyUpload(done, { type: "again", key: 1 })).toBe(done);
});

test("clearing leaves what goes on", () => {
  const list = play([{ type: "began", key: 1 }, { type: "done", key: 1 }, { type: "cleared" }]);
  expect(list.map(({ key }) => key)).toEqual([2]);
});

test("the totals count bytes, and not what was cancelled", () => {
  const list = play(
    [
      { type: "began", key: 1 },
      { type: "done", key: 1 },
      { type: "began", key: 2 },
      { type: "sent", key: 2, sent: 150 },
      { type: "cancelled", key: 3 },
    ],
    [upload(1, 100), upload(2, 300), upload(3, 5_000)],
  );
  expect(totalsOf(list)).toEqual({ all: 2, done: 1, failed: 0, goingOn: 1, part: 250 / 400 });
  expect(totalsOf([upload(1, 0)]).part).toBe(0);
});
