import { expect, test } from "vitest";
import { exampleKinds, keyExample } from "./key-examples";

const wanted = { origin: "https://stoa.example.com", key: "sk-stoa-abc", model: "mock/echo" } as const;

test("a key for models calls one, from the shell and from Python", () => {
  const scopes = ["read", "models"] as const;
  expect(exampleKinds(scopes)).toEqual(["curl", "python"]);
  const curl = keyExample("curl", { ...wanted, scopes });
  expect(curl).toContain("curl https://stoa.example.com/v1/chat/completions \\\n");
  expect(curl).toContain("Bearer sk-stoa-abc");
  expect(JSON.parse(curl.split("'")[1] ?? "")).toEqual({
    model: "mock/echo",
    messages: [{ role: "user", content: "Hello" }],
  });
  expect(keyExample("python", { ...wanted, scopes })).toContain('base_url="https://stoa.example.com/v1"');
});

test("the example of a key asks for nothing that the key may not do", () => {
  expect(exampleKinds(["read"])).toEqual(["curl"]);
  expect(keyExample("curl", { ...wanted, scopes: ["read", "write"] })).toContain("/api/auth/me");
  expect(keyExample("curl", { ...wanted, scopes: ["write"] })).toContain("-d '{");
});
