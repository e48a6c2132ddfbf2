/** Sizes and types of uploads as an administrator types them. Pure. */
import type { UploadLimits } from "../../api/types";

export const UNITS = { MiB: 2 ** 20, GiB: 2 ** 30 } as const;
export type Unit = keyof typeof UNITS;

/** What the server takes at most. */
export const GIB_MAX = 50;

export interface Typed {
  size: string;
  unit: Unit;
  allowed: string;
  refused: string;
}

export function typedOf({ max_bytes, allowed_types, refused_types }: UploadLimits): Typed {
  const unit: Unit = max_bytes >= UNITS.GiB && max_bytes % UNITS.GiB === 0 ? "GiB" : "MiB";
  return {
    size: String(Math.round((max_bytes / UNITS[unit]) * 100) / 100),
    unit,
    allowed: allowed_types.join(", "),
    refused: refused_types.join(", "),
  };
}

/** The size in bytes; undefined when nothing that can be taken is written. */
export function readSize({ size, unit }: Pick<Typed, "size" | "unit">): number | undefined {
  const bytes = Math.round(Number(size.replace(",", ".")) * UNITS[unit]);
  return size.trim() !== "" && bytes >= 1 && bytes <= GIB_MAX * UNITS.GiB ? bytes : undefined;
}

export function readTypes(text: string): string[] {
  return [
    ...new Set(
      text
        .toLowerCase()
        .split(/[\s,;]+/)
        .filter(Boolean),
    ),
  ];
}

/** What is different from what is in force; a size that was only shown rounded is not. */
export function changedLimits(now: UploadLimits, typed: Typed): Partial<UploadLimits> {
  const before = typedOf(now);
  const bytes = readSize(typed);
  const same = (a: readonly string[], b: readonly string[]) => a.join() === b.join();
  const allowed = readTypes(typed.allowed);
  const refused = readTypes(typed.refused);
  return {
    ...(bytes !== undefined && (typed.size !== before.size || typed.unit !== before.unit) ? { max_bytes: bytes } : {}),
    ...(same(allowed, now.allowed_types) ? {} : { allowed_types: allowed }),
    ...(same(refused, now.refused_types) ? {} : { refused_types: refused }),
  };
}
