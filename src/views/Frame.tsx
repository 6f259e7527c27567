/** What every page is set in: navigation, search, live switch, live regions, footer. */
import type { Child } from "hono/jsx"
import { type Caller, localCaller } from "../domain/Caller.ts"
import { type BoardSettings, defaultSettings, settingNames } from "./BoardSettings.ts"
import { Account } from "./components/Account.tsx"
import { AssetContext, type AssetUrls } from "./components/AssetUrls.ts"
import { Icon } from "./components/Icon.tsx"
import { PersonContext } from "./components/PersonContext.ts"
import { AwayContext } from "./components/SubmitButton.tsx"
import { type Theme, ThemeForm } from "./components/ThemeForm.tsx"
import { BoardBanner, FailuresCount, type FrameFacts, InboxCount, tabTitle } from "./FrameFacts.tsx"

export interface FrameProps {
  readonly title: string
  readonly assets: AssetUrls
  readonly theme: Theme
  readonly settings?: BoardSettings
  /** Path and query of the page, to come back to after a change of settings. */
  readonly here: string
  /** Nobody has to sign in, because only this computer can reach the board. */
  readonly localOnly: boolean
  /** For whom it is; null for those who are not signed in. Default: this computer. */
  readonly person?: Caller | null
  /** What says for whom it is made; absent where nobody signs in. */
  readonly reader?: string | undefined
  /** The page has a stream of changes. */
  readonly live?: boolean
  /** What was searched for. */
  readonly q?: string
  /** The page loads itself again, for those whose browser runs no script. */
  readonly refreshes?: boolean
  /** Absent while nobody knows: then nothing is said. */
  readonly facts?: FrameFacts | undefined
  /** When the page is made; scripts reckon from it where the reader's clock is wrong. */
  readonly nowMs: number
  readonly children?: Child
}

const HTMX_CONFIG = JSON.stringify({
  noSwap: [204, 304, "4xx", "5xx"],
  extensions: "sse",
  morphIgnore: ["data-htmx-powered", "open", "data-keep-"],
  // A live update would switch the button on again whose request is still under way. These forms have ids, so that none
  // of them stands for another one.
  morphSkip: "[hx-morph-skip],#job-actions .htmx-request"
})

interface NavPage {
  readonly href: string
  readonly label: string
  /** What follows the label. */
  readonly Count?: (props: { readonly facts: FrameFacts | undefined }) => Child
}

const pages: ReadonlyArray<NavPage> = [
  { href: "/", label: "Now" },
  { href: "/inbox", label: "Inbox", Count: InboxCount },
  { href: "/jobs", label: "Jobs" },
  { href: "/restaurants", label: "Restaurants" },
  { href: "/failures", label: "Failures", Count: FailuresCount },
  { href: "/types", label: "Types" },
  { href: "/fleet", label: "Fleet" },
  { href: "/schedules", label: "Schedules" }
]

/** Pages that people need now and then. */
const morePages: ReadonlyArray<NavPage> = [
  { href: "/settings", label: "Settings" },
  { href: "/help", label: "Help" }
]

