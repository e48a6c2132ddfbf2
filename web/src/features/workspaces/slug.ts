/** The readable name of a workspace in addresses: what the server will make of a name, and whether a chosen one can be taken. */

/** As the server makes it, but for the six characters that it adds so that nobody else has it. */
export function slugOf(name: string): string {
  const words = name.split(/[^a-z0-9]+/i).filter(Boolean);
  return words.join("-").toLowerCase().slice(0, 40);
}

export function isSlug(text: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,63}$/i.test(text);
}
