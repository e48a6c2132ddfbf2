import { expect, test } from "vitest";
import type { Connection, ModelFigures } from "../../api/types";
import { healthOf, inTrouble, troubleOf } from "./health";

const connection = (slug: string, state: Connection["health"]["state"], enabled = true) =>
  ({ id: slug, slug, name: slug, enabled, health: { state } }) as Connection;
const model = (name: string, fields: Partial<ModelFigures>) =>
  ({ model: name, calls: 0, errors: 0, cancelled: 0, cost_micros: 0, ttft_p95_ms: 0, ...fields }) as ModelFigures;

test("what the models of a connection came to is added up", () => {
  const [a, ab, idle] = healthOf(
    [connection("a", "ok"), connection("ab", "ok"), connection("idle", "unknown")],
    [
      model("a/one", { calls: 5, errors: 1, cost_micros: 10, ttft_p95_ms: 40, tokens_per_second: 30 }),
      model("a/two/three", { calls: 2, cancelled: 1, ttft_p95_ms: 90, tokens_per_second: null }),
      // Never answered: its first words took no time because there were none.
      model("ab/one", { calls: 3, errors: 3 }),
    ],
  );
  expect(a).toMatchObject({ calls: 7, errors: 1, cancelled: 1, costMicros: 10, firstWordMs: 90, tokensPerSecond: 30 });
  expect(ab).toMatchObject({ calls: 3, errors: 3, firstWordMs: null });
  expect(idle).toMatchObject({ calls: 0, firstWordMs: null, tokensPerSecond: null });
});

test("what went wrong is a sentence that does not repeat the name", () => {
  const says = (last_error: string | null) => troubleOf({ name: "Harbour", health: { last_error } } as Connection);
  expect(says("Harbour cannot be reached")).toBe("cannot be reached.");
  expect(says("The key is refused.")).toBe("The key is refused.");
  expect(says("Harbourside is closed")).toBe("Harbourside is closed.");
  expect(says(null)).toBeUndefined();
});

test("in trouble is what is switched on and does not work", () => {
  const all = [
    connection("fine", "ok"),
    connection("new", "unknown"),
    connection("off", "failing", false),
    connection("bad", "failing"),
    connection("paused", "suspended"),
    connection("refused", "key_refused"),
  ];
  expect(inTrouble(all).map(({ slug }) => slug)).toEqual(["bad", "paused", "refused"]);
});
