/** The frame of every page of the practice site. */
import { html } from "hono/html"
import type { Child } from "hono/jsx"

interface LayoutProps {
  readonly base: string
  readonly title: string
  /** Signed in to this restaurant: shows its navigation. */
  readonly restaurant?: string | undefined
  readonly children?: Child
}

const pages = [
  ["/dashboard", "Dashboard"],
  ["/profile", "Restaurant"],
  ["/menu", "Menu"],
  ["/tags", "Tags"],
  ["/options", "Options"],
  ["/import", "Import"],
  ["/website", "Website"],
  ["/services", "Services"],
  ["/settings", "Settings"],
  ["/payments", "Payments"],
  ["/api-keys", "API keys"],
  ["/go-live", "Go live"]
] as const

const Navigation = ({ base, restaurant, title }: { base: string; restaurant: string; title: string }) => (
  <nav aria-label="Back office">
    <ul>
      {pages.map(([path, label]) => (
        <li>
          <a href={`${base}${path}`} aria-current={title === label ? "page" : undefined}>
            {label}
          </a>
        </li>
      ))}
    </ul>
    <form method="post" action={`${base}/sign-out`}>
      <span class="who">{restaurant}</span>{" "}
      <button type="submit" class="quiet">
        Sign out
      </button>
    </form>
  </nav>
)

const Footer = ({ base, restaurant }: { base: string; restaurant: string | undefined }) => {
  const query = restaurant === undefined ? "" : `?restaurant=${restaurant}`
  return (
    <footer>
      Backstage: <a href={`${base}/faults${query}`}>Faults</a> <a href={`${base}/requests${query}`}>Requests</a>{" "}
      <a href={`${base}/phone${query}`}>Phone</a>
    </footer>
  )
}

export const Layout = ({ base, children, restaurant, title }: LayoutProps) =>
  html`<!doctype html>${(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Backoffice (practice site)`}</title>
        <link rel="stylesheet" href={`${base}/portal.css`} />
        <link rel="stylesheet" href={`${base}/controls.css`} />
        <link rel="stylesheet" href={`${base}/setup.css`} />
        <link rel="icon" href={`${base}/icon.svg`} type="image/svg+xml" />
      </head>
      <body>
        <header>
          <p class="brand">
            <a href={`${base}/`}>Backoffice</a>
          </p>
          <p class="practice">Practice site: nothing here is real</p>
        </header>
        {restaurant === undefined ? null : <Navigation base={base} restaurant={restaurant} title={title} />}
        <main>
          <h1>{title}</h1>
          {children}
        </main>
        <Footer base={base} restaurant={restaurant} />
      </body>
    </html>
  )}`

/** Something that went well. */
export const Notice = ({ children }: { children?: Child }) => (
  <p class="notice" role="status">
    {children}
  </p>
)

/** Something the person has to put right. */
export const Problem = ({ children }: { children?: Child }) => (
  <p class="problem" role="alert">
    {children}
  </p>
)
