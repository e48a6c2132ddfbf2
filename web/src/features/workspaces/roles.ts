/** Who may do what in a workspace, as far as the page offers it. The server has the last word. */
import type { Role } from "../../api/types";

/** From the most to the least, as lists show them. */
export const ROLES: readonly Role[] = ["owner", "admin", "member", "observer"];

/** The roles that an invitation or a change of role gives; a workspace is handed over in a way of its own. */
export const GIVEN_ROLES = ["admin", "member", "observer"] as const satisfies readonly Role[];

/** Members, invitations, name and description. */
export function manages(role: Role): boolean {
  return role === "owner" || role === "admin";
}

interface Person {
  id: string;
  role: Role;
}

/** What the caller may do with a member. The owner stays until the workspace is another's. */
export function rightsOver(member: Person, caller: Person, personal: boolean) {
  const self = member.id === caller.id;
  const movable = member.role !== "owner";
  return {
    changeRole: movable && manages(caller.role),
    handOver: movable && !self && caller.role === "owner" && !personal,
    remove: movable && !self && manages(caller.role),
    leave: movable && self,
  };
}
