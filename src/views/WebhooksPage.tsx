/** The webhooks of an organisation: which there are, how each is, and making one. */
import type { InputIssue } from "../domain/JobType.ts"
import { EventFilter, type Webhook } from "../domain/Webhook.ts"
import { Once } from "./components/Once.tsx"
import { StatusIcon } from "./components/StatusBadge.tsx"
import { TimeText } from "./components/TimeText.tsx"
import { issueText } from "./form/IssueText.ts"
import { eventWord, healthOf } from "./WebhookWords.ts"

/** What was typed, so that a refused form keeps it. */
export interface WebhookDraft {
  readonly url: string
  readonly description: string
  readonly events: ReadonlyArray<string>
  readonly jobType: string
  readonly restaurantId: string
  readonly label: string
}

const emptyDraft: WebhookDraft = {
  url: "",
  description: "",
  events: ["job.completed", "job.failed"],
  jobType: "",
  restaurantId: "",
  label: ""
}

export interface WebhooksPageProps {
  readonly webhooks: ReadonlyArray<Webhook>
  readonly types: ReadonlyArray<{ readonly name: string; readonly title: string }>
  readonly nowMs: number
  readonly draft?: WebhookDraft
  readonly issues?: ReadonlyArray<InputIssue>
}

export const HealthMark = ({ webhook }: { readonly webhook: Webhook }) => {
  const { status, word } = healthOf(webhook)
  return (
    <span class={`badge st-${status}`}>
      <StatusIcon status={status} />
      {word}
    </span>
  )
}

export const ShownSecret = ({ secret, url }: { readonly secret: string; readonly url: string }) => (
  <section class="box box-secret" aria-labelledby="secret-title">
    <h2 id="secret-title">The secret for {new URL(url).host}</h2>
    <p>
      Copy it to the receiver now: nobody can show it again. The receiver checks with it that messages are from here.
    </p>
    <input class="box-input code" readonly value={secret} aria-label="The secret" autofocus />
  </section>
)

const LastAttempt = ({ nowMs, webhook }: { readonly webhook: Webhook; readonly nowMs: number }) => {
  const { lastAttempt } = webhook
  if (lastAttempt === undefined) return null
  return (
    <span class="row-sub">
      Last try <TimeText at={lastAttempt.at.epochMilliseconds} nowMs={nowMs} />
      {lastAttempt.statusCode !== undefined && `, answered ${lastAttempt.statusCode}`}
    </span>
  )
}

const filterText = ({ filter: { jobType, label, restaurantId } }: Webhook): string =>
  [jobType && `type ${jobType}`, restaurantId && `restaurant ${restaurantId}`, label && `label ${label}`]
    .filter((part) => part !== undefined)
    .join(", ")

export const wishText = (webhook: Webhook): string => {
  const filter = filterText(webhook)
  return webhook.events.map(eventWord).join(" · ") + (filter === "" ? "" : ` (only ${filter})`)
}

const WebhookItem = ({ nowMs, webhook }: { readonly webhook: Webhook; readonly nowMs: number }) => (
  <li class="hook">
    <div>
      <a class="hook-url" href={`/webhooks/${webhook.id}`}>
        {webhook.description || webhook.url}
      </a>
      {webhook.description && <span class="row-sub">{webhook.url}</span>}
      <span class="row-sub">{wishText(webhook)}</span>
      <LastAttempt webhook={webhook} nowMs={nowMs} />
    </div>
    <HealthMark webhook={webhook} />
  </li>
)

const errorId = (path: string) => `hook-${path.replace(/\W+/gu, "-")}-error`

const Problem = ({ issues, path }: { readonly issues: ReadonlyArray<InputIssue>; readonly path: string }) => {
  const found = issues.filter((issue) => issue.path === path || issue.path.startsWith(`${path}[`))
  return found.length === 0 ? null : (
    <p class="field-error" id={errorId(path)}>
      {found.map(issueText).join(" ")}
    </p>
  )
}

