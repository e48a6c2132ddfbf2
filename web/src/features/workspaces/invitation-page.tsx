import type { Me } from "../../api/types";

export default function InvitationPage(_props: { token: string; me: Me | null }) {
  return null;
}
