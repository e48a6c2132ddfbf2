/** A password for somebody else: generated, or typed. Whoever asks reads it with `passwordOf` when the form is sent. */
import { useState } from "react";
import { useTexts } from "../../i18n/use-texts";
import { ChoiceCards } from "../../ui/choice-cards";
import { generatePassword, PASSWORD_CHARS_MIN } from "../../ui/password";
import { PasswordField } from "../../ui/password-field";
import { texts } from "./texts";

export interface ChosenPassword {
  kind: "generate" | "type";
  typed: string;
}

export function usePasswordChoice() {
  return useState<ChosenPassword>({ kind: "generate", typed: "" });
}

export function isTooShort({ kind, typed }: ChosenPassword): boolean {
  return kind === "type" && [...typed].length < PASSWORD_CHARS_MIN;
}

export function passwordOf({ kind, typed }: ChosenPassword): string {
  return kind === "generate" ? generatePassword() : typed;
}

interface PasswordChoiceProps {
  label: string;
  chosen: ChosenPassword;
  error: string | undefined;
  onChange: (chosen: ChosenPassword) => void;
}

export function PasswordChoice({ label, chosen, error, onChange }: PasswordChoiceProps) {
  const t = useTexts(texts).users;
  return (
    <>
      <ChoiceCards
        label={t.passwordChoice}
        layout="row"
        value={chosen.kind}
        choices={[
          { value: "generate", label: t.generate, note: t.generateNote },
          { value: "type", label: t.type, note: t.typeNote },
        ]}
        onChoose={(kind) => onChange({ ...chosen, kind })}
      />
      {chosen.kind === "type" && (
        <PasswordField
          label={label}
          autoComplete="new-password"
          required
          strength
          error={error}
          onText={(typed) => onChange({ ...chosen, typed })}
        />
      )}
    </>
  );
}
