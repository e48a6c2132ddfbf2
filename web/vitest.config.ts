/** Unit tests: pure parts and what runs in Node. What needs a browser is tested in `e2e/` with a real one. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { include: ["src/**/*.test.{ts,tsx}"], environment: "node", testTimeout: 30_000 },
});
