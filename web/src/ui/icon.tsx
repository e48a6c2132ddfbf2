/** The line icons of the page. They are decoration: whoever uses one gives the control its name. */
const PATHS = {
  plus: "M12 5v14M5 12h14",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6 6 18",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  send: "M12 19V5M6 11l6-6 6 6",
  stop: "M7 7h10v10H7z",
  copy: "M9 9h10v11H9zM5 15V4h10",
  check: "M5 12.5l4.5 4.5L19 7.5",
  again: "M19 12a7 7 0 1 1-2.200-5.100M19 4v4h-4",
  down: "M12 5v14M6 13l6 6 6-6",
  back: "M14 7l-5 5 5 5",
  forward: "M10 7l5 5-5 5",
  chevron: "M7 10l5 5 5-5",
  pencil: "M5 19l1-4L16.5 4.5l3 3L9 18zM14 7l3 3",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  leave: "M14 5H5v14h9M10 12h10M17 9l3 3-3 3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
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
      <path d="M16 5.5 26 11v2H6v-2zM8 14.5h2.600v8.5H8zm6.700 0h2.600v8.5h-2.600zm6.700 0H24v8.5h-2.600zM6 24.200h20v2.300H6z" />
    </svg>
  );
}
