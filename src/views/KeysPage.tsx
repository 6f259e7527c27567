/** The keys of an organisation: who has which, making one, and taking one back. */
import { useContext } from "hono/jsx"
import { type ApiKey, MOST_KEYS_LISTED } from "../domain/ApiKeys.ts"
import type { Role } from "../domain/Caller.ts"
import { Icon } from "./components/Icon.tsx"
import { Once } from "./components/Once.tsx"
import { PersonContext } from "./components/PersonContext.ts"
import { TimeText } from "./components/TimeText.tsx"
import { dateText } from "./Times.ts"

const roleTexts: Readonly<Record<Role, string>> = {
  viewer: "looks only",
  member: "also starts jobs, and cancels its own while they wait",
  operator: "also cancels, retries, answers and removes jobs of others",
  admin: "also has keys, webhooks, schedules and the audit",
  service: "a backend that acts for every organisation"
}

export const lifetimes = { "30": "30 days", "90": "90 days", "365": "a year", never: "for ever" } as const
export type Lifetime = keyof typeof lifetimes

export interface KeysPageProps {
  readonly keys: ReadonlyArray<ApiKey>
  /** The roles that the reader may give. */
  readonly roles: ReadonlyArray<Role>
  readonly nowMs: number
  /** A key that was made just now; it is never shown again. */
  readonly made?: { readonly name: string; readonly secret: string }
  /** What was wrong with the form. */
  readonly problem?: string
}

const Made = ({ name, secret }: { readonly name: string; readonly secret: string }) => (
  <section class="box box-made" aria-labelledby="made-title" tabindex={-1} autofocus>
    <h2 id="made-title">The key “{name}” is ready.</h2>
    <p>Copy it now: it is kept nowhere, and nobody can show it again.</p>
    <code class="made-key" id="made-key">
      {secret}
    </code>
    <button type="button" class="button js-only" data-copy="#made-key">
      Copy key
    </button>
  </section>
)

const stateOf = ({ expiresAt, revokedAt }: ApiKey, nowMs: number) => {
  if (revokedAt !== undefined) return "revoked"
  return expiresAt !== undefined && expiresAt.epochMilliseconds <= nowMs ? "expired" : "live"
}

const Use = ({ apiKey, nowMs }: { readonly apiKey: ApiKey; readonly nowMs: number }) => {
  const { expiresAt, lastUsedAt, revokedAt, revokedBy } = apiKey
  const state = stateOf(apiKey, nowMs)
  if (state === "revoked" && revokedAt !== undefined) {
    return (
      <>
        Revoked <TimeText at={revokedAt.epochMilliseconds} nowMs={nowMs} />
        {revokedBy !== undefined && ` by ${revokedBy}`}
      </>
    )
  }
  return (
    <>
      {lastUsedAt === undefined ? (
        "Not used yet"
      ) : (
        <>
          Last used <TimeText at={lastUsedAt.epochMilliseconds} nowMs={nowMs} />
        </>
      )}
      {expiresAt !== undefined && (
        <>
          {state === "expired" ? "; expired " : "; good until "}
          <time datetime={new Date(expiresAt.epochMilliseconds).toISOString()}>
            {dateText(expiresAt.epochMilliseconds)}
          </time>
        </>
      )}
    </>
  )
}

const KeyItem = ({ apiKey, nowMs }: { readonly apiKey: ApiKey; readonly nowMs: number }) => {
  const own = useContext(PersonContext)?.subject === apiKey.id
  return (
    <li class={`key key-${stateOf(apiKey, nowMs)}`} id={`key-${apiKey.id}`}>
      <div>
        <strong>{apiKey.name}</strong> <span class="flag">{apiKey.role}</span>
        <span class="row-sub">
          <Use apiKey={apiKey} nowMs={nowMs} />
        </span>
        <span class="row-sub">
          Made <TimeText at={apiKey.createdAt.epochMilliseconds} nowMs={nowMs} />
          {apiKey.createdBy !== undefined && ` by ${apiKey.createdBy}`}
        </span>
      </div>
      {apiKey.revokedAt === undefined && (
        <form
          method="post"
          action={`/keys/${apiKey.id}/revoke`}
          hx-post={`/keys/${apiKey.id}/revoke`}
          hx-target="#main"
          hx-select="#main"
          hx-swap="outerHTML"
          hx-confirm={`Revoke “${apiKey.name}”? ${own ? "It is your own: you will be signed out." : "Whatever uses it is refused within seconds."}`}
          data-confirm-keep="Keep it"
          data-confirm-label="Revoke key"
        >
          <button type="submit" class="button">
            Revoke
            <span class="visually-hidden"> {apiKey.name}</span>
          </button>
        </form>
      )}
    </li>
  )
}

