/** Code in colours: highlight.js for the languages below, each loaded when it is first wanted. Called in the worker. */
import highlighter from "highlight.js/lib/core";
import { languageOf } from "./languages";

/** A piece of code and what it is; the style sheet has a colour for each kind. `""` is plain. */
export type Span = [kind: Kind, text: string];

export type Kind =
  | ""
  | "comment"
  | "keyword"
  | "string"
  | "number"
  | "name"
  | "type"
  | "attribute"
  | "meta"
  | "added"
  | "removed";

const KINDS: Record<string, Kind> = {
  comment: "comment",
  quote: "comment",
  doctag: "keyword",
  keyword: "keyword",
  "selector-tag": "keyword",
  operator: "",
  string: "string",
  regexp: "string",
  char: "string",
  code: "string",
  link: "string",
  number: "number",
  literal: "number",
  symbol: "number",
  bullet: "number",
  title: "name",
  name: "name",
  section: "name",
  "selector-id": "name",
  "selector-class": "name",
  type: "type",
  class: "type",
  built_in: "type",
  "template-tag": "type",
  attr: "attribute",
  attribute: "attribute",
  property: "attribute",
  variable: "attribute",
  "template-variable": "attribute",
  "selector-attr": "attribute",
  "selector-pseudo": "attribute",
  params: "",
  meta: "meta",
  addition: "added",
  deletion: "removed",
};

/** Nothing for a language that is not known. */
export async function spansOf(code: string, name: string): Promise<Span[] | undefined> {
  const language = languageOf(name);
  if (!language) return;
  await Promise.all(
    language.needs.map(async ([needed, load]) => {
      if (!highlighter.getLanguage(needed)) highlighter.registerLanguage(needed, (await load()).default);
    }),
  );
  const { _emitter } = highlighter.highlight(code, { language: language.name, ignoreIllegals: true });
  const spans: Span[] = [];
  flatten((_emitter as unknown as { root: Node }).root, "", spans);
  return spans;
}

interface Node {
  scope?: string;
  children: (Node | string)[];
}

/** Neighbours of one kind become one piece: each is an element on the page. */
function flatten(node: Node, outer: Kind, spans: Span[]): void {
  const kind = node.scope === undefined ? outer : kindOf(node.scope, outer);
  for (const child of node.children) {
    if (typeof child !== "string") {
      flatten(child, kind, spans);
      continue;
    }
    const last = spans.at(-1);
    if (last && last[0] === kind) last[1] += child;
    else spans.push([kind, child]);
  }
}

function kindOf(scope: string, outer: Kind): Kind {
  if (scope.startsWith("language:")) return "";
  if (scope === "title.class" || scope === "title.class.inherited") return "type";
  const kind = KINDS[scope.split(".")[0] ?? ""];
  return kind ?? outer;
}
