/** How the page is built: hashed names, nothing inline (the server's policy forbids it), text assets pre-compressed. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { katexFonts } from "./scripts/katex-fonts.ts";
import { markedLexer } from "./scripts/marked-lexer.ts";
import { precompress } from "./scripts/precompress.ts";

const server = process.env.STOA_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react(), katexFonts(), markedLexer(), precompress()],
  worker: { format: "es" },
  server: { proxy: Object.fromEntries(["/api", "/health", "/performance", "/v1"].map((path) => [path, server])) },
  build: {
    target: "es2023",
    // The first versions with light-dark(): rewritten for older ones, its pairs would be settled at the root, and no part of
    // a page could be dark in a light one.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // The libraries change seldom: kept apart, a new release of the page leaves them in the browser's cache.
        codeSplitting: {
          groups: [
            { name: "libraries", priority: 3, test: /node_modules\/(react|react-dom|scheduler|@tanstack)\// },
            // What every page needs, a login too, with all that it imports: else each small module of it would be a file of its own.
            {
              name: "base",
              priority: 2,
              test: /src\/(router|query-client|api\/(client|problem)|i18n\/format|ui\/(icon|callout|states|toast|theme|overlays\/lazy))\.tsx?/,
            },
            // What one reads and writes a conversation with.
            { name: "chat", priority: 1, test: /src\/routes\/(shell-frame|conversation-view)\.tsx/ },
            // What comes beside it a moment later.
            {
              name: "beside",
              priority: 0,
              test: /src\/(routes\/side|features\/conversations\/(header\/header-tools|list\/list-queries))\.tsx?/,
            },
          ],
        },
      },
    },
  },
});
