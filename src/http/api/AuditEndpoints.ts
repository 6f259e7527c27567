/** The endpoint of the audit trail. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { AuditAction, AuditEntry } from "../../domain/AuditLog.ts"
import { StorableText } from "../../domain/Storable.ts"
import { Needs } from "./Access.ts"
import { describedTime } from "./describedTime.ts"
import { InvalidCursorProblem, ServiceUnavailable } from "./problems.ts"
import { RequestRules } from "./rules.ts"

const text = (description: string) =>
  Schema.optionalKey(StorableText.check(Schema.isMaxLength(200))).annotateKey({ description })

const list = HttpApiEndpoint.get("audit", "/api/audit", {
  query: {
    who: text("Part of a name, or a whole subject: the id of a key, or the `sub` of a token."),
    what: Schema.optionalKey(AuditAction).annotateKey({ description: "What was done." }),
    target: text("The id or name of the thing it was done to."),
    since: describedTime("Not before this ISO 8601 time."),
    limit: Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 200 }))).annotateKey({
      description: "Entries per page, 1 to 200. Default: 50."
    }),
    cursor: text("The nextCursor of the page before.")
  },
  success: Schema.Struct({ data: Schema.Array(AuditEntry), nextCursor: Schema.optionalKey(Schema.String) }),
  error: [InvalidCursorProblem, ServiceUnavailable]
})
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Read the audit trail",
      description: "What people and programs of your organisation did, newest first. It holds no secrets and no inputs."
    })
  )

export const AuditEndpoints = HttpApiGroup.make("audit")
  .add(list)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "Audit trail", description: "Who did what, and when." }))
