/** Where a key leads in the grid. Pure. Column 0 is the prompt; those of the models follow. */
export interface Place {
  row: number;
  column: number;
}

export interface Size {
  rows: number;
  columns: number;
  /** Rows that are in sight at once. */
  page: number;
}

/** Undefined for a key that moves nothing. */
export function placeAfter(key: string, from: Place, { rows, columns, page }: Size, whole = false): Place | undefined {
  const at = (row: number, column: number): Place => ({
    row: Math.max(0, Math.min(rows - 1, row)),
    column: Math.max(0, Math.min(columns - 1, column)),
  });
  const { row, column } = from;
  switch (key) {
    case "ArrowUp":
      return at(row - 1, column);
    case "ArrowDown":
      return at(row + 1, column);
    case "ArrowLeft":
      return at(row, column - 1);
    case "ArrowRight":
      return at(row, column + 1);
    case "PageUp":
      return at(row - Math.max(1, page - 1), column);
    case "PageDown":
      return at(row + Math.max(1, page - 1), column);
    // To the ends of the row; with the control key to those of the grid, as in every table.
    case "Home":
      return at(whole ? 0 : row, 0);
    case "End":
      return at(whole ? rows - 1 : row, columns - 1);
    default:
      return undefined;
  }
}
