/** The language of the page, for who has not logged in yet and so has no preferences. */
import { speak } from "../../i18n/catalogue";
import { LOCALE_NAMES, LOCALES, type Locale, useLocale } from "../../i18n/locale";

interface LanguageSwitchProps {
  label: string;
  onChoose: (locale: Locale) => void;
}

export function LanguageSwitch({ label, onChoose }: LanguageSwitchProps) {
  const current = useLocale();
  const choose = (locale: Locale) => {
    onChoose(locale);
    void speak(locale);
  };
  return (
    <fieldset className="languages">
      <legend className="sr-only">{label}</legend>
      {LOCALES.map((locale) => (
        <button
          key={locale}
          type="button"
          lang={locale}
          className="button quiet"
          aria-pressed={locale === current}
          onClick={() => choose(locale)}
        >
          {LOCALE_NAMES[locale]}
        </button>
      ))}
    </fieldset>
  );
}
