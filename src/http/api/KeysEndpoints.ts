/** The endpoints of API keys. */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { ApiKey, KeyName } from "../../domain/ApiKeys.ts"
import { Role } from "../../domain/Caller.ts"
import { Needs } from "./Access.ts"
import { describedTime } from "./describedTime.ts"
import { data, withExample } from "./endpointParts.ts"
import { Forbidden, KeyNotFoundProblem } from "./identityProblems.ts"
import { ServiceUnavailable, ValidationFailed } from "./problems.ts"
import { BodyRules, NoBodyRules, RequestRules } from "./rules.ts"

const CreateKey = Schema.Struct({
  name: KeyName.annotateKey({ description: "Who or what will use it. People see it wherever the key did something." }),
  role: Role.annotateKey({
    description:
      "viewer reads; member also creates jobs; operator also cancels, retries, answers and removes; admin also has " +
      "keys, schedules, lanes and clean-up; service acts for every organisation, and only services may make one."
  }),
  expiresAt: describedTime("From then on the key is refused. Default: never.")
}).annotate({ identifier: "CreateKey" })

const create = HttpApiEndpoint.post("createKey", "/api/keys", {
  payload: CreateKey,
  success: data(
    Schema.Struct({
      ...ApiKey.fields,
      secret: Schema.String.annotateKey({ description: "The key itself. It is never shown again." })
    }).annotate({ identifier: "CreatedApiKey" })
  ).pipe(HttpApiSchema.status(201)),
  error: [ValidationFailed, Forbidden, ServiceUnavailable]
})
  .middleware(BodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Create an API key",
      description: "For your own organisation. The answer is the only time that the key is shown.",
      transform: withExample({ name: "Front end of the restaurant portal", role: "member" })
    })
  )

const list = HttpApiEndpoint.get("keys", "/api/keys", {
  success: data(Schema.Array(ApiKey)),
  error: ServiceUnavailable
})
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "List API keys",
      description:
        "Those of your organisation that work, newest first, then those that were revoked or have expired; at most 500 in all. " +
        "`lastUsedAt` may be a minute old."
    })
  )

const revoke = HttpApiEndpoint.delete("revokeKey", "/api/keys/:id", {
  params: { id: Schema.String.annotateKey({ description: "The `id` of the key, not the key itself." }) },
  success: data(ApiKey),
  error: [KeyNotFoundProblem, ServiceUnavailable]
})
  .middleware(NoBodyRules)
  .annotate(Needs, "administer")
  .annotateMerge(
    OpenApi.annotations({
      summary: "Revoke an API key",
      description:
        "It is refused within seconds, and who is signed in with it is signed out. Revoking again changes nothing."
    })
  )

export const KeysEndpoints = HttpApiGroup.make("keys")
  .add(create, list, revoke)
  .middleware(RequestRules)
  .annotateMerge(OpenApi.annotations({ title: "API keys", description: "Who may call, and in which role." }))
