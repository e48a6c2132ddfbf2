import { expect, test } from "vitest";
import type { Alert } from "../../../api/types";
import { measured, pressing } from "./measured";
import { texts } from "./texts";

test("what was measured is said in the unit of its kind", () => {
  const said = (value: number, unit: string) => measured(value, unit, texts.en);
  expect(said(1_400, "milliseconds")).toBe("1.4 s");
  expect(said(82.4, "percent")).toBe("82%");
  expect(said(12, "callers")).toBe("12 waiting");
});

test("only what is open and what nobody has taken note of is pressing", () => {
  const alert = (change: Partial<Alert>) =>
    ({ id: "alr_1", closed_at: null, acknowledged_at: null, ...change }) as Alert;
  const all = [
    alert({ id: "a" }),
    alert({ id: "b", closed_at: "2026-11-21T18:00:00Z" }),
    alert({ id: "c", acknowledged_at: "2026-11-21T18:00:00Z" }),
  ];
  expect(pressing(all).map(({ id }) => id)).toEqual(["a"]);
});
