/**
 * The practice portal: a small restaurant back office with real pages, forms, sessions and state, for the restaurant
 * scripts to practise on. Its faults can be switched on, and they, like everything else, survive a killed process.
 */
import { Hono } from "hono"
import { bodyLimit } from "hono/body-limit"
import controls from "./controls.css" with { type: "text" }
import type { Faults } from "./data/Faults.ts"
import { openDatabase } from "./data/PortalDatabase.ts"
import type { RequestLogEntry } from "./data/RequestLog.ts"
import { makeStores } from "./data/Stores.ts"
import { applyFaults, DROPPED_PATH, droppedConnection } from "./faultEffects.ts"
import { securityHeaders } from "./guards.ts"
import icon from "./icon.svg" with { type: "text" }
import type { Portal, PortalEnv } from "./PortalEnv.ts"
import { PageNotFound, PortalFailure } from "./pages/PortalFailure.tsx"
import styles from "./portal.css" with { type: "text" }
import { apiKeyRoutes, keyedRoutes } from "./routes/apiKeys.tsx"
import { dashboardRoutes, menuRoutes, tagRoutes } from "./routes/backOffice.tsx"
import { backstageRoutes } from "./routes/backstage.tsx"
import { goLiveRoutes, publicRoutes } from "./routes/goLive.tsx"
import { importRoutes } from "./routes/imports.tsx"
import { optionSetRoutes } from "./routes/optionSets.tsx"
import { paymentRoutes } from "./routes/payments.tsx"
import { providerRoutes } from "./routes/provider.tsx"
import { profileRoutes, registerRoutes } from "./routes/register.tsx"
import { serviceRoutes } from "./routes/services.tsx"
import { settingsRoutes } from "./routes/settings.tsx"
import { signInRoutes } from "./routes/signIn.tsx"
import { siteRoutes, websiteRoutes } from "./routes/website.tsx"
import setUp from "./setup.css" with { type: "text" }
import { identify, logRequests, requireSession } from "./visits.ts"

export interface PracticePortalOptions {
  /** The SQLite file, or `:memory:`. */
  readonly databasePath: string
  /** Where `app` is mounted, without a slash at the end. Default: `/practice`. */
  readonly basePath?: string
}

export interface PracticePortal {
  /** To be mounted at the base path: `server.route("/practice", portal.app)`. */
  readonly app: Hono
  /** What was asked of the restaurant's site, newest first; of all restaurants unless one is named. */
  readonly requests: (restaurant?: string) => ReadonlyArray<RequestLogEntry>
  readonly faults: Pick<Faults, "all" | "switchOn" | "switchOff" | "switchAllOff">
  /** Closes the database. Requests after that fail. */
  readonly close: () => void
}

const LARGEST_BODY_BYTES = 64 * 1024

/** Files that never change while the process runs. Imported, so that they travel inside the one-file program too. */
const fileRoutes = () => {
  const headers = (type: string) => ({ "Content-Type": type, "Cache-Control": "public, max-age=300" })
  const css = headers("text/css; charset=utf-8")
  return new Hono<PortalEnv>()
    .get("/portal.css", (c) => c.body(styles, 200, css))
    .get("/controls.css", (c) => c.body(controls, 200, css))
    .get("/setup.css", (c) => c.body(setUp, 200, css))
    .get("/icon.svg", (c) => c.body(icon, 200, headers("image/svg+xml")))
}

const makeApp = (portal: Portal) => {
  const { base } = portal
  return (
    new Hono<PortalEnv>()
      .onError((error, c) => {
        process.stderr.write(`practice portal: ${error.stack ?? error.message}\n`)
        return c.html(PortalFailure({ base }), 500)
      })
      .use(
        securityHeaders,
        bodyLimit({ maxSize: LARGEST_BODY_BYTES, onError: (c) => c.text("That is too much for a form.", 413) })
      )
      .route("/", fileRoutes())
      .route("/", backstageRoutes(portal))
      .get(DROPPED_PATH, droppedConnection)
      .use(identify(portal), logRequests(portal), applyFaults(portal))
      .route("/", signInRoutes(portal))
      .route("/", providerRoutes(portal))
      .route("/", publicRoutes(portal))
      .route("/", keyedRoutes(portal))
      .route("/", registerRoutes(portal))
      .route("/", siteRoutes(portal))
      .use(requireSession(portal))
      .get("/", (c) => c.redirect(`${base}/dashboard`, 303))
      .route("/", dashboardRoutes(portal))
      .route("/", profileRoutes(portal))
      .route("/", menuRoutes(portal))
      .route("/", tagRoutes(portal))
      .route("/", serviceRoutes(portal))
      .route("/", settingsRoutes(portal))
      .route("/", paymentRoutes(portal))
      .route("/", apiKeyRoutes(portal))
      .route("/", goLiveRoutes(portal))
      .route("/", optionSetRoutes(portal))
      .route("/", importRoutes(portal))
      .route("/", websiteRoutes(portal))
      // Mounted apps have no `notFound` of their own, and a slash at the end of the base path is no route.
      .all("*", (c) =>
        c.get("path") === "/"
          ? c.redirect(`${base}/dashboard`, 303)
          : c.html(PageNotFound({ base, restaurant: c.get("restaurant") }), 404)
      )
  )
}

export const makePracticePortal = (options: PracticePortalOptions): PracticePortal => {
  const database = openDatabase(options.databasePath)
  const portal: Portal = {
    base: options.basePath ?? "/practice",
    ...makeStores(database)
  }
  return {
    app: new Hono().route("/", makeApp(portal)),
    requests: portal.log.entries,
    faults: portal.faults,
    close: () => database.close()
  }
}
