/** What every page is set in: navigation, search, live switch, live regions, footer. */
import type { Child } from "hono/jsx"
import { type Caller, localCaller } from "../domain/Caller.ts"
import { Account } from "./components/Account.tsx"
import { AssetContext, type AssetUrls } from "./components/AssetUrls.ts"
import { Icon } from "./components/Icon.tsx"
import { Permitted } from "./components/Permitted.tsx"
import { PersonContext } from "./components/PersonContext.ts"
import { type Theme, ThemeForm } from "./components/ThemeForm.tsx"

export interface FrameProps {
  readonly title: string
  readonly assets: AssetUrls
  readonly theme: Theme
  /** Path and query of the page, to come back to after a change of settings. */
  readonly here: string
  /** Nobody has to sign in, because only this computer can reach the board. */
  readonly localOnly: boolean
  /** For whom it is; null for those who are not signed in. Default: this computer. */
  readonly person?: Caller | null
  /** The page has a stream of changes. */
  readonly live?: boolean
  /** What was searched for. */
  readonly q?: string
  readonly children?: Child
}

const HTMX_CONFIG = JSON.stringify({
  noSwap: [204, 304, "4xx", "5xx"],
  extensions: "sse",
  morphIgnore: ["data-htmx-powered", "open", "data-keep-"]
})

const pages = [
  { href: "/jobs", label: "Jobs", isHere: (path: string) => path.startsWith("/jobs") && !path.startsWith("/jobs/new") },
  { href: "/jobs/new", label: "Start a job", needs: "create", isHere: (path: string) => path.startsWith("/jobs/new") },
  { href: "/help", label: "Help", isHere: (path: string) => path.startsWith("/help") }
] as const

const Header = ({ here, live, q, localOnly }: Pick<FrameProps, "here" | "live" | "q" | "localOnly">) => (
  <header class="top">
    <div class="top-inner">
      <a class="brand" href="/jobs">
        <Icon name="mark" />
        Callboard
      </a>
      <nav class="nav" aria-label="Main">
        {pages.map(({ href, label, isHere, ...page }) => (
          <Permitted to={"needs" in page ? page.needs : "read"}>
            <a href={href} aria-current={isHere(here) ? "page" : undefined}>
              {label}
            </a>
          </Permitted>
        ))}
      </nav>
      <search>
        <form class="search" action="/search">
          <Icon name="search" />
          <input type="search" name="q" value={q} aria-label="Search" placeholder="Job id, restaurant, text…" />
        </form>
      </search>
      {live && (
        <button type="button" id="live" class="live js-only" data-state="connecting" aria-pressed="false">
          <span class="live-dot" />
          <span id="live-text">Connecting…</span>
        </button>
      )}
    </div>
    {localOnly && (
      <p class="banner">
        <Icon name="lock" />
        <span>This board has no sign-in; it listens on this computer only.</span>
      </p>
    )}
  </header>
)

const ConfirmDialog = () => (
  <dialog id="confirm" aria-labelledby="confirm-text">
    <form method="dialog">
      <p id="confirm-text" />
      <div class="buttons">
        <button type="submit" class="button" value="no" autofocus>
          Keep
        </button>
        <button type="submit" class="button button-danger" value="yes">
          Continue
        </button>
      </div>
    </form>
  </dialog>
)

/** Before the sign-in there is nothing to lead to. */
const HeaderForNobody = () => (
  <header class="top">
    <div class="top-inner">
      <span class="brand">
        <Icon name="mark" />
        Callboard
      </span>
    </div>
  </header>
)

export const Frame = (props: FrameProps) => {
  const { title, assets, theme, here, localOnly, live, person = localCaller, q, children } = props
  return (
    <AssetContext.Provider value={assets}>
      <PersonContext.Provider value={person ?? undefined}>
        <html lang="en" data-theme={theme}>
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <meta name="htmx-config" content={HTMX_CONFIG} />
            <title>{`${title} · Callboard`}</title>
            <link rel="icon" type="image/svg+xml" href={assets.favicon} />
            <link rel="stylesheet" href={assets.style} />
            <script src={assets.script} defer />
          </head>
          <body>
            <a class="skip" href="#main">
              Skip to content
            </a>
            {person === null ? (
              <HeaderForNobody />
            ) : (
              <Header here={here} live={live ?? false} q={q ?? ""} localOnly={localOnly} />
            )}
            <main id="main" tabindex={-1}>
              {children}
            </main>
            <footer class="foot">
              {person === null ? <span>Callboard</span> : <Account person={person} />}
              <noscript>Live updates are off: reload to see changes.</noscript>
              {person !== null && <ThemeForm theme={theme} here={here} />}
            </footer>
            <div class="toasts">
              <div id="toasts-status" role="status" />
              <div id="toasts-alert" role="alert" />
            </div>
            <ConfirmDialog />
          </body>
        </html>
      </PersonContext.Provider>
    </AssetContext.Provider>
  )
}
