import { expect, test } from "vitest";
import type { Connection, Model, ModelRoute } from "../../api/types";
import { bodyOf, changeOf, draftOf, emptyDraft, faultsOf, fieldOf, hasMore, moved, newTarget } from "./draft";
import { choicesOf } from "./queries";

const route: ModelRoute = {
  id: "rte_1",
  scope: "workspace",
  workspace_id: "ws_1",
  name: "steady",
  model: "route/steady",
  description: "",
  tag: "code",
  strategy: "weighted",
  targets: [
    { model: "a/1", weight: 3, available: true },
    { model: "b/1", weight: 1, first_token_timeout_ms: 2_500, available: false, unavailable_reason: "Off" },
  ],
  retries: 0,
  hedge_after_ms: 250,
  enabled: true,
  can_manage: true,
  created_at: "2026-11-22T00:00:00Z",
  updated_at: "2026-11-22T00:00:00Z",
};

test("a stored route comes back as it is, and only changes are sent", () => {
  const draft = draftOf(route);
  expect(draft).toMatchObject({ hedge: true, hedgeAfter: "0.25" });
  expect(faultsOf(draft)).toEqual({});
  expect(changeOf(draft, route)).toEqual({});
  expect(changeOf({ ...draft, tag: " ", hedge: false, timeout: "1,5" }, route)).toEqual({
    tag: null,
    hedge_after_ms: null,
    timeout_ms: 1_500,
  });
  expect(changeOf({ ...draft, targets: moved(draft.targets, 1, 0) }, route)).toEqual({
    targets: [
      { model: "b/1", weight: 1, first_token_timeout_ms: 2_500 },
      { model: "a/1", weight: 3, first_token_timeout_ms: null },
    ],
  });
  expect(hasMore(draft)).toBe(true);
  expect(hasMore(emptyDraft())).toBe(false);
});

test("a new route names what is missing, target by target", () => {
  expect(faultsOf(emptyDraft())).toEqual({ name: "name", "targets.0.model": "noModel" });
  const draft = { ...emptyDraft(), name: "x", hedge: true };
  expect(
    faultsOf({ ...draft, targets: [newTarget("a/1")], firstToken: "0.05", timeout: "4000", retries: "6" }),
  ).toEqual({
    hedge: "hedgeAlone",
    firstToken: "firstToken",
    timeout: "timeout",
    retries: "retries",
  });
  expect(faultsOf({ ...emptyDraft(), name: "x", targets: [] })).toEqual({ targets: "noTarget" });
  const twice = [newTarget("a/1"), newTarget("a/1")];
  expect(faultsOf({ ...emptyDraft(), name: "x", targets: twice })).toEqual({ "targets.1.model": "twice" });
  const weightless = [newTarget("a/1"), newTarget("b/1")].map((target) => ({ ...target, weight: "0" }));
  const weighted = { ...emptyDraft(), name: "x", strategy: "weighted" as const, targets: weightless };
  expect(faultsOf(weighted)).toEqual({ targets: "noWeight" });
  // What does not matter for the choice is no fault.
  expect(faultsOf({ ...weighted, strategy: "order", targets: [{ ...newTarget("a/1"), weight: "x" }] })).toEqual({});
});

test("nothing set is sent as nothing", () => {
  expect(bodyOf({ ...emptyDraft(), name: " x ", targets: [newTarget("a/1")] })).toEqual({
    name: "x",
    description: "",
    tag: null,
    strategy: "order",
    targets: [{ model: "a/1", weight: 1, first_token_timeout_ms: null }],
    retries: 0,
    first_token_timeout_ms: null,
    timeout_ms: null,
    hedge_after_ms: null,
    cache: null,
  });
});

test("answers are kept for minutes, as they are typed", () => {
  const kept = { ...emptyDraft(), name: "x", targets: [newTarget("a/1")], cache: true };
  expect(bodyOf({ ...kept, cacheFor: "1,5" }).cache).toEqual({ ttl_seconds: 90, scope: "caller" });
  expect(faultsOf({ ...kept, cacheFor: "" })).toEqual({ cacheFor: "cacheFor" });
  expect(faultsOf({ ...kept, cacheFor: "10081" })).toEqual({ cacheFor: "cacheFor" });
  const stored = { ...route, cache: { ttl_seconds: 90, scope: "workspace" as const } };
  expect(draftOf(stored)).toMatchObject({ cache: true, cacheFor: "1.5", cacheScope: "workspace" });
  expect(changeOf({ ...draftOf(stored), cache: false }, stored)).toEqual({ cache: null });
  expect(hasMore(kept)).toBe(true);
});

test("a target goes where it was put", () => {
  expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
  expect(moved(["a", "b", "c"], 2, 0)).toEqual(["c", "a", "b"]);
  expect(moved(["a", "b", "c"], 1, 1)).toEqual(["a", "b", "c"]);
});

test("the server's names of fields are those of the form", () => {
  expect(
    ["name", "targets[2].model", "targets[0].first_token_timeout_ms", "targets", "hedge_after_ms"].map(fieldOf),
  ).toEqual(["name", "targets.2.model", "targets.0.firstToken", "targets", "hedge"]);
  expect(fieldOf("of the future")).toBeUndefined();
});

test("targets are chat models of the owner's connections", () => {
  const connections = [
    { id: "c1", scope: "system" },
    { id: "c2", scope: "workspace" },
    { id: "c3", scope: "user" },
  ] as Connection[];
  const model = (id: string, connection_id: string, chat = true) =>
    ({ id, connection_id, capabilities: { chat } }) as Model;
  const models = [
    model("a/1", "c1"),
    model("a/embed", "c1", false),
    model("b/1", "c2"),
    model("mine/1", "c3"),
    model("route/x", "rte_1"),
  ];
  const ids = (scope: ModelRoute["scope"]) => choicesOf(models, connections, scope).map(({ id }) => id);
  expect(ids("workspace")).toEqual(["a/1", "b/1"]);
  expect(ids("system")).toEqual(["a/1"]);
});
