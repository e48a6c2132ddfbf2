/**
 * The line icons that the first page shows, on a grid of 24; `icons.tsx` has the others, for what is loaded on demand. They are
 * decoration: whoever uses one gives the control its name.
 */
const PATHS = {
  plus: "M12 5v14M5 12h14",
  panel: "M4 5h16v14H4zM9.500 5v14",
  close: "M6 6l12 12M18 6 6 18",
  more: "M5.500 12h.010M12 12h.010M18.500 12h.010",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M8 8h8v8H8z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  check: "M5 12.500l4.500 4.500L19 7.500",
  again: "M19 12a7 7 0 1 1-2.200-5.100M19 4v4h-4",
  down: "M12 5v14M6 13l6 6 6-6",
  back: "M14 7l-5 5 5 5",
  forward: "M10 7l5 5-5 5",
  chevron: "M7 10l5 5 5-5",
  updown: "M8 9.500l4-4 4 4M8 14.500l4 4 4-4",
  pencil: "M5 19l1-4L16.500 4.500l3 3L9 18zM14 7l3 3",
  search: "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13M15.500 15.500 20 20",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v5",
  archive: "M4 5h16v4H4zM5.500 9v10h13V9M10 13h4",
  branch: "M7 4v16M7 14c0-4 10-2 10-7M17 7V4M14.500 6 17 3.500 19.500 6",
  user: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8M5 20c0-4 3-6 7-6s7 2 7 6",
  users:
    "M9 5a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7M3 19c0-3.500 2.500-5 6-5s6 1.500 6 5M15.500 5.300a3.500 3.500 0 0 1 0 6.400M17.500 14.500c2.200.600 3.500 2 3.500 4.500",
  message: "M5 5h14v11h-8l-4 3.500V16H5z",
  spark: "M12 4c.500 5 3 7.500 8 8-5 .500-7.500 3-8 8-.500-5-3-7.500-8-8 5-.500 7.500-3 8-8",
  warning: "M12 4.500 21 19.500H3zM12 10v4.500M12 17h.010",
  command:
    "M9 9h6v6H9zM9 9H7a2.500 2.500 0 1 1 2-2.500zM15 9V6.500A2.500 2.500 0 1 1 17.500 9zM15 15h2.500a2.500 2.500 0 1 1-2.500 2.500zM9 15v2.500A2.500 2.500 0 1 1 6.500 15z",
  lines: "M5 7h14M5 12h14M5 17h8",
  code: "M8.500 7.500 4 12l4.500 4.500M15.500 7.500 20 12l-4.500 4.500M13.500 5l-3 14",
  memory: "M7 4h10v16l-5-4-5 4z",
  folder: "M4 6h5l2 2.500h9V19H4z",
  columns: "M4 5h16v14H4zM12 5v14",
  layers: "M12 4 4 8l8 4 8-4zM4 12l8 4 8-4M4 16l8 4 8-4",
} as const;

export type FirstIconName = keyof typeof PATHS;

export function Icon({ name }: { name: FirstIconName }) {
  return (
    <svg className={name === "stop" ? "icon solid" : "icon"} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} strokeWidth={name === "more" ? 2.4 : undefined} />
    </svg>
  );
}

/** The mark of the product: a small colonnade. */
export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M16 5.500 26 11v2H6v-2zM8 14.500h2.600v8.500H8zm6.700 0h2.600v8.500h-2.600zm6.700 0H24v8.500h-2.600zM6 24.200h20v2.300H6z" />
    </svg>
  );
}
