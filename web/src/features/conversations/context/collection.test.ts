import { expect, test } from "vitest";
import { changed } from "./collection";

test("a change leaves the rest as it is", () => {
  expect(changed({ memories: true, folder: "fil_1" }, { everything: true })).toEqual({
    everything: true,
    memories: true,
    folder: "fil_1",
  });
  expect(changed({ folder: "fil_1" }, { folder: null, files: ["fil_2"] })).toEqual({ files: ["fil_2"] });
});

test("what is switched off is not sent, and nothing is null", () => {
  expect(changed({ memories: true, files: ["fil_1"] }, { memories: false })).toEqual({ files: ["fil_1"] });
  expect(changed({ files: ["fil_1"] }, { files: [] })).toBeNull();
  expect(changed(null, { everything: false })).toBeNull();
});
