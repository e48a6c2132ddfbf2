/** Writes a `.gz` and a `.br` beside every text asset of a build, at the highest quality: it is done once and served often. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const TEXT = new Set([".html", ".js", ".css", ".svg", ".json", ".txt", ".webmanifest"]);
/** Below this a compressed form saves less than its headers cost; the server does not compress smaller answers either. */
const WORTH_BYTES = 500;

const brotliAsync = promisify(brotliCompress);
const gzipAsync = promisify(gzip);

export function precompress(): Plugin {
  let directory = "dist";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      directory = join(config.root, config.build.outDir);
    },
    async closeBundle() {
      const files = await readdir(directory, { recursive: true });
      await Promise.all(
        files
          .filter((file) => TEXT.has(extname(file)) && !file.startsWith("."))
          .map((file) => compress(join(directory, file))),
      );
    },
  };
}

async function compress(file: string): Promise<void> {
  const bytes = await readFile(file);
  if (bytes.length < WORTH_BYTES) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  await Promise.all([
    gzipAsync(bytes, { level: 9 }).then((packed) => writeFile(`${file}.gz`, packed)),
    brotliAsync(bytes, { params }).then((packed) => writeFile(`${file}.br`, packed)),
  ]);
}
