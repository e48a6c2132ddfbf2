/** Passwords, as far as a form has to know about them: the server's rule, what length says, and one that nobody has to invent. */

/** The server's rule (`accounts/password.rs`). */
export const PASSWORD_CHARS_MIN = 8;

/**
 * 0 too short, 1 short, 2 good, 3 strong. By length alone: a rule about digits and signs makes passwords that are hard to
 * remember and no harder to guess.
 */
export function passwordStrength(password: string): 0 | 1 | 2 | 3 {
  const length = [...password].length;
  if (length < PASSWORD_CHARS_MIN) return 0;
  const distinct = new Set(password).size;
  if (length < 12 || distinct < 5) return 1;
  return length < 16 ? 2 : 3;
}

/** Without letters and digits that are taken for each other; 32 of them, so that a byte's low bits choose evenly. */
const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

/** 20 characters in groups of five: a hundred bits that can be read out over the telephone. */
export function generatePassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(20));
  const letters = [...bytes].map((byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return letters.replace(/.{5}(?=.)/g, "$&-");
}

/** What the server takes for an address: something, an @, something, and no blanks. */
export function looksLikeEmail(text: string): boolean {
  return /^[^\s@]+@[^\s@]+$/.test(text.trim());
}
