import { describe, expect, it } from "vitest";
import type { Budget } from "../../api/types";
import { bodyOf, draftOf, emptyDraft, faultsOf, forPeriod, readAmount, readPercent } from "./draft";

const STORED: Budget = {
  id: "bud_1",
  scope: "workspace",
  subject_id: "ws_1",
  period: "month",
  limit_micros: 1_000_000,
  when_spent: "cheaper",
  cheaper_model: "a/b",
  cheaper_from_percent: 80,
  locked: false,
  spent_micros: 0,
  reserved_micros: 0,
  resets_at: "2026-12-01T00:00:00Z",
  created_at: "2026-11-22T00:00:00Z",
  updated_at: "2026-11-22T00:00:00Z",
};

describe("a budget as it is typed", () => {
  it("reads amounts with a point or a comma, and nothing else", () => {
    expect(["5", "0", " 0,25 ", "0.000001", "1000000000"].map(readAmount)).toEqual([
      5_000_000, 0, 250_000, 1, 1_000_000_000_000_000,
    ]);
    expect(["", "-1", "five", "1000000001", "1e400"].map(readAmount)).toEqual(Array(5).fill(undefined));
    expect(["1", "100", "0", "101", "2.5", ""].map(readPercent)).toEqual([1, 100, ...Array(4).fill(undefined)]);
  });

  it("names what is missing", () => {
    const draft = { ...emptyDraft("user", ""), whenSpent: "cheaper" as const, cheaperFrom: "0" };
    expect(faultsOf(draft)).toEqual(new Set(["subject", "amount", "cheaperModel", "cheaperFrom"]));
    // What does not matter for the choice is no fault.
    expect(faultsOf({ ...draft, subject: "a@b.c", amount: "1", whenSpent: "refuse" })).toEqual(new Set());
  });

  it("comes back as it went", () => {
    const draft = {
      ...emptyDraft("workspace", "ws_1"),
      amount: "2.5",
      whenSpent: "cheaper" as const,
      cheaperModel: "a/b",
    };
    const body = bodyOf(draft);
    expect(body).toEqual({
      scope: "workspace",
      subject: "ws_1",
      period: "month",
      limit_micros: 2_500_000,
      when_spent: "cheaper",
      cheaper_model: "a/b",
      cheaper_from_percent: 80,
    });
    expect(draftOf({ ...STORED, limit_micros: 2_500_000 })).toEqual(draft);
    expect(bodyOf({ ...draft, scope: "installation", whenSpent: "wait" })).toMatchObject({
      subject: null,
      cheaper_model: null,
    });
  });

  it("is that of the period that is chosen, where there is one", () => {
    const key = { ...STORED, scope: "key" as const, subject_id: "key_1", period: "day" as const };
    const typed = { ...emptyDraft("key", "key_1"), amount: "7" };
    expect(forPeriod(typed, "day", [key])).toEqual(draftOf(key));
    expect(forPeriod(typed, "day", [])).toEqual({ ...typed, period: "day" });
    expect(forPeriod(draftOf(key), "month", [key])).toEqual({ ...draftOf(key), period: "month" });
  });
});
