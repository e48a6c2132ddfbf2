import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import MarkdownBlocks, { looksTheSame } from "./markdown-blocks";
import { samples } from "./samples";
import { blocksOf, type Split, split } from "./split";

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

test("every beginning of an answer can be shown, finished or not", () => {
  for (const text of Object.values(samples)) {
    for (let end = 0; end <= text.length; end += 7) {
      for (const growing of [true, false]) {
        const html = renderToStaticMarkup(<MarkdownBlocks text={text.slice(0, end)} growing={growing} />);
        expect(html).not.toMatch(/<(script|img|iframe|style|object)\b|\son\w+=|style=/i);
      }
    }
  }
});

test("what is still being written looks finished, and only then", () => {
  const draw = (growing: boolean) => renderToStaticMarkup(<MarkdownBlocks text={"One\n\n**two"} growing={growing} />);
  expect(draw(true)).toContain("<strong>two</strong>");
  expect(draw(false)).toContain("**two");
});

test("a formula is its source until it can be drawn", () => {
  expect(render("so $a<b$ is")).toBe('<p>so <span class="formula">$a&lt;b$</span> is</p>');
  expect(render("$$\na\n$$")).toContain('<span class="formula display" role="group"');
});

test("a new line in a cell is one", () => {
  expect(render("|a|\n|-|\n|b<br>c<br/>d|")).toContain("<td>b<br/>c<br/>d</td>");
});

test("tasks say whether they are done", () => {
  const html = render("- [x] a\n- [ ] b\n\n  c");
  expect(html).toContain('<input type="checkbox" disabled="" aria-label="done" checked=""/>');
  expect(html).toContain('aria-label="open"/><div><p>b</p><p>c</p></div>');
});

test("every block finds its own direction", () => {
  const html = renderToStaticMarkup(<MarkdownBlocks text={"# א\n\nא `a`\n\n- א\n\n> א\n\n|א|\n|-|\n\n```\na\n```"} />);
  for (const element of ["h3", "p", "ul", "blockquote", "th"]) expect(html).toContain(`<${element} dir="auto"`);
  expect(html).toContain('<code dir="ltr">');
  expect(html).toContain('<figure class="code" dir="ltr">');
});

test("a word more draws the last block again and no other", () => {
  const text = Object.values(samples).slice(0, 8).join("\n\n");
  let before: Split | undefined;
  let drawn = 0;
  let blocks = 0;
  for (let end = 1; end <= text.length; end += 1) {
    const after = split(before, text.slice(0, end));
    const [old, now] = [before ? blocksOf(before) : [], blocksOf(after)];
    blocks += now.length;
    drawn += now.filter((token, index) => {
      const earlier = old[index];
      return !earlier || !looksTheSame({ token: earlier, links: before?.links ?? {} }, { token, links: after.links });
    }).length;
    before = after;
  }
  expect(drawn).toBeLessThan(1.2 * text.length);
  expect(blocks).toBeGreaterThan(20 * text.length);
});

test.each([
  ["quotations", ">".repeat(20_000)],
  ["quotations with a lazy line", `${"> ".repeat(2_000)}a\nb`],
  ["quotations line by line", Array.from({ length: 300 }, (_, depth) => `${">".repeat(depth)} a`).join("\n")],
  ["lists", "- ".repeat(20_000)],
  ["lists line by line", Array.from({ length: 300 }, (_, depth) => `${"  ".repeat(depth)}- a`).join("\n")],
  ["lists and quotations", `${"> - ".repeat(500)}a\nb`],
  ["brackets", "[".repeat(20_000)],
  ["links", `${"[".repeat(2_000)}a${"](https://example.com)".repeat(2_000)}`],
  ["emphasis", `${"**a *b ".repeat(2_000)}${"c* d** ".repeat(2_000)}`],
  ["marks", "*_~`$".repeat(4_000)],
  ["dollars", "$a ".repeat(10_000)],
  ["openings of formulas", "\\( ".repeat(10_000)],
  ["tags", "<a ".repeat(10_000)],
])("deep or endless %s do no harm", (_name, source) => {
  expect(render(source).length).toBeGreaterThan(0);
});

test("a text of a megabyte can be shown", () => {
  const paragraph = `${"Some words that say little, and some that are **bold**. ".repeat(40)}\n\n`;
  expect(render(paragraph.repeat(1_000_000 / paragraph.length)).length).toBeGreaterThan(900_000);
});

test("one line of a megabyte can be shown", () => {
  expect(render("word ".repeat(200_000)).length).toBeGreaterThan(900_000);
  expect(render("x".repeat(1_000_000)).length).toBeGreaterThan(900_000);
});
