import { expect, test } from "vitest";
import { ApiError, Unreachable } from "../../../api/problem";
import { type PartsPort, sendInParts } from "./parts";

const PART = 10;
const file = new Blob(["abcdefghijklmnopqrstuvwxyz"]);

/** A server that keeps what it gets, and fails where the test says so. */
function fake(faults: Record<number, unknown> = {}, begun = "") {
  let kept = begun;
  let calls = 0;
  const pauses: number[] = [];
  const port: PartsPort<string> = {
    begin: async () => ({ offset: kept.length, part_bytes: PART }),
    where: async () => ({ offset: kept.length, file: kept.length >= file.size ? kept : undefined }),
    send: async (offset, part, onProgress) => {
      calls += 1;
      const fault = faults[calls];
      if (fault) throw fault;
      if (offset !== kept.length) throw new ApiError(409, "conflict", "");
      kept += await part.text();
      onProgress(part.size);
      return { offset: kept.length, file: kept.length >= file.size ? kept : undefined };
    },
    pause: async (attempt) => void pauses.push(attempt),
  };
  return { port, pauses, calls: () => calls };
}

const sending = () => {
  const progress: number[] = [];
  const abort = new AbortController();
  return { progress, abort, options: { signal: abort.signal, onProgress: (sent: number) => void progress.push(sent) } };
};

test("all parts arrive in their order, and the progress is that of the whole", async () => {
  const { port } = fake();
  const { options, progress } = sending();
  expect(await sendInParts(port, file, options)).toBe(await file.text());
  expect(progress).toEqual([0, 10, 10, 20, 20, 26]);
});

test("it goes on where it was left", async () => {
  const { port, calls } = fake({}, "abcdefghijklmnopqrst");
  expect(await sendInParts(port, file, sending().options)).toBe(await file.text());
  expect(calls()).toBe(1);
});

test("a lost connection is waited for, and nothing is sent twice into the file", async () => {
  const { port, pauses } = fake({ 2: new Unreachable(""), 3: new Unreachable("") });
  expect(await sendInParts(port, file, sending().options)).toBe(await file.text());
  expect(pauses).toEqual([1, 2]);
});

test("a lost answer to the last part is no loss", async () => {
  const { port } = fake();
  const send: typeof port.send = async (...args) => {
    const answer = await port.send(...args);
    if (answer.file) throw new Unreachable("");
    return answer;
  };
  expect(await sendInParts({ ...port, send }, file, sending().options)).toBe(await file.text());
});

test("a wrong place is corrected at once", async () => {
  const { port, pauses } = fake({}, "abcde");
  const begin = async () => ({ offset: 0, part_bytes: PART });
  expect(await sendInParts({ ...port, begin }, file, sending().options)).toBe(await file.text());
  expect(pauses).toEqual([]);
});

test("what can not get better fails at once, what does not get better after some attempts", async () => {
  const refused = fake({ 1: new ApiError(422, "invalid", "no") });
  await expect(sendInParts(refused.port, file, sending().options)).rejects.toMatchObject({ status: 422 });
  expect(refused.calls()).toBe(1);
  const lost = new Unreachable("");
  const dead = fake({ 1: lost, 2: lost, 3: lost, 4: lost, 5: lost, 6: lost, 7: lost });
  await expect(sendInParts(dead.port, file, sending().options)).rejects.toBe(lost);
  expect(dead.calls()).toBe(6);
});

test("a cancelled one stops between two parts", async () => {
  const { port } = fake();
  const { options, abort } = sending();
  const send: typeof port.send = async (...args) => {
    abort.abort(new Error("cancelled"));
    return port.send(...args);
  };
  await expect(sendInParts({ ...port, send }, file, options)).rejects.toThrow("cancelled");
});
