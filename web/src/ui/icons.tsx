/** All line icons, for what is loaded on demand: those of the first page (`icon.tsx`) and the rest. */
import { Icon as FirstIcon, type FirstIconName } from "./icon";

const PATHS = {
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  leave: "M14 5H5v14h9M10 12h10M17 9l3 3-3 3",
  paperclip:
    "M19 11.500 11.500 19a4.600 4.600 0 0 1-6.500-6.500L13 4.500a3 3 0 0 1 4.300 4.300L9.600 16.500a1.500 1.500 0 0 1-2.100-2.100l7-7",
  settings: "M4 7h9M17 7h3M15 4.800v4.400M4 12h3M11 12h9M9 9.800v4.400M4 17h9M17 17h3M15 14.800v4.400",
  key: "M4 12a4 4 0 1 0 8 0 4 4 0 1 0-8 0M12 12h8.500M16.500 12v3M20 12v2.500",
  shield: "M12 4l7 2.500v5c0 4.500-3 7-7 8.500-4-1.500-7-4-7-8.500v-5z",
  plug: "M9 4v5M15 4v5M6.500 9h11v3a5.500 5.500 0 0 1-11 0zM12 17.500V21",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8M12 3v1.500M12 19.500V21M3 12h1.500M19.500 12H21M5.600 5.600l1.100 1.100M17.300 17.300l1.100 1.100M5.600 18.400l1.100-1.100M17.300 6.700l1.100-1.100",
  moon: "M19 14.500A7.500 7.500 0 0 1 9.500 5a7.500 7.500 0 1 0 9.500 9.500",
  device: "M4 5h16v11H4zM9 20h6M12 16v4",
  phone: "M8 3h8v18H8zM11 18h2",
  globe: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M4 12h16M12 4c5 5 5 11 0 16M12 4c-5 5-5 11 0 16",
  keyboard: "M3 7h18v10H3zM7 10.500h.010M10.500 10.500h.010M14 10.500h.010M17.500 10.500h.010M8 14h8",
  clock: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M12 8v4.500l3 1.500",
  info: "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M12 11v5M12 8h.010",
  external: "M13 5h6v6M19 5l-8 8M10 6H5v13h13v-5",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  undo: "M9 5 4.500 9.500 9 14M5 9.500h8.500a5 5 0 0 1 0 10H10",
  eye: "M3 12c4-7 14-7 18 0-4 7-14 7-18 0M12 9.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5",
  eyeOff:
    "M4 4l16 16M9.900 6.300A10 10 0 0 1 21 12a13 13 0 0 1-2.300 2.900M6.600 8A12 12 0 0 0 3 12c2.600 4.500 8 6.200 12.200 4.300M10.200 10.300a2.500 2.500 0 0 0 3.500 3.500",
  link: "M10 14a4 4 0 0 0 5.700 0l3-3A4 4 0 0 0 13 5.300l-1 1M14 10a4 4 0 0 0-5.700 0l-3 3a4 4 0 0 0 5.700 5.700l1-1",
  tool: "M14.500 9.500 19 5a5 5 0 0 1-6.500 6.500L7 17.500A1.800 1.800 0 0 1 4.500 15l6-5.500A5 5 0 0 1 17 3z",
  file: "M6 4h8l4 4v12H6zM14 4v4h4",
  image: "M4 5h16v14H4zM4 16l4.500-4.500 4 4 2.500-2.500 5 5M15 9h.010",
  chat: "M4 5h16v11H10l-4.500 4v-4H4z",
  chart: "M4 20h16M7.500 16.500V12M12 16.500V5.500M16.500 16.500V9",
  gauge: "M4.500 17.500a8.500 8.500 0 1 1 15 0M12 14.500l4-5M12 14.500h.010",
  home: "M4 11.500 12 5l8 6.500M6.500 10v9h11v-9",
  folderPlus: "M4 6h5l2 2.500h9V19H4zM12 11.500v5M9.500 14h5",
  upload: "M12 16V5M7 9.500 12 4.500l5 5M5 20h14",
  inbox: "M4 13v6h16v-6M4 13l2.500-8h11L20 13h-5a3 3 0 0 1-6 0z",
  tag: "M4 4h8l8 8-8 8-8-8zM8 8h.010",
  pause: "M8.500 6v12M15.500 6v12",
  play: "M8 5.500v13l10-6.500z",
  table: "M4 5h16v14H4zM4 10h16M4 14.500h16M10 10v9",
  history: "M4.500 12a7.500 7.500 0 1 0 2.200-5.300M4.500 4v4h4M12 8.500v4l2.500 1.500",
  quote: "M10 7c-3 1-4.500 3-4.500 6v4H10v-4.500H7.500M18.500 7c-3 1-4.500 3-4.500 6v4h4.500v-4.500H16",
  grip: "M9.500 6.500h.010M14.500 6.500h.010M9.500 12h.010M14.500 12h.010M9.500 17.500h.010M14.500 17.500h.010",
  move: "M4 6h5l2 2.500h9V19H4zM9 14h6M12.500 11.500 15 14l-2.500 2.500",
} as const;

export type IconName = FirstIconName | keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  if (!(name in PATHS)) return <FirstIcon name={name as FirstIconName} />;
  return (
    <svg className="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name as keyof typeof PATHS]} />
    </svg>
  );
}
