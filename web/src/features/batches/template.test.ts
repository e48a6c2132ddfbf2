import { expect, test } from "vitest";
import { fillTemplate, firstTemplate, placesOf, unknownPlaces } from "./template";

const COLUMNS = ["text", "into language"];

test("places are filled from the row, also with blanks around their names", () => {
  const template = "Translate “{{text}}” into {{ into language }}: {{text}}";
  expect(placesOf(template)).toEqual(COLUMNS);
  expect(fillTemplate(template, COLUMNS, ["lamp", "German"])).toBe("Translate “lamp” into German: lamp");
  // A value is no template.
  expect(fillTemplate("{{text}}", COLUMNS, ["{{into language}} $& $1"])).toBe("{{into language}} $& $1");
});

test("what the table lacks is named and left", () => {
  expect(unknownPlaces("{{text}} {{author}}", COLUMNS)).toEqual(["author"]);
  expect(fillTemplate("{{author}}: {{into language}}", COLUMNS, ["short"])).toBe("{{author}}: ");
  expect(unknownPlaces("{ {text}} {{}} {{ }}", COLUMNS)).toEqual([]);
});

test("one begins with the column that sounds like a prompt", () => {
  expect(firstTemplate(["id", "Question", "answer"])).toBe("{{Question}}");
  expect(firstTemplate(["id", "x"])).toBe("{{id}}");
  expect(firstTemplate([])).toBe("");
});
