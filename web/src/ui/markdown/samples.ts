/** Texts for the tests of the parser: what models write, and what is hard to cut into blocks. */
export const samples: Record<string, string> = {
  prose: "# Title\n\nOne *two* **three**\nfour `five`.\n\nSix\n\n\n\nSeven  \neight",
  "no blank lines": "# A\ntext\n## B\n- one\n- two\n### C\n```js\nx\n```\nafter\n***\nend",
  "a fence": "Before:\n\n```rust\nlet a = 1;\n\n\nlet b;\n```\n\nAfter\n\n~~~\n```\n~~~\nlast",
  "fences in fences": "````md\n```js\nx\n```\n````\n\n```\n```x\n\n``` \nrest\n\n```a`b\nnot code",
  "an open fence": "text\n\n```python\ndef f():\n\n    return 1\n\n# not a heading",
  lists: "- a\n- b\n  - c\n\n    d\n- e\n\n\ntext\n\n1. x\n2. y\n\n3) z\n\n* other\n+ another\n\n10. late",
  "loose lists": "- a\n\n- b\n\n  more\n\n-\n\n- c\n\n  ```js\n  x\n\n  y\n  ```\n- d\nlazy\n\n-x",
  tasks: "- [ ] open\n- [x] done\n\n  text\n- [ ]\n\n1. [X] one\n   - [ ] two",
  "numbers that follow a list": "- a\n\n1\n\n1. b\n\n2\n\n2. c\n\n-\n\n - d\n\n     code?\n",
  tables: "a | b\n--|--\n1 | 2\n3\n\n| x | y | z |\n|:-|:-:|-:|\n| `a|b` | **c** | <br> |\n# heading\n\na | b\n--\nno",
  "almost a table": "text\na | b\n--|--|--\nmore\n\nx | y\n--|--",
  quotes: "> a\n> > b\nlazy\n>\n> - c\n> d\n\n> e\n\ntext\n> f\n> ```\n> g\n\nh\n> - i\n> ***\n===\n",
  setext: "Title\n===\n\ntwo\nlines\n---\n\ntext\n-\n\na\n- b\n\n-\n=\n\n# c\n---\nd\n--- e",
  definitions:
    "See [a], [b][A] and [c d].\n\n- [a]\n\n[a]: https://example.com/a\n[C  D]: https://example.com/c 'title'\n\n[a]: https://other.example\n\n> [q]: https://q.example\n\n[q] and [ a ] and [a](https://b.example)",
  "almost a definition":
    '[a]: https://example.com\n"title\n\nmore"\n\n[b\nc]: x\n\n[d]:\nhttps://example.com\n\n[a] [b c] [d]',
  "definitions below":
    '[1] and [2]\n\n# [1]\n\n```\n[1]\n```\n\n| [1] | b |\n|--|--|\n| [2] | c |\n\n- [2]\n\n[1]: https://one.example "t"\n[2]: <https://two.example>',
  HTML: "<div>\n**a**\n\n**b**\n</div>\n\ntext <b>c</b> <a href=x> https://example.com\n\nhttps://example.com\n\n<!-- d\n\ne -->\n\n<pre>\n\nf\n</pre>\ng\n\n<script>\n\n</script>\n\n<x-y z>\nh\n\n<p",
  "indented code": "a\n\n    b\n\n\n    c\nd\n    e\n\n\tf\n\n  g\n\n      \n    h",
  formulas:
    "Inline $x_1 + *y*$ and \\(z\\).\n\n$$\na\n- b\n+ c\n$$\n\ntext\n$$d$$ e\n\n\\[\nf\n\\]\n\n$$\ng\n\n$$\n\n- $h$\n\n  $$\n  i\n  $$\n\n$$\n- j\n# k\n$$\n\n$$\n```\nl\n\n$$",
  rules: "***\n---\n_ _ _\n\na\n***\n\n- - -\n\n- a\n- - -\n* * *\nb",
  "line ends": "# a\r\n\r\nb\rc\r\r\n- d\r\n\r\n- e\r\n```\r\nf\r\n```\r\n",
  spaces: "a\n \n  \n\tb\n\n   c\n\n \n- d\n \n   e\n\t\n   \n f\n\n\u00a0\ng",
  "other writing": "# שלום\n\nمرحبا **عالم**\n\n你好，*世界*。🏛️\n\n- ナ\n\n👩‍👩‍👧 e\u0301",
  unfinished: "**a\n\n*b `c\n\n[d](https://example.com\n\n![e](f\n\n~~g\n\n`h\n\n\\",
};
