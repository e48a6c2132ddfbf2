/** How the page is built: hashed names, nothing inline (the server's policy forbids it), text assets pre-compressed. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./scripts/precompress";

const server = process.env.STOA_URL ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react(), precompress()],
  server: { proxy: Object.fromEntries(["/api", "/health", "/v1"].map((path) => [path, server])) },
  build: {
    target: "es2023",
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
