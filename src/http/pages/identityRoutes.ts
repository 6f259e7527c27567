/** Sign-in, keys and audit: the pages that tell who may use the others. */
import { Hono } from "hono"
import { FailedTries } from "../FailedTries.ts"
import { auditRoutes } from "./auditRoutes.tsx"
import { renderErrorPage } from "./errorPage.tsx"
import type { Identity } from "./Identity.ts"
import { keysRoutes } from "./keysRoutes.tsx"
import { guard } from "./needs.ts"
import { signInRoutes } from "./signInRoutes.tsx"

export const identityRoutes = ({ tries = new FailedTries(), ...rest }: Omit<Identity, "tries"> & Partial<Identity>) => {
  const identity: Identity = { tries, ...rest }
  const pages = new Hono().use(guard(renderErrorPage(identity.info))).route("/", signInRoutes(identity))
  return (identity.facts === undefined ? pages : pages.use(identity.facts))
    .route("/", keysRoutes(identity))
    .route("/", auditRoutes(identity))
}
