import { expect } from "bun:test"
import { Duration, Effect, Redacted, Result, Schema } from "effect"
import { readSettings, settingsTable } from "../../src/runtime/Settings.ts"
import { it } from "../support/effect.ts"

it.effect("has a default for everything that needs a value", () =>
  Effect.gen(function* () {
    const settings = yield* readSettings({ DATABASE_URL: "" })

    expect(settings).toMatchObject({ host: "127.0.0.1", port: 3000, browserSessions: 2, defaultConcurrency: 8 })
    expect(Duration.toSeconds(settings.lease)).toBe(30)
    expect(settings.databaseUrl).toBeUndefined()
  })
)

it.effect("names the variable and the rule that a wrong value breaks, without the value", () =>
  Effect.gen(function* () {
    const wrong: ReadonlyArray<readonly [string, string, RegExp]> = [
      ["PORT", "99999", /^PORT must be a whole number from 0 to 65535\.$/u],
      ["PORT", "abc", /^PORT /u],
      ["HOST", "http://localhost", /^HOST must be a name or an address/u],
      ["HOST", "::g", /^HOST must be a name or an address/u],
      ["CALLBOARD_PUBLIC_URL", "jobs.example.com", /^CALLBOARD_PUBLIC_URL must be an http/u],
      ["CALLBOARD_JWT_SECRET", "too-short", /^CALLBOARD_JWT_SECRET must have at least 32/u],
      ["CALLBOARD_JWT_ORGANISATION_CLAIM", "user_metadata.org", /user_metadata/u],
      ["CALLBOARD_LEASE", "1 second", /^CALLBOARD_LEASE must be at least 15 seconds\.$/u],
      ["CALLBOARD_LEASE", "soon", /^CALLBOARD_LEASE /u],
      ["CALLBOARD_BROWSER_SESSIONS", "1.5", /^CALLBOARD_BROWSER_SESSIONS must be a whole number/u],
      ["DATABASE_URL", "mysql://user:hunter2@host/db", /^DATABASE_URL must be a postgres:\/\/ URL\.$/u],
      ["DATABASE_URL", "postgres://user:hunter2%@host/db", /^DATABASE_URL must have each % .* written as %25\.$/u],
      ["DATABASE_URL", "postgres://user:hunter2@host/a%b", /^DATABASE_URL must have each % .* written as %25\.$/u],
      ["CALLBOARD_DATA_DIR", " ", /^CALLBOARD_DATA_DIR must not be empty\.$/u],
      ["CALLBOARD_SECRET_KEY", "hunter2", /^CALLBOARD_SECRET_KEY must be 32 bytes/u],
      ["CALLBOARD_ROLE", "boss", /^CALLBOARD_ROLE must be all, web or worker\.$/u],
      [
        "CALLBOARD_WEBHOOK_PRIVATE_ADDRESSES",
        "10.0.0.0/99",
        /^CALLBOARD_WEBHOOK_PRIVATE_ADDRESSES must be all, or a list/u
      ],
      ["CALLBOARD_SMTP_URL", "http://user:hunter2@mail", /^CALLBOARD_SMTP_URL must be an smtp/u],
      ["CALLBOARD_SMTP_URL", "smtp://ops:hunter2%@mail", /^CALLBOARD_SMTP_URL must have %25 for each %/u],
      ["CALLBOARD_ARTIFACTS_URL", "s3://key:hunter2%@host/bucket", /^CALLBOARD_ARTIFACTS_URL must be like s3/u],
      ["CALLBOARD_ARTIFACTS_URL", "s3://key:hunter2@host/bucket/%FF", /^CALLBOARD_ARTIFACTS_URL must be like s3/u],
      ["OTEL_EXPORTER_OTLP_HEADERS", "x-key=hunter2%", /^OTEL_EXPORTER_OTLP_HEADERS must be pairs/u],
      ["OTEL_EXPORTER_OTLP_HEADERS", "x-key=hunter2%FF", /^OTEL_EXPORTER_OTLP_HEADERS must be pairs/u],
      ["OTEL_EXPORTER_OTLP_HEADERS", "hunter2", /^OTEL_EXPORTER_OTLP_HEADERS must be pairs/u],
      ["OTEL_RESOURCE_ATTRIBUTES", "team=100%", /^OTEL_RESOURCE_ATTRIBUTES must be pairs/u],
      ["CALLBOARD_MAIL_TO", "ops", /^CALLBOARD_MAIL_TO must be mail addresses/u],
      ["CALLBOARD_MAIL_FROM", "a@example.com\r\nBcc: b@example.com", /^CALLBOARD_MAIL_FROM /u],
      ["CALLBOARD_MAIL_EVERY", "5 seconds", /^CALLBOARD_MAIL_EVERY must be at least/u],
      ["CALLBOARD_PUBLIC_URL", "callboard.example.com", /^CALLBOARD_PUBLIC_URL must be/u],
      ["DATABASE_URL", "postgres://db/callboard?sslmode=no-verify", /^DATABASE_URL must have an sslmode of disable,/u],
      ["CALLBOARD_PUBLIC_URL", "https://x.example/sub/", /^CALLBOARD_PUBLIC_URL must have no path, query or fragment/u],
      ["LOG_LEVEL", "loud", /^LOG_LEVEL must be debug, info, warn or error\.$/u],
      ["CALLBOARD_RATE_LIMIT", " ", /^CALLBOARD_RATE_LIMIT must be a whole number/u],
      ["PORT", " ", /^PORT must be a whole number/u],
      ["PORT", "0x50", /^PORT must be a whole number/u],
      ["PORT", "8e1", /^PORT must be a whole number/u],
      ["CALLBOARD_DRAIN_DELAY", "-5 seconds", /^CALLBOARD_DRAIN_DELAY must be at least/u],
      ["CALLBOARD_DRAIN_DELAY", "6 minutes", /^CALLBOARD_DRAIN_DELAY must be at most 5 minutes\.$/u],
      ["CALLBOARD_LEASE", "Infinity", /^CALLBOARD_LEASE must be at most 24 days\.$/u],
      ["CALLBOARD_AI_TIMEOUT", "Infinity", /^CALLBOARD_AI_TIMEOUT must be at most 24 days\.$/u],
      ["CALLBOARD_RETENTION", "100000000 weeks", /^CALLBOARD_RETENTION must be at most 36500 days\.$/u],
      [
        "CALLBOARD_RETENTION",
        "30d",
        /^CALLBOARD_RETENTION must be a number with a unit, such as 30 seconds or 90 days/u
      ],
      ["CALLBOARD_RETENTION", "PT1H", /^CALLBOARD_RETENTION must be a number with a unit/u],
      ["CALLBOARD_PORTAL_URL", "ftp://x", /^CALLBOARD_PORTAL_URL must be an http/u],
      ["CALLBOARD_PORTAL_URL", "javascript:alert(1)", /^CALLBOARD_PORTAL_URL must be an http/u]
    ]
    for (const [variable, value, message] of wrong) {
      const error = yield* Effect.flip(readSettings({ [variable]: value }))

      expect(error.message).toMatch(message)
      expect(error.message).not.toContain("hunter2")
    }
  })
)

