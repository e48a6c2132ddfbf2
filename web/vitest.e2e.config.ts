/**
 * Browser tests against the real binary (`STOA_BIN`, else the release build); each file has servers and a browser of its own.
 *
 * Two files at a time, because most of their time is waiting; what is measured comes afterwards and has the machine to itself.
 * On CI, whose machines are shared, a test gets a second try, which the report names; elsewhere nothing is tried twice.
 */
import { defineConfig } from "vitest/config";

const common = {
  environment: "node",
  testTimeout: 60_000,
  hookTimeout: 60_000,
  retry: process.env.CI === "true" ? 1 : 0,
} as const;
const measured = "e2e/measure.e2e.ts";

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...common,
          name: "pages",
          include: ["e2e/**/*.e2e.ts"],
          exclude: [measured],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...common,
          name: "measured",
          include: [measured],
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
