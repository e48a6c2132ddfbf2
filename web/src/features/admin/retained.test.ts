import { expect, test } from "vitest";
import { changedRetention, readRetention, shortened, typedRetention } from "./retained";

const NOW = { conversation_days: null, usage_days: 400, audit_days: 30 };

test("what has no time is kept for ever, and comes back as it went", () => {
  const typed = typedRetention(NOW);
  expect(typed).toEqual({ conversation_days: "", usage_days: "400", audit_days: "30" });
  expect(changedRetention(NOW, readRetention(typed))).toEqual({});
});

test("only what is different is sent, and nothing that can not be understood", () => {
  const read = readRetention({ conversation_days: "365", usage_days: "", audit_days: "soon" });
  expect(read.audit_days).toBeUndefined();
  expect(changedRetention(NOW, read)).toEqual({ conversation_days: 365, usage_days: null });
});

test("a shorter time deletes something, a longer one does not", () => {
  expect(shortened(NOW, { conversation_days: 365, usage_days: null })).toEqual(["conversation_days"]);
  expect(shortened(NOW, { usage_days: 90, audit_days: 31 })).toEqual(["usage_days"]);
  expect(shortened(NOW, {})).toEqual([]);
});