const invalid = (issues: ReadonlyArray<InputIssue>, path: string) =>
  issues.some((issue) => issue.path === path)
    ? { "aria-invalid": "true" as const, "aria-describedby": errorId(path) }
    : {}

const TextField = ({
  hint,
  issues,
  label,
  name,
  path,
  value
}: {
  readonly label: string
  readonly name: string
  readonly path: string
  readonly value: string
  readonly issues: ReadonlyArray<InputIssue>
  readonly hint?: string
}) => (
  <div class="field">
    <label for={`hook-${name}`}>
      {label} <span class="optional">(optional)</span>
    </label>
    {hint && <p class="field-hint">{hint}</p>}
    <input class="box-input" id={`hook-${name}`} name={name} value={value} {...invalid(issues, path)} />
    <Problem issues={issues} path={path} />
  </div>
)

const Events = ({ draft, issues }: { readonly draft: WebhookDraft; readonly issues: ReadonlyArray<InputIssue> }) => (
  <fieldset class="hook-events">
    <legend>Send a message when</legend>
    {EventFilter.literals.map((event) => (
      <div class="field field-switch">
        <input
          type="checkbox"
          id={`hook-${event}`}
          name={`event.${event}`}
          value="on"
          checked={draft.events.includes(event)}
        />
        <label for={`hook-${event}`}>
          {event === "*" ? "Anything happens, also what later versions add" : eventWord(event)}
        </label>
      </div>
    ))}
    <Problem issues={issues} path="events" />
  </fieldset>
)

const Only = ({ draft, issues, types }: Required<Pick<WebhooksPageProps, "draft" | "issues" | "types">>) => (
  <details class="options" open={draft.jobType !== "" || draft.restaurantId !== "" || draft.label !== ""}>
    <summary>Only for some jobs</summary>
    <div class="field">
      <label for="hook-jobType">Job type</label>
      <select class="box-input" id="hook-jobType" name="jobType">
        <option value="">All</option>
        {types.map(({ name, title }) => (
          <option value={name} selected={draft.jobType === name}>
            {title}
          </option>
        ))}
      </select>
    </div>
    <TextField
      label="Restaurant"
      name="restaurantId"
      path="filter.restaurantId"
      value={draft.restaurantId}
      issues={issues}
    />
    <TextField label="Label" name="label" path="filter.label" value={draft.label} issues={issues} />
  </details>
)

const NewWebhook = ({
  draft = emptyDraft,
  issues = [],
  types
}: Pick<WebhooksPageProps, "draft" | "issues" | "types">) => (
  <form class="form box" method="post" action="/webhooks" novalidate>
    <Once />
    <h2>Add a webhook</h2>
    <div class="field">
      <label for="hook-url">Address of the receiver</label>
      <p class="field-hint">An https address that can be reached from the internet.</p>
      <input
        class="box-input"
        type="url"
        id="hook-url"
        name="url"
        required
        value={draft.url}
        autofocus={issues.length > 0}
        {...invalid(issues, "url")}
      />
      <Problem issues={issues} path="url" />
    </div>
    <TextField label="What it is for" name="description" path="description" value={draft.description} issues={issues} />
    <Events draft={draft} issues={issues} />
    <Only draft={draft} issues={issues} types={types} />
    <div class="buttons">
      <button type="submit" class="button button-primary">
        Add webhook
      </button>
    </div>
  </form>
)

export const WebhooksPage = ({ webhooks, nowMs, ...form }: WebhooksPageProps) => (
  <div class="narrow">
    <h1>Webhooks</h1>
    <p class="lead">
      Other programs are told here what becomes of jobs: each event is sent to the addresses that want it.
    </p>
    {webhooks.length === 0 ? (
      <p>There is no webhook yet.</p>
    ) : (
      <ul class="hooks">
        {webhooks.map((webhook) => (
          <WebhookItem webhook={webhook} nowMs={nowMs} />
        ))}
      </ul>
    )}
    <NewWebhook {...form} />
  </div>
)
