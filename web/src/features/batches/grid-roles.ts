/** What the elements of the grid are to who hears them: they are placed one by one, so that none of them is part of a table to a browser. */
export const AS = {
  group: { role: "rowgroup" },
  column: { role: "columnheader" },
  head: { role: "rowheader" },
  cell: { role: "gridcell" },
  grid: (label: string, rows: number, columns: number) => ({
    role: "grid",
    "aria-label": label,
    "aria-rowcount": rows,
    "aria-colcount": columns,
  }),
  /** `index` from 1, the head of the grid being the first. */
  row: (index: number, busy = false) => ({ role: "row", "aria-rowindex": index, "aria-busy": busy || undefined }),
} as const;
