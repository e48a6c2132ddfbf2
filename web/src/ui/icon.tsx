/** The line icons of the page, on a grid of 24. They are decoration: whoever uses one gives the control its name. */
const PATHS = {
  plus: "M12 5v14M5 12h14",
  menu: "M4 7h16M4 12h16M4 17h16",
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
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  leave: "M14 5H5v14h9M10 12h10M17 9l3 3-3 3",
  search: "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13M15.500 15.500 20 20",
  pin: "M9 4h6l-1 6 3 3v2H7v-2l3-3zM12 15v5",
  archive: "M4 5h16v4H4zM5.500 9v10h13V9M10 13h4",
  branch: "M7 4v16M7 14c0-4 10-2 10-7M17 7V4M14.500 6 17 3.500 19.500 6",
  paperclip:
    "M19 11.500 11.500 19a4.600 4.600 0 0 1-6.500-6.500L13 4.500a3 3 0 0 1 4.300 4.300L9.600 16.500a1.500 1.500 0 0 1-2.100-2.100l7-7",
  settings: "M4 7h9M17 7h3M15 4.800v4.400M4 12h3M11 12h9M9 9.800v4.400M4 17h9M17 17h3M15 14.800v4.400",
  user: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8M5 20c0-4 3-6 7-6s7 2 7 6",
  users:
    "M9 5a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7M3 19c0-3.500 2.500-5 6-5s6 1.500 6 5M15.500 5.300a3.500 3.500 0 0 1 0 6.400M17.500 14.500c2.200.600 3.500 2 3.500 4.500",
  key: "M8 12a4 4 0 1 1 0 .010M12 12h8M17 12v3M20 12v2",
  shield: "M12 4l7 2.500v5c0 4.500-3 7-7 8.500-4-1.500-7-4-7-8.500v-5z",
  plug: "M9 4v5M15 4v5M6.500 9h11v3a5.500 5.500 0 0 1-11 0zM12 17.500V21",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8M12 3v1.500M12 19.500V21M3 12h1.500M19.500 12H21M5.600 5.600l1.100 1.100M17.300 17.300l1.100 1.100M5.600 18.400l1.100-1.100M17.300 6.700l1.100-1.100",
  moon: "M19 14.500A7.500 7.500 0 0 1 9.500 5a7.500 7.500 0 1 0 9.500 9.500",
  device: "M4 5h16v11H4zM9 20h6M12 16v4",
  globe: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M4 12h16M12 4c5 5 5 11 0 16M12 4c-5 5-5 11 0 16",
  keyboard: "M3 7h18v10H3zM7 10.500h.010M10.500 10.500h.010M14 10.500h.010M17.500 10.500h.010M8 14h8",
  message: "M5 5h14v11h-8l-4 3.500V16H5z",
  spark: "M12 4c.500 5 3 7.500 8 8-5 .500-7.500 3-8 8-.500-5-3-7.500-8-8 5-.500 7.500-3 8-8",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M12 8v4.500l3 1.500",
  warning: "M12 4.500 21 19.500H3zM12 10v4.500M12 17h.010",
  info: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M12 11v5M12 8h.010",
  external: "M13 5h6v6M19 5l-8 8M10 6H5v13h13v-5",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  undo: "M9 5 4.500 9.500 9 14M5 9.500h8.500a5 5 0 0 1 0 10H10",
  eye: "M3 12c4-7 14-7 18 0-4 7-14 7-18 0M12 9.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5",
  eyeOff:
    "M4 4l16 16M9.900 6.300A10 10 0 0 1 21 12a13 13 0 0 1-2.300 2.900M6.600 8A12 12 0 0 0 3 12c2.600 4.500 8 6.200 12.200 4.300M10.200 10.300a2.500 2.500 0 0 0 3.500 3.500",
  link: "M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1",
  home: "M4 11.500 12 5l8 6.500M6.500 10v9h11v-9",
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
      <path d="M16 5.500 26 11v2H6v-2zM8 14.500h2.600v8.500H8zm6.700 0h2.600v8.500h-2.600zm6.700 0H24v8.500h-2.600zM6 24.200h20v2.300H6z" />
    </svg>
  );
}
