/**
 * Compares what the browser has to load with the budgets in `size-budgets.json`; fails when one is exceeded.
 * Counts an entry with everything it imports, from the manifest of the last build.
 */
import { readFile, stat } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const read = async (path) => JSON.parse(await readFile(new URL(path, root), "utf8"));

const manifest = await read("dist/.vite/manifest.json");
const { unit: _unit, ...budgets } = await read("size-budgets.json");

function collect(key, found = new Set()) {
  // A chunk of several entries has none of their names, but its own (`vite.config.ts`).
  const chunk = manifest[key] ?? Object.values(manifest).find(({ name, src }) => name === key && !src);
  if (!chunk) throw new Error(`${key} is not in the build; correct size-budgets.json`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const style of chunk.css ?? []) found.add(style);
  for (const imported of chunk.imports ?? []) collect(imported, found);
  return found;
}

let exceeded = 0;
for (const [name, { entries, extension, max }] of Object.entries(budgets)) {
  const files = new Set(entries.flatMap((entry) => [...collect(entry)]).filter((file) => file.endsWith(extension)));
  let total = 0;
  for (const file of files) total += await packedSize(file);
  const verdict = total <= max ? "ok" : "TOO LARGE";
  exceeded += total <= max ? 0 : 1;
  console.log(`${verdict.padEnd(9)} ${name}: ${kilobytes(total)} of ${kilobytes(max)} KB in ${files.size} files`);
}
process.exitCode = exceeded ? 1 : 0;

/** The pre-compressed form is what the server sends; files too small for one are sent as they are. */
async function packedSize(file) {
  const packed = await stat(new URL(`dist/${file}.gz`, root)).catch(() => stat(new URL(`dist/${file}`, root)));
  return packed.size;
}

function kilobytes(bytes) {
  return (bytes / 1000).toFixed(1);
}
