/** Which lanes the next question goes to: all, unless somebody leaves some out. */
import { useTexts } from "../../../i18n/use-texts";
import { Icon } from "../../../ui/icon";
import { Popover } from "../../../ui/popover";
import { texts } from "./texts";

interface LaneChoiceProps {
  names: readonly string[];
  /** Absent for all. */
  chosen: readonly number[] | undefined;
  onChoose: (lanes: readonly number[] | undefined) => void;
}

export function LaneChoice({ names, chosen, onChoose }: LaneChoiceProps) {
  const t = useTexts(texts);
  const all = names.map((_name, lane) => lane);
  const now = chosen ?? all;
  const toggle = (lane: number) => {
    const next = all.filter((each) => (each === lane ? !now.includes(lane) : now.includes(each)));
    // A question goes to somebody.
    if (next.length > 0) onChoose(next.length === all.length ? undefined : next);
  };
  return (
    <Popover
      label={t.askWhom}
      button={
        <>
          {chosen ? t.toSome(now.length, all.length) : t.toAll}
          <Icon name="chevron" />
        </>
      }
      buttonClass="button quiet"
      worded
      side="top"
    >
      {() => (
        <fieldset className="lane-choice">
          <legend>{t.askWhom}</legend>
          {names.map((name, lane) => (
            <label key={lane} className="menu-item">
              <input type="checkbox" checked={now.includes(lane)} onChange={() => toggle(lane)} />
              <span className="menu-label">{name}</span>
            </label>
          ))}
        </fieldset>
      )}
    </Popover>
  );
}