const isHere = (href: string, here: string): boolean => {
  const path = here.split(/[?#]/u)[0] ?? ""
  return path === href || (href !== "/" && path.startsWith(`${href}/`))
}

const NavLinks = ({ facts, here, links }: Pick<FrameProps, "facts" | "here"> & { links: typeof pages }) => (
  <>
    {links.map(({ href, label, Count }) => (
      <a href={href} aria-current={isHere(href, here) ? "page" : undefined}>
        {label}
        {Count !== undefined && <Count facts={facts} />}
      </a>
    ))}
  </>
)

type HeaderProps = Pick<FrameProps, "here" | "live" | "q" | "localOnly" | "facts">

const Header = ({ facts, here, live, q, localOnly }: HeaderProps) => (
  <header class="top">
    <div class="top-inner">
      <a class="brand" href="/">
        <Icon name="mark" />
        Callboard
      </a>
      <nav class="nav" aria-label="Main">
        <NavLinks links={pages} here={here} facts={facts} />
      </nav>
      <search>
        <form class="search" action="/search">
          <Icon name="search" />
          <input type="search" name="q" id="search" value={q} aria-label="Search" placeholder="Id, restaurant, text…" />
        </form>
      </search>
      {live && (
        <button type="button" id="live" class="live js-only" data-state="connecting">
          <span class="live-dot" />
          <span id="live-text">Connecting…</span>
        </button>
      )}
    </div>
    <BoardBanner facts={facts} />
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

/** Only what differs from what nobody has to choose. */
const settingAttributes = (settings: BoardSettings) =>
  Object.fromEntries(
    settingNames
      .filter((name) => settings[name] !== defaultSettings[name])
      .map((name) => [`data-${name}`, settings[name]])
  )

/** Often enough to follow a job, and rarely enough to read a page. */
const REFRESH_SECONDS = 30

const refreshing = (here: string): string => `${here}${here.includes("?") ? "&" : "?"}refresh=yes`

/** Without a script a page stays as it is, unless its reader wants it to be loaded again now and then. */
const WithoutScript = ({ here, refreshes }: Pick<FrameProps, "here" | "refreshes">) => (
  <noscript>
    {refreshes ? (
      `This page is loaded again every ${REFRESH_SECONDS} seconds.`
    ) : (
      <>
        Live updates are off. <a href={refreshing(here)}>Load this page every {REFRESH_SECONDS} seconds</a>
      </>
    )}
  </noscript>
)

type FooterProps = Pick<FrameProps, "facts" | "here" | "refreshes" | "theme"> & { readonly person: Caller | null }

const Footer = ({ facts, here, person, refreshes, theme }: FooterProps) => (
  <footer class="foot">
    {person === null ? <span>Callboard</span> : <Account person={person} />}
    {person !== null && (
      <nav class="foot-nav" aria-label="More">
        <NavLinks links={morePages} here={here} facts={facts} />
      </nav>
    )}
    <WithoutScript here={here} refreshes={refreshes ?? false} />
    {person !== null && <ThemeForm theme={theme} here={here} />}
  </footer>
)

export const Frame = (props: FrameProps) => {
  const { title, assets, theme, settings, here, localOnly, live, person = localCaller } = props
  const { q, facts, nowMs, reader, refreshes = false, children } = props
  return (
    <AssetContext.Provider value={assets}>
      <PersonContext.Provider value={person ?? undefined}>
        <html
          lang="en"
          data-theme={theme}
          data-now={String(nowMs)}
          data-reader={reader}
          {...settingAttributes(settings ?? defaultSettings)}
        >
          <head>
            <meta charset="utf-8" />
            <meta name="viewport" content="width=device-width, initial-scale=1" />
            <meta name="color-scheme" content="light dark" />
            <meta name="htmx-config" content={HTMX_CONFIG} />
            {refreshes && (
              <noscript>
                <meta http-equiv="refresh" content={String(REFRESH_SECONDS)} />
              </noscript>
            )}
            <title>{tabTitle(title, facts)}</title>
            <link rel="icon" type="image/svg+xml" href={assets.favicon} />
            <link rel="stylesheet" href={assets.style} />
            <script src={assets.script} defer />
          </head>
          <body
            {...(reader !== undefined && { "hx-headers:inherited": JSON.stringify({ "Callboard-Reader": reader }) })}
          >
            <a class="skip" href="#main">
              Skip to content
            </a>
            {person === null ? (
              <HeaderForNobody />
            ) : (
              <Header here={here} live={live ?? false} q={q ?? ""} localOnly={localOnly} facts={facts} />
            )}
            <div id="new-version" />
            <main id="main" tabindex={-1}>
              <AwayContext.Provider value={facts?.readAt !== undefined}>{children}</AwayContext.Provider>
            </main>
            <Footer person={person} here={here} theme={theme} facts={facts} refreshes={refreshes} />
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
