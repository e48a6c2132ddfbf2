/**
 * Leaves only the lexer in marked: the page makes elements of its tokens, and the part that writes HTML is a fifth of it. The
 * package is one file that sets itself up as it is loaded, which no bundler may leave out on its own.
 */
import type { Plugin } from "vite";

const KEPT = ["Lexer", "Tokenizer"];

export function markedLexer(): Plugin {
  return {
    name: "marked-lexer",
    apply: "build",
    transform(code, id) {
      if (!id.endsWith("/marked.esm.js")) return;
      const setUp = code.search(/var (\w+)=new \w+;function \w+\(\w+,\w+\)\{return \1\.parse\(/);
      const exported = code.indexOf("export{", setUp);
      if (setUp < 0 || exported < 0) this.error("marked is not what it was: look at scripts/marked-lexer.ts");
      const names = KEPT.map((name) => new RegExp(`\\w+ as ${name}\\b`).exec(code.slice(exported))?.[0]);
      return { code: `${code.slice(0, setUp)}export{${names.join(",")}};`, map: null };
    },
  };
}
