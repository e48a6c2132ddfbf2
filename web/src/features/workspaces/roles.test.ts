import { expect, test } from "vitest";
import { rightsOver } from "./roles";

const owner = { id: "o", role: "owner" } as const;
const admin = { id: "a", role: "admin" } as const;
const member = { id: "m", role: "member" } as const;

test("the owner stays, whoever asks", () => {
  for (const caller of [owner, admin, member])
    expect(Object.values(rightsOver(owner, caller, false)).some(Boolean)).toBe(false);
});

test("owner and administrators change roles and take members out; only the owner hands over", () => {
  expect(rightsOver(member, owner, false)).toEqual({ changeRole: true, handOver: true, remove: true, leave: false });
  expect(rightsOver(member, admin, false)).toEqual({ changeRole: true, handOver: false, remove: true, leave: false });
  expect(rightsOver(admin, member, false)).toEqual({ changeRole: false, handOver: false, remove: false, leave: false });
});

test("everyone else leaves by themselves", () => {
  expect(rightsOver(member, member, false)).toMatchObject({ leave: true, remove: false });
  expect(rightsOver(admin, admin, false)).toMatchObject({ leave: true, remove: false, changeRole: true });
});

test("a personal workspace is not handed over", () => {
  expect(rightsOver(member, owner, true).handOver).toBe(false);
});
