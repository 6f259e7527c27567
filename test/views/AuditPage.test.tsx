import { expect, test } from "bun:test"
import type { AuditEntry } from "../../src/domain/AuditLog.ts"
import { AuditPage } from "../../src/views/AuditPage.tsx"
import { at, NOW_MS } from "../support/FakeJobs.ts"

const textOf = (entry: Pick<AuditEntry, "action" | "target" | "after">) => {
  const entries = [{ id: "1", at: at(NOW_MS), via: "key", subject: "key:1", name: "Ada", ...entry }]
  const page = <AuditPage entries={entries} filter={{ who: "", what: "", days: "" }} nowMs={NOW_MS} isOlder={false} />
  return String(page)
    .replaceAll(/<[^>]*>/gu, " ")
    .replaceAll(/\s+/gu, " ")
}

test("says in the board's words what was done to many jobs", () => {
  const filter = { status: ["failed", "retry_wait"], jobType: "add-item-tags", restaurantId: "roma", q: "menu" }
  const input = { action: "cancel", filter, reason: "The portal is down" }

  expect(textOf({ action: "bulk", target: "JOB_20260101_000000_00000000", after: { input } })).toContain(
    "Ada changed many jobs with JOB_20260101_000000_00000000 " +
      "cancel jobs: Failed or Will retry, type add-item-tags, restaurant roma, text menu; reason: The portal is down"
  )
})

test("says which of the changes of a webhook was none", () => {
  const said = (after: { readonly [name: string]: string }) => textOf({ action: "webhook-change", target: "w1", after })

  expect(said({ test: "d1" })).toContain("Ada sent a test to the webhook w1 delivery d1")
  expect(said({ sentAgain: "d1" })).toContain("Ada sent again to the webhook w1 delivery d1")
  expect(said({ host: "example.com" })).toContain("Ada changed the webhook w1 host example.com")
})

test("leaves the fields of a schedule's input as its job type calls them", () => {
  const after = { name: "Nightly", jobType: "import", cron: "0 3 * * *", input: { q: "menu", status: "failed" } }

  expect(textOf({ action: "schedule-create", target: "s1", after })).toContain(
    "name Nightly, type import, times 0 3 * * *, to q menu, Failed"
  )
})
