/** KaTeX, its styles and fonts: a chunk of its own, loaded by the first formula. */
import katex, { type KatexOptions } from "katex";
import "katex/dist/katex.css";

/** Replaces what is in an element by the formula; leaves it as it is when this is not valid TeX. */
export function drawFormula(element: HTMLElement, text: string, display: boolean): void {
  try {
    const node = buildFormula(text, display).toNode() as HTMLElement;
    for (const styled of node.querySelectorAll<SVGElement>("[data-style]")) {
      styled.style.cssText = styled.dataset.style ?? "";
      delete styled.dataset.style;
    }
    element.replaceChildren(node);
  } catch {
    // Not TeX that KaTeX knows: the source says more than an error does.
  }
}

interface Tree {
  attributes?: Record<string, string>;
  children?: Tree[];
  toNode(): Node;
}

/** The types leave this out; it is what `katex.render` calls. */
const tex = katex as typeof katex & { __renderToDomTree(source: string, options: KatexOptions): Tree };

/** Exported for its test. */
export function buildFormula(text: string, display: boolean): Tree {
  const tree = tex.__renderToDomTree(text, {
    displayMode: display,
    throwOnError: true,
    strict: "ignore",
    trust: false,
    // A formula is a few lines; one that grows without end, or is as large as the page, is no formula.
    maxExpand: 500,
    maxSize: 25,
  });
  keepStyles(tree);
  return tree;
}

/** KaTeX writes a few `style` attributes, which the page's policy forbids; they are set as properties instead. */
function keepStyles(tree: Tree): void {
  if (tree.attributes?.style !== undefined) {
    tree.attributes["data-style"] = tree.attributes.style;
    delete tree.attributes.style;
  }
  tree.children?.forEach(keepStyles);
}
