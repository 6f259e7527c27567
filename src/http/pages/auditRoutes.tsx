/** The audit trail of the organisation, for its admins. */
import { Clock, DateTime, Effect, Schema } from "effect"
import { Hono } from "hono"
import { AuditAction, AuditLog } from "../../domain/AuditLog.ts"
import { AuditPage, periods } from "../../views/AuditPage.tsx"
import { callerOf } from "../callerOf.ts"
import { answer } from "./errorPage.tsx"
import type { Identity } from "./Identity.ts"
import { needs } from "./needs.ts"
import { pageResponse } from "./page.tsx"

const PAGE_SIZE = 50
const DAY_MS = 24 * 60 * 60 * 1_000

const isAction = Schema.is(AuditAction)

/** Unknown values of the address are as good as none. */
const filterOf = (params: URLSearchParams) => {
  const what = params.get("what") ?? ""
  const days = params.get("since") ?? ""
  return {
    who: (params.get("who") ?? "").replaceAll("\0", "").trim().slice(0, 200),
    what: isAction(what) ? what : ("" as const),
    days: days in periods ? days : ""
  }
}

const olderUrl = (filter: ReturnType<typeof filterOf>, cursor: string) => {
  const entries = { who: filter.who, what: filter.what, since: filter.days, after: cursor }
  return `/audit?${new URLSearchParams(Object.entries(entries).filter(([, value]) => value !== ""))}`
}

export const auditRoutes = (identity: Identity) =>
  new Hono().get("/audit", needs("administer"), (c) => {
    const params = new URL(c.req.url).searchParams
    const filter = filterOf(params)
    const after = params.get("after")
    const load = Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis
      const { list } = yield* AuditLog
      const asked = {
        ...(filter.who !== "" && { who: filter.who }),
        ...(filter.what !== "" && { what: filter.what }),
        ...(filter.days !== "" && { since: DateTime.makeUnsafe(nowMs - Number(filter.days) * DAY_MS) })
      }
      const page = { limit: PAGE_SIZE, ...(after !== null && { cursor: after }) }
      return { nowMs, ...(yield* list(callerOf(c).organisationId, asked, page)) }
    })
    return answer(c, identity, {
      load,
      show: ({ entries, nextCursor, nowMs }: Effect.Success<typeof load>) =>
        pageResponse(c, identity.info, {
          title: "Audit",
          content: (
            <AuditPage
              entries={entries}
              filter={filter}
              nowMs={nowMs}
              isOlder={after !== null}
              {...(nextCursor !== undefined && { older: olderUrl(filter, nextCursor) })}
            />
          )
        })
    })
  })
