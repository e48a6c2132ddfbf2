import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import MarkdownBlocks from "./markdown-blocks";

/** Without the direction that every block has, which is looked at on its own. */
const render = (text: string) => renderToStaticMarkup(<MarkdownBlocks text={text} />).replaceAll(/ dir="\w+"/g, "");

test.each([
  [
    "a paragraph",
    "One *two* **three** `four` ~~five~~",
    "<p>One <em>two</em> <strong>three</strong> <code>four</code> <del>five</del></p>",
  ],
  ["a heading, below those of the page", "# Title", "<h3>Title</h3>"],
  ["nested lists", "- a\n  - b", "<ul><li>a<ul><li>b</li></ul></li></ul>"],
  ["a list that starts later", "3. c", '<ol start="3"><li>c</li></ol>'],
  ["a quotation", "> said", "<blockquote><p>said</p></blockquote>"],
  ["a rule", "---", "<hr/>"],
  ["escapes and entities", "\\*not\\* &amp; a &#60; b &bogus;", "<p>*not* &amp; a &lt; b &amp;bogus;</p>"],
])("%s", (_name, source, expected) => {
  expect(render(source)).toBe(expected);
});

test("code keeps its text and shows its language, also while its fence is still open", () => {
  for (const source of ["```rust\nlet a = 1 < 2;\n```", "```rust\nlet a = 1 < 2;"]) {
    const html = render(source);
    expect(html).toContain("<code>let a = 1 &lt; 2;</code>");
    expect(html).toContain("<span>rust</span>");
  }
});

test("HTML is shown, not run", () => {
  for (const source of [
    "<script>alert(1)</script>",
    "text <img src=x onerror=alert(1)> text",
    "<div onclick=alert(1)>",
  ]) {
    const html = render(source);
    expect(html).not.toMatch(/<(script|img|div)/);
    expect(html).toContain("&lt;");
  }
});

test("links lead to the web or to mail and nowhere else; images are not loaded", () => {
  expect(render("[a](https://example.com)")).toContain(
    '<a href="https://example.com" target="_blank" rel="noreferrer noopener">a</a>',
  );
  for (const source of [
    "[a](javascript:alert(1))",
    "[a](data:text/html,x)",
    "[a](/api/auth/logout)",
    "[a](java&#x73;cript:x)",
  ])
    expect(render(source)).not.toContain("<a");
  expect(render("![alt](https://example.com/pixel.png)")).toBe(
    '<p><a href="https://example.com/pixel.png" target="_blank" rel="noreferrer noopener">alt</a></p>',
  );
  expect(render("![](data:image/png;base64,x)")).toBe("<p>data:image/png;base64,x</p>");
});

test("a table keeps its alignment", () => {
  expect(render("|a|b|\n|-|-:|\n|1|2|")).toContain('<td class="align-right">2</td>');
});

test("every beginning of an answer can be shown", () => {
  const answer =
    "# A\n\n| a | b |\n|---|--:|\n| 1 | **2** |\n\n```js\nlet x\n```\n\n- [x] done\n- [ ] [open](https://example.com) $x$ 🏛";
  for (let end = 0; end <= answer.length; end += 1) expect(typeof render(answer.slice(0, end))).toBe("string");
});
