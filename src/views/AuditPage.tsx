/** What people and programs did. The filter is the address. */
import { AuditAction, type AuditEntry } from "../domain/AuditLog.ts"
import { parseJobRef } from "../domain/JobId.ts"
import { TimeText } from "./components/TimeText.tsx"
import { isRecord } from "./form/FormDraft.ts"
import { statusWords } from "./StatusWords.ts"

const actionWords: Readonly<Record<AuditAction, string>> = {
  create: "started",
  cancel: "cancelled",
  retry: "retried",
  answer: "answered a question of",
  remove: "removed",
  bulk: "changed many jobs with",
  pause: "paused",
  resume: "resumed",
  "schedule-create": "made the schedule",
  "schedule-change": "changed the schedule",
  "schedule-remove": "removed the schedule",
  "schedule-run": "ran the schedule",
  "key-create": "made the key",
  "key-revoke": "revoked the key",
  "webhook-create": "made the webhook",
  "webhook-change": "changed the webhook",
  "webhook-rotate": "gave a new secret to the webhook",
  "webhook-remove": "removed the webhook",
  note: "changed the note about",
  cleanup: "cleaned up",
  "sign-in": "signed in",
  "sign-in-failed": "could not sign in",
  "sign-out": "signed out"
}

const choices: Readonly<Record<AuditAction, string>> = {
  create: "Start a job",
  cancel: "Cancel a job",
  retry: "Retry a job",
  answer: "Answer a question",
  remove: "Remove a job",
  bulk: "Change many jobs",
  pause: "Pause",
  resume: "Resume",
  "schedule-create": "Make a schedule",
  "schedule-change": "Change a schedule",
  "schedule-remove": "Remove a schedule",
  "schedule-run": "Run a schedule",
  "key-create": "Make a key",
  "key-revoke": "Revoke a key",
  "webhook-create": "Make a webhook",
  "webhook-change": "Change or try a webhook",
  "webhook-rotate": "Give a webhook a new secret",
  "webhook-remove": "Remove a webhook",
  note: "Change a note",
  cleanup: "Clean up",
  "sign-in": "Sign in",
  "sign-in-failed": "Failed sign-in",
  "sign-out": "Sign out"
}

export const periods = { "": "At any time", "1": "Since yesterday", "7": "In the last week", "30": "In the last month" }

export interface AuditPageProps {
  readonly entries: ReadonlyArray<AuditEntry>
  readonly filter: { readonly who: string; readonly what: string; readonly days: string }
  readonly nowMs: number
  /** Address of the next page. */
  readonly older?: string
  /** Some entries after the newest are left out. */
  readonly isOlder: boolean
}

/** What fields are called whose own name is one for programs. */
const labels: ReadonlyMap<string, string> = new Map([
  ["jobType", "type"],
  ["cron", "times"],
  ["input", "to"],
  ["changedInput", "with another"]
])

const webhookLabels: ReadonlyMap<string, string> = new Map([
  ["test", "delivery"],
  ["sentAgain", "delivery"]
])

/** The conditions of a bulk action, where the fields of an input would be called what their job type calls them. */
const conditionLabels: ReadonlyMap<string, string> = new Map([
  ["ids", "chosen"],
  ["jobType", "type"],
  ["restaurantId", "restaurant"],
  ["createdBy", "started by"],
  ["batchId", "batch"],
  ["fingerprint", "kind of failure"],
  ["q", "text"],
  ["createdAfter", "created after"],
  ["createdBefore", "created before"]
])

const isStatus = (value: unknown): value is keyof typeof statusWords =>
  typeof value === "string" && Object.hasOwn(statusWords, value)

const statusText = (value: unknown): string => {
  if (Array.isArray(value)) return value.map(statusText).join(" or ")
  return isStatus(value) ? statusWords[value].word : String(value)
}

const valueText = (value: unknown): string => {
  if (typeof value === "boolean") return value ? "yes" : "no"
  if (Array.isArray(value)) return value.map(valueText).join(", ")
  if (isRecord(value)) return stateText(value)
  return typeof value === "string" ? value : JSON.stringify(value)
}

/** A state in words, with what its fields are called. */
const stateText = (state: unknown, names: ReadonlyMap<string, string> = labels): string => {
  if (!isRecord(state)) return String(state)
  return Object.entries(state)
    .map(([name, value]) => (name === "status" ? statusText(value) : `${names.get(name) ?? name} ${valueText(value)}`))
    .join(", ")
}

