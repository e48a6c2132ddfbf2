/** Joins the choosing of files with the words of who wants them: what answers draw on. Loaded when it is opened. */
import { texts } from "../features/conversations/context/texts";
import ChoiceDialog from "../features/files/choice-dialog";
import { useTexts } from "../i18n/use-texts";

interface ChoiceProps {
  workspace: string;
  /** The files that are chosen already. */
  known: readonly string[];
  onChosen: (choice: { folder?: string; files?: string[] }) => void;
  onClose: () => void;
}

export default function Choice(props: ChoiceProps) {
  const t = useTexts(texts);
  return <ChoiceDialog {...props} words={{ title: t.chooseTitle, folder: t.chooseFolder, files: t.chooseFiles }} />;
}