const KeyForm = ({ problem, roles }: Pick<KeysPageProps, "problem" | "roles">) => (
  <form class="form box key-form" method="post" action="/keys">
    <Once />
    <h2>Make a key</h2>
    <div class="field">
      <label for="key-name">Name</label>
      <input
        class="box-input"
        id="key-name"
        name="name"
        required
        maxlength={100}
        autocomplete="off"
        aria-describedby={problem === undefined ? "key-name-hint" : "key-name-hint key-name-error"}
        aria-invalid={problem === undefined ? undefined : "true"}
      />
      <p class="field-hint" id="key-name-hint">
        Who or what uses it: people see this name wherever the key did something.
      </p>
      {problem !== undefined && (
        <p class="field-error" id="key-name-error" role="alert">
          {problem}
        </p>
      )}
    </div>
    <div class="field">
      <label for="key-role">Role</label>
      <select class="box-input" id="key-role" name="role">
        {roles.map((role) => (
          <option value={role} selected={role === "member"}>
            {role}: {roleTexts[role]}
          </option>
        ))}
      </select>
    </div>
    <div class="field">
      <label for="key-lifetime">Good for</label>
      <select class="box-input box-short" id="key-lifetime" name="lifetime">
        {Object.entries(lifetimes).map(([value, label]) => (
          <option value={value} selected={value === "90"}>
            {label}
          </option>
        ))}
      </select>
    </div>
    <div class="buttons">
      <button type="submit" class="button button-primary">
        Make key
      </button>
    </div>
  </form>
)

const KeyList = ({ keys, nowMs }: Pick<KeysPageProps, "keys" | "nowMs">) => (
  <ul class="keys">
    {keys.map((apiKey) => (
      <KeyItem apiKey={apiKey} nowMs={nowMs} />
    ))}
  </ul>
)

const Keys = ({ keys, nowMs }: Pick<KeysPageProps, "keys" | "nowMs">) => {
  const live = keys.filter((apiKey) => stateOf(apiKey, nowMs) === "live")
  const old = keys.filter((apiKey) => !live.includes(apiKey))
  return (
    <>
      {live.length > 0 && <KeyList keys={live} nowMs={nowMs} />}
      {old.length > 0 && (
        <details>
          <summary>Revoked or expired: {old.length}</summary>
          <KeyList keys={old} nowMs={nowMs} />
        </details>
      )}
    </>
  )
}

export const KeysPage = ({ keys, made, nowMs, problem, roles }: KeysPageProps) => (
  <div class="narrow">
    <div class="page-head">
      <h1>Keys</h1>
      {keys.length > 0 && (
        <a class="button" href="#key-name">
          Make a key
        </a>
      )}
    </div>
    <p class="lead">
      Programs call Callboard with a key, and people sign in with one. A key that is revoked stops working within
      seconds.
    </p>
    {made !== undefined && <Made {...made} />}
    {keys.length === 0 ? (
      <p class="with-icon">
        <Icon name="lock" /> There is no key yet. With the first one, everybody has to sign in: copy it before you go
        on.
      </p>
    ) : (
      <Keys keys={keys} nowMs={nowMs} />
    )}
    {keys.length >= MOST_KEYS_LISTED && (
      <p class="row-sub">At most {MOST_KEYS_LISTED} are listed, those that work first.</p>
    )}
    <KeyForm roles={roles} {...(problem !== undefined && { problem })} />
  </div>
)
