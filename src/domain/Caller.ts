/** Who asks for something: a person or a program, with what they may do and for which organisation. */
import { Context, Effect, Option, Schema } from "effect"

/**
 * - `viewer` reads.
 * - `member` also creates jobs, and cancels their own while they wait: a signed-in person without another role.
 * - `operator` also cancels, retries, answers and removes jobs of others.
 * - `admin` also has keys, webhooks, schedules and the audit; lanes, types and the clean-up are for those who `mayRule`.
 * - `service` is a backend that acts for any organisation it names.
 */
export const Role = Schema.Literals(["viewer", "member", "operator", "admin", "service"])
export type Role = typeof Role.Type

/** What an action needs. */
export type Permission = "read" | "create" | "operate" | "administer"

export interface Caller {
  /** `local`: on this computer while there are no keys. `job`: a job that works for who created it. */
  readonly via: "local" | "key" | "token" | "job"
  /** Never changes: the id of the key, or the token's `sub`. Kept as `createdBy` of jobs. */
  readonly subject: string
  /** As people know them on the board and in the audit. */
  readonly name: string
  readonly role: Role
  readonly organisationId: string
}

const GRANTS: Readonly<Record<Role, ReadonlyArray<Permission>>> = {
  viewer: ["read"],
  member: ["read", "create"],
  operator: ["read", "create", "operate"],
  admin: ["read", "create", "operate", "administer"],
  service: ["read", "create", "operate", "administer"]
}

export const may = (caller: Caller, permission: Permission): boolean => GRANTS[caller.role].includes(permission)

/** Who may create jobs may also take back a job of their own while it waits; everything else is for operators. */
export const mayCancel = (
  caller: Caller,
  job: { readonly createdBy?: string | undefined; readonly status: string }
): boolean =>
  may(caller, "operate") || (may(caller, "create") && job.status === "pending" && job.createdBy === caller.subject)

/** Whom to ask, in words: an organisation's backends are nobody a person asks. */
export const whoMay: Readonly<Record<Permission, string>> = {
  read: "everybody with a role",
  create: "members, operators and admins",
  operate: "operators and admins",
  administer: "admins"
}

/** The organisation of those who name none. */
export const DEFAULT_ORGANISATION = "default"

/**
 * What all organisations share, such as lanes and the janitor's rounds: the default organisation is that of whoever runs
 * the server, and an admin of another one must not stop everybody's jobs. The database says the same (`callboard_may`).
 */
export const mayRule = ({ organisationId, role }: Caller): boolean =>
  role === "service" || (role === "admin" && organisationId === DEFAULT_ORGANISATION)

/** Whom to ask for that, in words. */
export const whoMayRule = "admins of whoever runs the server"

/** Numbers of all organisations together: for those of whoever runs the server, and for its services. */
export const mayWatch = (caller: Caller): boolean =>
  caller.role === "service" || (may(caller, "read") && caller.organisationId === DEFAULT_ORGANISATION)

/** Whoever reaches a Callboard without keys, which only this computer can. */
export const localCaller: Caller = {
  via: "local",
  subject: "local",
  name: "this computer",
  role: "admin",
  organisationId: DEFAULT_ORGANISATION
}

/**
 * For whom the current fiber works; none: for Callboard itself, which may do everything. Whatever serves requests sets
 * it before anything else.
 */
export const CurrentCaller = Context.Reference<Option.Option<Caller>>("callboard/domain/CurrentCaller", {
  defaultValue: Option.none
})

/** Who asks; where nobody is named, whoever is at this computer. */
export const currentCaller = Effect.map(
  CurrentCaller,
  Option.getOrElse(() => localCaller)
)

/**
 * Callboard's own work while it serves a caller, in the same transaction if there is one: on what no caller may touch, or
 * what is of all organisations. Its own conditions say what of that the caller gets.
 */
export const asCallboard = Effect.provideService(CurrentCaller, Option.none())
