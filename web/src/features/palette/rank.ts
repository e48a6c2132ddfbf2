/**
 * How well a text answers what was typed, and where: every word of the query is found in the text, whole, at the beginning of
 * a word, inside, or as single letters in their order (`nc` finds "New conversation"). Case and accents do not matter.
 * Pure; `palette.tsx` sorts by it and marks what matched.
 */
export interface Match {
  /** Larger is better; only the order means something. */
  score: number;
  /** Parts of the text, from and to; in order, without overlap. */
  ranges: readonly (readonly [number, number])[];
}

const WHOLE = 100;
const START = 80;
const WORD = 60;
const INSIDE = 40;
const LETTERS = 10;
/** What stands beside the title counts less: other words for the same thing. */
const BESIDE = 0.5;

/** Undefined when the query is not in the text; everything matches nothing, equally well. */
export function match(query: string, text: string, keywords = ""): Match | undefined {
  const words = fold(query).split(/\s+/).filter(Boolean);
  const title = fold(text);
  const beside = fold(keywords);
  let score = 0;
  const ranges: [number, number][] = [];
  for (const word of words) {
    const found = find(word, title);
    const other = find(word, beside);
    const otherScore = other && other.score > LETTERS * 2 ? other.score * BESIDE : 0;
    if (found && found.score >= otherScore) {
      score += found.score;
      ranges.push(...found.ranges);
    } else if (otherScore > 0) {
      score += otherScore;
    } else {
      return undefined;
    }
  }
  // Of two that match alike the shorter one is more of what was typed.
  return { score: score / Math.max(1, words.length) - Math.min(text.length, 100) / 100, ranges: merged(ranges) };
}

/** Those that match, the best first; equals keep their order. */
export function rank<T>(query: string, items: readonly T[], texts: (item: T) => readonly [string, string?]) {
  return items
    .flatMap((item) => {
      const [text, keywords] = texts(item);
      const found = match(query, text, keywords);
      return found ? [{ item, ...found }] : [];
    })
    .sort((a, b) => b.score - a.score);
}

function find(word: string, text: string): { score: number; ranges: [number, number][] } | undefined {
  if (text === word) return { score: WHOLE, ranges: [[0, word.length]] };
  if (text.startsWith(word)) return { score: START, ranges: [[0, word.length]] };
  let inside = -1;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isLetter(text[at - 1])) return { score: WORD, ranges: [[at, at + word.length]] };
    if (inside < 0) inside = at;
  }
  if (inside >= 0) return { score: INSIDE, ranges: [[inside, inside + word.length]] };
  return letters(word, text);
}

/** The letters of a word one after the other, each at the beginning of a word or right behind the one before. */
function letters(word: string, whole: string): { score: number; ranges: [number, number][] } | undefined {
  const text = whole.slice(0, 1_000);
  const ranges: [number, number][] = [];
  // Ways that led nowhere are not gone again: a text of one letter would have more of them than there is time.
  const dead = new Set<number>();
  const walk = (index: number, from: number): boolean => {
    if (index === word.length) return true;
    if (dead.has(index * 1_000 + from)) return false;
    for (
      let at = text.indexOf(word[index] as string, from);
      at >= 0;
      at = text.indexOf(word[index] as string, at + 1)
    ) {
      if (at !== from && isLetter(text[at - 1])) continue;
      if (index === 0 && isLetter(text[at - 1])) continue;
      ranges.push([at, at + 1]);
      if (walk(index + 1, at + 1)) return true;
      ranges.pop();
    }
    dead.add(index * 1_000 + from);
    return false;
  };
  return walk(0, 0) ? { score: LETTERS + LETTERS / ranges.length, ranges } : undefined;
}

/** Lower case without accents, letter for letter, so that places in it are places in the text. */
function fold(text: string): string {
  let folded = "";
  for (const letter of text.split("")) {
    const bare = letter.normalize("NFD")[0] ?? letter;
    const lower = bare.toLowerCase();
    folded += lower.length === 1 ? lower : bare;
  }
  return folded;
}

function isLetter(sign: string | undefined): boolean {
  return sign !== undefined && /[\p{L}\p{N}]/u.test(sign);
}

function merged(ranges: [number, number][]): [number, number][] {
  const sorted = ranges.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const result: [number, number][] = [];
  for (const [from, to] of sorted) {
    const last = result.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else result.push([from, to]);
  }
  return result;
}
