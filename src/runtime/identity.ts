import { Layer } from "effect"
import * as JwtTokens from "./JwtTokens.ts"
import { auditedKeys } from "./postgres/auditing.ts"
import * as PgApiKeys from "./postgres/PgApiKeys.ts"
import * as PgBoardSessions from "./postgres/PgBoardSessions.ts"
import type { Settings } from "./Settings.ts"

/** Who may call, who is signed in, and what they did. */
export const identity = (settings: Settings) =>
  Layer.mergeAll(
    Layer.provide(auditedKeys, PgApiKeys.layer),
    PgBoardSessions.layer,
    JwtTokens.layer({
      secret: settings.jwtSecret,
      jwksUrl: settings.jwksUrl,
      issuer: settings.jwtIssuer,
      audience: settings.jwtAudience,
      organisationClaim: settings.jwtOrganisationClaim
    })
  )
