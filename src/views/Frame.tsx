/** What every page is set in: navigation, search, live switch, live regions, footer. */
import type { Child } from "hono/jsx"
import { type BoardSettings, defaultSettings, settingNames } from "./BoardSettings.ts"
import { AssetContext, type AssetUrls } from "./components/AssetUrls.ts"
import { Icon } from "./components/Icon.tsx"
import { type Theme, ThemeForm } from "./components/ThemeForm.tsx"

export interface FrameProps {
  readonly title: string
  readonly assets: AssetUrls
  readonly theme: Theme
  readonly settings?: BoardSettings
  /** Path and query of the page, to come back to after a change of settings. */
  readonly here: string
  /** Nobody has to sign in, because only this computer can reach the board. */
  readonly localOnly: boolean
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
  { href: "/jobs/new", label: "Start a job", isHere: (path: string) => path.startsWith("/jobs/new") },
  { href: "/help", label: "Help", isHere: (path: string) => path.startsWith("/help") }
]

const Header = ({ here, live, q, localOnly }: Pick<FrameProps, "here" | "live" | "q" | "localOnly">) => (
  <header class="top">
    <div class="top-inner">
      <a class="brand" href="/jobs">
        <Icon name="mark" />
        Callboard
      </a>
      <nav class="nav" aria-label="Main">
        {pages.map(({ href, label, isHere }) => (
          <a href={href} aria-current={isHere(here) ? "page" : undefined}>
            {label}
          </a>
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

/** Only what differs from what nobody has to choose. */
const settingAttributes = (settings: BoardSettings) =>
  Object.fromEntries(
    settingNames
      .filter((name) => settings[name] !== defaultSettings[name])
      .map((name) => [`data-${name}`, settings[name]])
  )

export const Frame = ({ title, assets, theme, settings, here, localOnly, live, q, children }: FrameProps) => (
  <AssetContext.Provider value={assets}>
    <html lang="en" data-theme={theme} {...settingAttributes(settings ?? defaultSettings)}>
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
        <Header here={here} live={live ?? false} q={q ?? ""} localOnly={localOnly} />
        <main id="main" tabindex={-1}>
          {children}
        </main>
        <footer class="foot">
          <span>Callboard</span>
          <noscript>Live updates are off: reload to see changes.</noscript>
          <a href="/settings">Settings</a>
          <ThemeForm theme={theme} here={here} />
        </footer>
        <div class="toasts">
          <div id="toasts-status" role="status" />
          <div id="toasts-alert" role="alert" />
        </div>
        <ConfirmDialog />
      </body>
    </html>
  </AssetContext.Provider>
)
