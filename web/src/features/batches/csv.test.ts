import { expect, test } from "vitest";
import { parseCsv } from "./csv";

test("quotes hold separators, line breaks and quotes", () => {
  const { header, rows } = parseCsv('topic,"what, then"\r\nlamps,"a ""lit"" lamp,\nat night"\r\n\r\nfog,horns');
  expect(header).toEqual(["topic", "what, then"]);
  expect(rows).toEqual([
    ["lamps", 'a "lit" lamp,\nat night'],
    ["fog", "horns"],
  ]);
});

test("the separator is found by the first line", () => {
  expect(parseCsv("a;b, c;d\n1;2;3\n").header).toEqual(["a", "b, c", "d"]);
  expect(parseCsv("a\tb\n1\t2").rows).toEqual([["1", "2"]]);
  expect(parseCsv('\n"a;b",c\n').header).toEqual(["a;b", "c"]);
});

test("a mark of byte order, blanks around names, and short rows do no harm", () => {
  expect(parseCsv("\uFEFF topic ,text\nlamps\n")).toEqual({ header: ["topic", "text"], rows: [["lamps"]] });
  expect(parseCsv("")).toEqual({ header: [], rows: [] });
});
