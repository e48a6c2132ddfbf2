/** The beginning of a memory as one reads it in the list: its words, without the marks of Markdown around them. Pure. */

const MARKS: [RegExp, string][] = [
  [/!?\[([^\]]*)\]\([^)\s]*\)/g, "$1"],
  [/`([^`]+)`/g, "$1"],
  [/(\*\*|__|~~)(?=\S)(.+?)(?<=\S)\1/g, "$2"],
  [/(?<![\p{L}\p{N}*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\p{L}\p{N}*])/gu, "$1"],
  [/(^|\n)(#{1,6}|>) +/g, "$1"],
];

export function plainOf(snippet: string): string {
  return MARKS.reduce((text, [mark, words]) => text.replace(mark, words), snippet);
}