/** "cancel jobs: Failed or Will retry, type add-item-tags" */
const bulkText = ({ action, filter, reason }: Readonly<Record<string, unknown>>): string => {
  const what = `${valueText(action)} jobs: ${stateText(filter, conditionLabels)}`
  return typeof reason === "string" ? `${what}; reason: ${reason}` : what
}

const changeText = ({ action, after, before }: AuditEntry): string => {
  if (action === "bulk" && isRecord(after) && isRecord(after.input)) return bulkText(after.input)
  const names = action === "webhook-change" ? webhookLabels : labels
  return [before, after]
    .filter((state) => state !== undefined)
    .map((state) => stateText(state, names))
    .join(" → ")
}

/** Keys and schedules are known by their names, which their state tells. */
const nameIn = ({ action, after, before }: AuditEntry): string | undefined => {
  const state = after ?? before
  const isNamed = action.startsWith("key-") || action.startsWith("schedule-")
  return isNamed && isRecord(state) && typeof state.name === "string" ? state.name : undefined
}

/** What is written as a change of a webhook and changes nothing of it. */
const wordsOf = ({ action, after }: AuditEntry): string => {
  if (action !== "webhook-change" || !isRecord(after)) return actionWords[action]
  if ("test" in after) return "sent a test to the webhook"
  return "sentAgain" in after ? "sent again to the webhook" : actionWords[action]
}

const Target = ({ entry }: { readonly entry: AuditEntry }) => {
  const { action, target } = entry
  const name = nameIn(entry)
  if (name !== undefined) return <span title={target}>“{name}”</span>
  if (target === undefined) return null
  // What is started and is no job is jobs that were started together.
  if (action === "create" && !target.startsWith("JOB_")) return <a href={`/jobs?batch=${target}`}>many jobs at once</a>
  return parseJobRef(target)._tag === "Some" && target.startsWith("JOB_") ? (
    <a href={`/jobs/${target}`}>{target}</a>
  ) : (
    <span class="code">{target}</span>
  )
}

const Entry = ({ entry, nowMs }: { readonly entry: AuditEntry; readonly nowMs: number }) => {
  const { at, name, reason, reference, role } = entry
  const change = changeText(entry)
  return (
    <li>
      <div>
        <strong>{name}</strong> {role !== undefined && <span class="muted">({role})</span>} {wordsOf(entry)}{" "}
        <Target entry={entry} />
        {reason !== undefined && <span class="row-sub">{reason}</span>}
        {change !== "" && <span class="row-sub">{change}</span>}
        {reference !== undefined && <span class="row-sub">Request {reference}</span>}
      </div>
      <TimeText at={at.epochMilliseconds} nowMs={nowMs} />
    </li>
  )
}

const Filters = ({ filter }: Pick<AuditPageProps, "filter">) => (
  <form class="filters" action="/audit" autocomplete="off">
    <label class="filters-q">
      Who
      <input class="box-input" type="search" name="who" value={filter.who} placeholder="Name or id" />
    </label>
    <label>
      What
      <select class="box-input" name="what">
        <option value="">Everything</option>
        {AuditAction.literals.map((action) => (
          <option value={action} selected={action === filter.what}>
            {choices[action]}
          </option>
        ))}
      </select>
    </label>
    <label>
      When
      <select class="box-input" name="since">
        {Object.entries(periods).map(([days, text]) => (
          <option value={days} selected={days === filter.days}>
            {text}
          </option>
        ))}
      </select>
    </label>
    <button type="submit" class="button">
      Show
    </button>
  </form>
)

export const AuditPage = ({ entries, filter, isOlder, nowMs, older }: AuditPageProps) => (
  <div>
    <h1>Audit</h1>
    <p class="lead">
      What people and programs of your organisation did. Answers, and what jobs got, are never kept here.
    </p>
    <Filters filter={filter} />
    {entries.length === 0 ? (
      <p class="muted">Nothing that fits.</p>
    ) : (
      <ul class="audit">
        {entries.map((entry) => (
          <Entry entry={entry} nowMs={nowMs} />
        ))}
      </ul>
    )}
    <div class="buttons">
      {isOlder && (
        <a class="button" href="/audit">
          Newest
        </a>
      )}
      {older !== undefined && (
        <a class="button" href={older}>
          Older
        </a>
      )}
    </div>
  </div>
)
