import { expect, test } from "vitest";
import type { Model } from "../../../../api/types";
import { agentOf } from "./agent-of";

const model = (id: string, kind: Model["kind"]) => ({ id, kind, name: "Travel desk", connection_id: "con_1" }) as Model;

test("an agent is a model of a gateway, called by what follows its connection", () => {
  const models = [model("agents/a/b", "fabrix"), model("openai/gpt", "openai"), model("route/desk", "fabrix")];
  expect(agentOf(models, "agents/a/b")).toEqual({ connection: "con_1", id: "a/b", name: "Travel desk" });
  expect(agentOf(models, "openai/gpt")).toBeUndefined();
  expect(agentOf(models, "route/desk")).toBeUndefined();
  expect(agentOf(models, "agents/gone")).toBeUndefined();
  expect(agentOf(models, undefined)).toBeUndefined();
});
