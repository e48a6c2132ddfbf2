/** What the palette can show, and in which order it stands there for what was typed. Pure. */
import type { IconName } from "../../ui/icons";
import { type Match, match, rank } from "./rank";

export interface Command {
  id: string;
  /** The heading under which it stands. */
  group: string;
  label: string;
  icon: IconName;
  note?: string;
  /** Other words by which one may look for it, in any language. */
  keywords?: string;
  /** The shortcut that does the same. */
  keys?: string;
  /** The one that is in force among several. */
  checked?: boolean;
  /** The text in which it was found, the words that were looked for marked. */
  snippet?: readonly { text: string; hit: boolean }[];
  run: () => void;
}

/** What the server has found: a conversation by its title, or with a heading of its own something else. */
export interface Found {
  id: string;
  title: string;
  note?: string;
  group?: string;
  icon?: IconName;
  snippet?: Command["snippet"];
  run: () => void;
}

export interface Option extends Command {
  ranges: Match["ranges"];
}

export interface OptionGroup {
  name: string;
  options: Option[];
}

const SHOWN_MAX = 7;

/**
 * Groups of options. Nothing typed: the conversations, then every command as it came. Else the best matches of each group,
 * the group with the best of all first.
 */
export function optionsFor(
  q: string,
  commands: readonly Command[],
  found: readonly Found[],
  heading: string,
): OptionGroup[] {
  const asked = q.trim() !== "";
  const groups = new Map<string, { best: number; options: Option[] }>();
  const put = (option: Option, score: number) => {
    const group = groups.get(option.group);
    if (!group) groups.set(option.group, { best: score, options: [option] });
    else if (!asked || group.options.length < SHOWN_MAX) group.options.push(option);
  };
  // The server has found them by its own idea of letters: they are shown even when this one sees no match.
  const conversations = found
    .filter((each) => !each.group)
    .map((each) => ({ each, found: match(q, each.title) ?? { score: 0, ranges: [] } }))
    .sort((a, b) => (asked ? b.found.score - a.found.score : 0));
  for (const { each, found: how } of conversations)
    put({ ...each, group: heading, label: each.title, icon: "message", ranges: how.ranges }, how.score);
  for (const { item, score, ranges } of asked
    ? rank(q, commands, (each) => [each.label, each.keywords])
    : all(commands))
    put({ ...item, ranges }, score);
  // In the server's order, which has read all of the text, and below what is called by these words.
  for (const { title, icon = "message", group = heading, ...each } of found.filter((each) => each.group))
    put({ ...each, group, icon, label: title, ranges: match(q, title)?.ranges ?? [] }, 0);
  const sorted = [...groups].map(([name, group]) => ({ name, ...group }));
  if (asked) sorted.sort((a, b) => b.best - a.best);
  return sorted.map(({ name, options }) => ({ name, options }));
}

function all(commands: readonly Command[]) {
  return commands.map((item) => ({ item, score: 0, ranges: [] as Match["ranges"] }));
}
