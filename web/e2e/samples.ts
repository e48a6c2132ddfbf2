/** Small files of several kinds, as people have them. */
import { deflateSync } from "node:zlib";

export const HANDBOOK = [
  "# The keeper's handbook",
  "Keep this at hand in every watch.",
  "## The lamp",
  "The lamp is lit *half an hour* before sunset. Its oil comes from Harbour & Sons and takes three working days.",
  "## The foghorn",
  "In fog the foghorn sounds every ninety seconds. Its compressor wants twelve minutes to build up pressure, so begin early.",
].join("\n\n");

export const WATCHES = "day,keeper,hours\nMonday,Ada,8\nTuesday,Ben,8\nWednesday,Grace,12\n";

/** One page with these lines, in the oldest form of the format, which needs nothing compressed. */
export function pdf(lines: readonly string[]): Uint8Array<ArrayBuffer> {
  const shown = lines.map((line, index) => `BT /F1 14 Tf 72 ${720 - 24 * index} Td (${line}) Tj ET`).join("\n");
  const objects = [
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
    `<< /Length ${shown.length} >>\nstream\n${shown}\nendstream`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
  ];
  let text = "%PDF-1.4\n";
  const places = objects.map((object, index) => {
    const place = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return place;
  });
  const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\n`;
  return bytesOf(`${text}startxref\n${text.indexOf("xref\n")}\n%%EOF\n`);
}

/** A picture: a lamp that shines into the dark. */
export function png(size = 96): Uint8Array<ArrayBuffer> {
  const rows = Buffer.alloc(size * (1 + 3 * size));
  for (let y = 0; y < size; y += 1)
    for (let x = 0; x < size; x += 1) {
      const light = Math.max(0, 1 - Math.hypot(x - size / 2, y - size / 2) / (size / 2));
      rows.set([40 + 215 * light, 50 + 170 * light, 90 + 40 * light], y * (1 + 3 * size) + 1 + 3 * x);
    }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const all = [signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows)), chunk("IEND", Buffer.alloc(0))];
  return new Uint8Array(Buffer.concat(all));
}

function chunk(kind: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(kind), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc(named));
  return Buffer.concat([length, named, check]);
}

function crc(data: Buffer): number {
  let sum = 0xffffffff;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return (sum ^ 0xffffffff) >>> 0;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "latin1"));
}
