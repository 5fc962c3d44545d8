import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["server/**/*.test.ts", "web/**/*.test.ts", "test/**/*.test.ts"],
    testTimeout: 20_000,
    pool: "threads",
  },
});
