import { expect, test } from "vitest";
import { accepts, attachedOf, createFiles } from "./files";
import { type AttachmentPort, drawnOn, FILES_MAX } from "./port";

interface Upload {
  name: string;
  onProgress: (part: number) => void;
  signal: AbortSignal;
  end: (id: string) => void;
  fail: (error: Error) => void;
}

/** A port whose uploads go on when the test says so. */
function fakePort(fields: Partial<AttachmentPort> = {}) {
  const uploads: Upload[] = [];
  const port: AttachmentPort = {
    accept: "",
    max_bytes: 1_000,
    upload: (file, onProgress, signal) =>
      new Promise((resolve, reject) => {
        uploads.push({ name: file.name, onProgress, signal, end: (id) => resolve({ id }), fail: reject });
      }),
    read: () => Promise.resolve(),
    ...fields,
  };
  return { port, uploads };
}

const file = (name: string, size = 10, type = "text/plain") =>
  new File(["x".repeat(size)], name, { type, lastModified: 1 });
const settle = () => new Promise((resolve) => setTimeout(resolve));

test("a file is uploaded at once, tells how far it is, and ends with what a message refers to", async () => {
  const { port, uploads } = fakePort();
  const files = createFiles(port);
  expect(files.add([file("a.txt")])).toEqual([]);
  expect(attachedOf(files.list())).toEqual({ ids: [], waiting: true });
  uploads[0]?.onProgress(0.4);
  expect(files.list()[0]).toMatchObject({ state: "uploading", part: 0.4 });
  uploads[0]?.end("fil_1");
  await settle();
  expect(files.list()[0]).toMatchObject({ state: "done", part: 1, id: "fil_1" });
  expect(attachedOf(files.list())).toEqual({ ids: ["fil_1"], waiting: false });
});

test("what may not come in is given back with the reason, the others come in", () => {
  const { port } = fakePort({ accept: "text/*,.pdf" });
  const files = createFiles(port);
  const refused = files.add([
    file("ok.txt"),
    file("ok.txt"),
    file("large.txt", 1_001),
    file("empty.txt", 0),
    file("tool.exe", 5, "application/x-msdownload"),
  ]);
  expect(refused.map(({ file: { name }, why }) => [name, why])).toEqual([
    ["ok.txt", "twice"],
    ["large.txt", "size"],
    ["empty.txt", "empty"],
    ["tool.exe", "kind"],
  ]);
  expect(files.list().map((each) => each.file.name)).toEqual(["ok.txt"]);
});

test("there is a limit to their number, also when they come one by one", () => {
  const files = createFiles(fakePort().port);
  const many = Array.from({ length: FILES_MAX + 2 }, (_, index) => file(`${index}.txt`));
  expect(files.add(many.slice(0, 8))).toEqual([]);
  expect(files.add(many.slice(8)).map(({ why }) => why)).toEqual(["count", "count"]);
  expect(files.list()).toHaveLength(FILES_MAX);
});

test("three are uploaded at a time, the next when one has ended or was removed", async () => {
  const { port, uploads } = fakePort();
  const files = createFiles(port);
  files.add(["a", "b", "c", "d", "e"].map((name) => file(name)));
  expect(uploads.map(({ name }) => name)).toEqual(["a", "b", "c"]);
  uploads[0]?.end("1");
  await settle();
  expect(uploads.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
  files.remove(files.list()[1]?.key ?? 0);
  expect(uploads[1]?.signal.aborted).toBe(true);
  expect(uploads.map(({ name }) => name)).toEqual(["a", "b", "c", "d", "e"]);
});

test("a file that was removed is never heard of again", async () => {
  const { port, uploads } = fakePort();
  const files = createFiles(port);
  files.add([file("a"), file("b")]);
  files.remove(files.list()[0]?.key ?? 0);
  uploads[0]?.onProgress(0.5);
  uploads[0]?.end("late");
  await settle();
  expect(files.list().map((each) => each.file.name)).toEqual(["b"]);
  expect(attachedOf(files.list()).ids).toEqual([]);
});

test("one that failed keeps its place and its error, holds nothing up, and can be tried again", async () => {
  const { port, uploads } = fakePort();
  const files = createFiles(port);
  files.add([file("a")]);
  uploads[0]?.fail(new Error("no way"));
  await settle();
  expect(files.list()[0]).toMatchObject({ state: "failed", error: new Error("no way") });
  expect(attachedOf(files.list())).toEqual({ ids: [], waiting: false });
  files.retry(files.list()[0]?.key ?? 0);
  uploads[1]?.end("2");
  await settle();
  expect(attachedOf(files.list())).toEqual({ ids: ["2"], waiting: false });
});

test("closing aborts what is under way, and whoever listens hears of every change before", () => {
  const { port, uploads } = fakePort();
  const files = createFiles(port);
  let heard = 0;
  files.subscribe(() => {
    heard += 1;
  });
  files.add([file("a")]);
  expect(heard).toBeGreaterThan(0);
  files.close();
  expect(uploads[0]?.signal.aborted).toBe(true);
  expect(files.list()).toEqual([]);
});

test("an accept list knows types, families of types and endings", () => {
  const pdf = { name: "Paper.PDF", type: "application/pdf" };
  for (const accept of ["", "application/pdf", "image/*, .pdf", "application/*"])
    expect(accepts(accept, pdf)).toBe(true);
  for (const accept of ["image/*", ".doc", "text/plain"]) expect(accepts(accept, pdf)).toBe(false);
});

test("a file that has arrived holds the message up until it is read; one without text does not go along", async () => {
  const readings: { end: () => void; fail: (error: Error) => void }[] = [];
  const { port, uploads } = fakePort({
    read: () => new Promise((resolve, reject) => readings.push({ end: resolve, fail: reject })),
  });
  const files = createFiles(port);
  files.add([file("a.txt"), file("b.png")]);
  uploads[0]?.end("fil_1");
  uploads[1]?.end("fil_2");
  await settle();
  expect(files.list().map(({ state }) => state)).toEqual(["reading", "reading"]);
  expect(attachedOf(files.list())).toEqual({ ids: [], waiting: true });
  readings[0]?.end();
  readings[1]?.fail(new Error("There is no text in it."));
  await settle();
  expect(files.list().map(({ state }) => state)).toEqual(["done", "useless"]);
  expect(attachedOf(files.list())).toEqual({ ids: ["fil_1"], waiting: false });
});

test("a file that is removed while it is read is never heard of again", async () => {
  let heard: AbortSignal | undefined;
  const { port, uploads } = fakePort({
    read: (_id, signal) => {
      heard = signal;
      return new Promise(() => {});
    },
  });
  const files = createFiles(port);
  files.add([file("a.txt")]);
  uploads[0]?.end("fil_1");
  await settle();
  files.remove(files.list()[0]?.key ?? 0);
  expect(heard?.aborted).toBe(true);
  expect(attachedOf(files.list())).toEqual({ ids: [], waiting: false });
});

test("a message draws on what was chosen for it and on what is attached", () => {
  expect(drawnOn(undefined, [])).toBeUndefined();
  expect(drawnOn({ memories: true }, [])).toEqual({ memories: true });
  expect(drawnOn(undefined, ["fil_1"])).toEqual({ files: ["fil_1"] });
  expect(drawnOn({ files: ["fil_0"] }, ["fil_1"])).toEqual({ files: ["fil_0", "fil_1"] });
});
