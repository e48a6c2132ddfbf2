import { expect, test } from "vitest";
import { stepsOf } from "./steps";

const span = { offset_micros: 10, micros: 100, failed: false };

test("a statement is told apart into waiting, work and the way back", () => {
  const [step] = stepsOf(
    [{ ...span, kind: "statement", name: "messages.page", wait_micros: 30, work_micros: 60, rows: 4 }],
    {},
  );
  expect(step).toEqual({
    name: "messages.page",
    kind: "statement",
    began: 10,
    took: 100,
    waited: 30,
    after: 10,
    rows: 4,
    failed: false,
  });
});

test("a part has the word for its kind, one that is not known its kind", () => {
  const steps = stepsOf(
    [
      { ...span, kind: "auth" },
      { ...span, kind: "later" },
    ],
    { auth: "Who is asking" },
  );
  expect(steps.map(({ name, waited, after }) => [name, waited, after])).toEqual([
    ["Who is asking", undefined, undefined],
    ["later", undefined, undefined],
  ]);
});
