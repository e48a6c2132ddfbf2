/** The parts of the page, each with an address of its own behind the hash: they can be linked to, and "back" goes back. */
import { Link } from "@tanstack/react-router";
import { useTexts } from "../../i18n/use-texts";
import { texts } from "./texts";

const SECTIONS = ["overview", "routes", "requests", "statements", "system", "cache", "alerts"] as const;
export type Section = (typeof SECTIONS)[number];

export function sectionOf(hash: string): Section {
  return SECTIONS.find((each) => each === hash) ?? "overview";
}

/** `alerts`: how many are open. */
export function Sections({ current, alerts }: { current: Section; alerts: number | undefined }) {
  const t = useTexts(texts);
  return (
    <nav className="sections" aria-label={t.parts}>
      <ul>
        {SECTIONS.map((section) => (
          <li key={section}>
            <Link
              to="."
              hash={section}
              resetScroll={false}
              activeOptions={{ exact: true, includeHash: true }}
              aria-current={section === current ? "page" : undefined}
              className="section-link"
            >
              {t.sections[section]}
              {section === "alerts" && alerts ? <span className="badge danger">{alerts}</span> : null}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
