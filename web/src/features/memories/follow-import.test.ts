import { expect, test } from "vitest";
import { gather, type Reading } from "./follow-import";

type Event = { type: string; data: Record<string, unknown> };

async function* play(events: readonly Event[]) {
  yield* events;
}

test("what is read is told, and what has come of it is given", async () => {
  const read: Reading[] = [];
  const failed = [{ name: "b.bin", error: { code: "unsupported", detail: "No text." } }];
  const events = [
    { type: "source", data: { name: "a.md", index: 0, count: 2 } },
    { type: "source", data: { name: "b.bin", index: 1, count: 2 } },
    { type: "imported", data: { memories: 3, sources: 2, failed } },
    { type: "complete", data: { status: "completed" } },
  ];
  expect(await gather(play(events), (at) => read.push(at))).toMatchObject({ memories: 3, failed });
  expect(read.map(({ name }) => name)).toEqual(["a.md", "b.bin"]);
});

test("files that could not be read at all are told one by one, a run that died by its reason", async () => {
  const error = { code: "interrupted", detail: "The server was stopped." };
  const ended = { type: "complete", data: { status: "failed" } };
  const nothing = { type: "imported", data: { memories: 0, sources: 1, failed: [{ name: "a", error }] } };
  expect(await gather(play([nothing, { type: "error", data: error }, ended]), () => {})).toMatchObject({ memories: 0 });
  await expect(gather(play([{ type: "error", data: error }, ended]), () => {})).rejects.toEqual(error);
});
