import { expect, test } from "bun:test"
import { failureDigest } from "../../../src/runtime/mail/failureDigest.ts"
import type { FailureKind } from "../../../src/runtime/postgres/FailureMails.ts"

const ID = "JOB_20261122_070000_0a1b2c3d"

const kind = (fields: Partial<FailureKind> = {}): FailureKind => ({
  organisationId: "default",
  jobType: "add-item-tags",
  fingerprint: "f1",
  code: "NAVIGATION_TIMEOUT",
  step: "add-tags",
  message: "The menu did not load.",
  jobs: 200,
  jobIds: [ID],
  ...fields
})

const context = {
  publicUrl: "https://board.example.com",
  titleOf: (type: string) => (type === "x" ? "X" : "Add tags")
}

const digest = (kinds: ReadonlyArray<FailureKind>, kindsInAll = kinds.length) =>
  failureDigest({ kinds, kindsInAll, jobs: kinds.reduce((sum, { jobs }) => sum + jobs, 0) }, context)

test("counts the failures of a kind, says them once, and links to some of them", () => {
  const { html, subject, text } = digest([kind()])

  expect(subject).toBe("Callboard: 200 jobs failed: The menu did not load.")
  expect(text).toBe(
    [
      "200 jobs failed since the last mail.",
      "",
      "200 × Add tags at step add-tags",
      "  The menu did not load. (NAVIGATION_TIMEOUT)",
      `  https://board.example.com/jobs/${ID}`,
      "  and 199 more",
      "",
      "All: https://board.example.com/jobs?status=failed",
      ""
    ].join("\n")
  )
  expect(html).toContain(`<a href="https://board.example.com/jobs/${ID}">${ID}</a>`)
})

test("tells kinds apart, and names organisations only where there are several", () => {
  const kinds = [kind({ jobs: 1 }), kind({ jobType: "x", organisationId: "north", step: null, jobs: 2 })]

  const { subject, text } = digest(kinds, 9)

  expect(subject).toBe("Callboard: 3 jobs failed: 9 kinds of failure")
  expect(text).toContain("1 × Add tags at step add-tags [default]")
  expect(text).toContain("2 × X [north]")
  expect(text).toContain("And 7 other kinds of failure.")
})

test("holds no personal data, no secret, and no markup of others", () => {
  const message =
    'No account ada@example.com, call +49 30 1234567, key sk_live_abcdefgh123, at https://u:p@x.example/?token=abc <img src="x">\r\nBcc: all@example.com'
  const mail = digest([kind({ message, jobs: 1 })])

  for (const text of Object.values(mail)) {
    expect(text).not.toMatch(/ada@|1234567|sk_live|u:p@|token=abc|all@/u)
    expect(text).toMatch(/No account \[email\]|1 job failed/u)
  }
  expect(mail.subject).not.toContain("\n")
  expect(mail.html).not.toContain("<img")
  expect(mail.html).toContain("&lt;img")
  expect(mail.text).toContain(ID)
})

test("names jobs by their ids where the board's address is not known", () => {
  const { html, text } = failureDigest(
    { kinds: [kind()], kindsInAll: 1, jobs: 200 },
    { ...context, publicUrl: undefined }
  )

  expect(text).toContain(`  ${ID}\n`)
  expect(`${text}${html}`).not.toContain("http")
})
