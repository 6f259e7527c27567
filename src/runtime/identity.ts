import { Layer } from "effect"
import * as JwtTokens from "./JwtTokens.ts"
import { auditedKeys } from "./postgres/auditing.ts"
import * as PgApiKeys from "./postgres/PgApiKeys.ts"
import * as PgBoardSessions from "./postgres/PgBoardSessions.ts"
import type { Settings } from "./Settings.ts"

const ofTokens = (settings: Settings): JwtTokens.JwtOptions => ({
  secret: settings.jwtSecret,
  jwksUrl: settings.jwksUrl,
  issuer: settings.jwtIssuer,
  audience: settings.jwtAudience,
  organisationClaim: settings.jwtOrganisationClaim
})

/** Who may call, who is signed in, and what they did. */
export const identity = (settings: Settings) =>
  Layer.mergeAll(
    Layer.provide(auditedKeys, PgApiKeys.layer),
    PgBoardSessions.layer(JwtTokens.tokenBinding(ofTokens(settings))),
    JwtTokens.layer(ofTokens(settings))
  )