for (const { schema, standard, unit, variable } of settingsTable.filter((each) => each.unit === "duration")) {
  it.effect(`names the limits of ${variable} as they can be written there`, () =>
    Effect.gen(function* () {
      expect([unit, standard]).toEqual(["duration", expect.any(String)])
      for (const value of ["-1 seconds", "1000000 weeks"]) {
        const { message } = yield* Effect.flip(readSettings({ [variable]: value }))
        const limit = /^\S+ must be at (?:least|most) (.+)\.$/u.exec(message)?.[1]

        expect([limit, Result.isSuccess(Schema.decodeUnknownResult(schema)(limit))]).toEqual([limit, true])
      }
    })
  )
}

for (const role of ["web", "worker"]) {
  it.effect(`refuses the role ${role} without a database that can be shared`, () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(readSettings({ CALLBOARD_ROLE: role }))
      const { role: accepted } = yield* readSettings({ CALLBOARD_ROLE: role, DATABASE_URL: "postgres://localhost/db" })

      expect(error.message).toBe(
        `DATABASE_URL must be set with CALLBOARD_ROLE=${role}: the embedded database cannot be shared.`
      )
      expect(accepted as string).toBe(role)
    })
  )
}

it.effect("refuses a mail server without a sender or a reader", () =>
  Effect.gen(function* () {
    const mail = { CALLBOARD_SMTP_URL: "smtp://mail.example.com", CALLBOARD_MAIL_FROM: "cb@example.com" }

    const error = yield* Effect.flip(readSettings(mail))
    const settings = yield* readSettings({ ...mail, CALLBOARD_MAIL_TO: "Ops <ops@example.com>, team@example.com" })

    expect(error.message).toBe("CALLBOARD_MAIL_TO must be set with CALLBOARD_SMTP_URL.")
    expect(settings.mailTo).toBe("Ops <ops@example.com>, team@example.com")
  })
)

it.effect("accepts every example of its table", () =>
  Effect.gen(function* () {
    const examples = settingsTable.filter((each) => !each.example.startsWith("the output of"))
    const settings = yield* readSettings(Object.fromEntries(examples.map((each) => [each.variable, each.example])))

    expect(settings.browserSessions).toBe(4)
    expect(Redacted.isRedacted(settings.databaseUrl)).toBe(true)
  })
)
