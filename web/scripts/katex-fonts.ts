/** Leaves only the woff2 fonts in KaTeX's style sheet: every browser that the page runs in reads them. */
import type { Plugin } from "vite";

export function katexFonts(): Plugin {
  return {
    name: "katex-fonts",
    enforce: "pre",
    transform(code, id) {
      if (!/katex[^/]*\.css$/.test(id)) return;
      return code.replace(/,\s*url\([^)]*\)\s*format\("(?:woff|truetype)"\)/g, "");
    },
  };
}
