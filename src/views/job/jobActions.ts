/** What the audit trail says that people and programs did to one job, in words of its history. */
import type { AuditAction, AuditEntry } from "../../domain/AuditLog.ts"

export interface JobAction {
  readonly at: number
  readonly by: string
  readonly action: AuditAction
  /** "retried it from the beginning" */
  readonly what: string
}

export const STARTED = "started the job"

const statusIn = (state: unknown): unknown =>
  typeof state === "object" && state !== null && "status" in state ? state.status : undefined

const cancelText = ({ after, before }: AuditEntry): string => {
  if (statusIn(after) !== "cancelled") return "asked it to stop"
  return statusIn(before) === "pending" ? "cancelled it" : "stopped it at once"
}

/** Names of fields, and nothing of what was in them. */
const inputText = ({ after }: AuditEntry): string => {
  const changed =
    typeof after === "object" && after !== null && "changedInput" in after ? after.changedInput : undefined
  return Array.isArray(changed) && changed.length > 0 ? `, with another input (${changed.join(", ")})` : ""
}

/** As the entry of a retry has it: `from start`, `from checkpoint`, or the name of a step. */
const fromText = ({ reason = "" }: AuditEntry, titleOf: (step: string) => string): string => {
  const from = reason.replace(/^from /u, "")
  if (from === "start") return "retried it from the beginning"
  if (from === "checkpoint" || from === "") return "retried it from where it had stopped"
  return `retried it from the step “${titleOf(from)}”`
}

const textOf = (entry: AuditEntry, titleOf: (step: string) => string): string | undefined => {
  switch (entry.action) {
    case "create":
    case "bulk":
      return STARTED
    case "cancel":
      return cancelText(entry)
    case "retry":
      return fromText(entry, titleOf) + inputText(entry)
    default:
      // Answers are told by their questions, which know what was asked.
      return undefined
  }
}

export const jobActions = (
  entries: ReadonlyArray<AuditEntry>,
  titleOf: (step: string) => string
): ReadonlyArray<JobAction> =>
  entries.flatMap((entry) => {
    const what = textOf(entry, titleOf)
    const { action, at, name } = entry
    return what === undefined ? [] : [{ at: at.epochMilliseconds, by: name, action, what }]
  })
