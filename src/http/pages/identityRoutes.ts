/** Sign-in, keys and audit: the pages that tell who may use the others. */
import { Hono, type MiddlewareHandler } from "hono"
import { FailedTries } from "../FailedTries.ts"
import { auditRoutes } from "./auditRoutes.tsx"
import { renderErrorPage } from "./errorPage.tsx"
import type { Identity } from "./Identity.ts"
import { keysRoutes } from "./keysRoutes.tsx"
import { guard } from "./needs.ts"
import { refuseOthersPages } from "./refuseOthersPages.tsx"
import { refuseSentForms } from "./refuseSentForms.tsx"
import { signInRoutes } from "./signInRoutes.tsx"

export interface IdentityOptions extends Omit<Identity, "tries">, Partial<Pick<Identity, "tries">> {
  /** Loads what the top of every page says. Default: nothing is said. */
  readonly facts?: MiddlewareHandler
}

const pass: MiddlewareHandler = (_, next) => next()

/** The board is mounted behind these pages and loads its own facts, so what is loaded here is for these pages alone. */
export const identityRoutes = ({ facts = pass, tries = new FailedTries(), ...rest }: IdentityOptions) => {
  const identity: Identity = { tries, ...rest }
  return new Hono()
    .use(guard(renderErrorPage(identity.info)))
    .use("/sign-out", refuseOthersPages(identity.info))
    .route("/", signInRoutes(identity))
    .use("/keys/*", facts, refuseOthersPages(identity.info), refuseSentForms(identity.info))
    .use("/audit/*", facts)
    .route("/", keysRoutes(identity))
    .route("/", auditRoutes(identity))
}
