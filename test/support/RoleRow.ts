/** One row of the table that says who may do what, and who is told apart in it. */

export const columns = ["viewer", "member", "operator", "admin", "ruler", "service"] as const
export type Column = (typeof columns)[number]

export const everybody: ReadonlyArray<Column> = [...columns]
export const members = ["member", "operator", "admin", "ruler", "service"] as const
export const operators = ["operator", "admin", "ruler", "service"] as const
export const admins = ["admin", "ruler", "service"] as const
export const rulers = ["ruler", "service"] as const

/** Made anew for each cell, in the caller's organisation and in another one. */
export type Thing =
  | "nothing"
  | "their own waiting job"
  | "a waiting job of somebody else"
  | "a running job"
  | "a job that asks"
  | "a failed job"
  | "a batch"
  | "a file"
  | "a schedule"
  | "a key"
  | "a webhook"
  | "an entry of the audit"

export interface Row {
  readonly what: string
  readonly request: `${"GET" | "HEAD" | "POST" | "PATCH" | "DELETE"} ${string}`
  readonly body?: unknown
  /** Sent as this instead of as JSON. */
  readonly contentType?: string
  /** Endpoints that are the same right, as they are declared. */
  readonly also?: ReadonlyArray<string>
  readonly thing: Thing
  readonly may: ReadonlyArray<Column>
  /** Who is let in to have it looked for, because whose it is decides. Default: those who may. Others are refused before. */
  readonly mayTry?: ReadonlyArray<Column>
  /** In another organisation: it does not exist, a list does not show it, or there is no way to name it. */
  readonly elsewhere: "not found" | "not shown" | "—"
  /** Gives a row when it was done. Absent where the database has no part in it. */
  readonly sql?: string
}
