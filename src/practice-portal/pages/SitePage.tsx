/** The website as guests see it, or its draft. */
import { html } from "hono/html"
import type { Item } from "../data/Menus.ts"
import { formatPrice } from "../data/prices.ts"
import type { SiteDesign } from "../data/Websites.ts"

interface SitePageProps {
  readonly restaurant: string
  readonly design: SiteDesign
  readonly items: ReadonlyArray<Item>
  /** Address of the stylesheet that `siteStyle` gives. */
  readonly stylePath: string
  readonly isDraft: boolean
}

export const SitePage = ({ design, isDraft, items, restaurant, stylePath }: SitePageProps) =>
  html`<!doctype html>${(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{`${design.headline} · ${restaurant} (practice site)`}</title>
        <link rel="stylesheet" href={stylePath} />
      </head>
      <body>
        <header>
          <p>
            {restaurant} <span>{isDraft ? "Draft" : "Practice site: nothing here is real"}</span>
          </p>
          <h1>{design.headline}</h1>
          <p class="welcome">{design.welcome}</p>
        </header>
        <main>
          {[...Map.groupBy(items, (item) => item.category)].map(([category, ofCategory]) => (
            <section>
              <h2>{category}</h2>
              <dl>
                {ofCategory.map((item) => (
                  <>
                    <dt>
                      {item.name} <span>{formatPrice(item.priceCents)}</span>
                    </dt>
                    <dd>{item.description}</dd>
                  </>
                ))}
              </dl>
            </section>
          ))}
        </main>
      </body>
    </html>
  )}`

const channel = (colour: string, place: number): number => {
  const value = Number.parseInt(colour.slice(1 + 2 * place, 3 + 2 * place), 16) / 255
  return value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

/** WCAG's relative luminance decides whether black or white reads better on the colour: they part at about 0.18. */
const inkOn = (colour: string): string =>
  0.2126 * channel(colour, 0) + 0.7152 * channel(colour, 1) + 0.0722 * channel(colour, 2) > 0.179 ? "#000" : "#fff"

const grounds = { light: "background: #fffdf8; color: #221d1a;", dark: "background: #171412; color: #f1ebe4;" }

/** A stylesheet of its own, because the portal allows no inline styles. */
export const siteStyle = ({ accent, theme }: SiteDesign): string => `
:root { color-scheme: ${theme}; }
body { margin: 0; ${grounds[theme]} font: 1rem / 1.5 system-ui, sans-serif; }
header { padding: 2rem clamp(1rem, 6vw, 4rem); background: ${accent}; color: ${inkOn(accent)}; }
header p { margin: 0; }
.welcome { max-width: 40rem; white-space: pre-line; }
h1, h2 { font-family: Georgia, serif; line-height: 1.25; overflow-wrap: anywhere; }
main { max-width: 44rem; padding: 1rem clamp(1rem, 6vw, 4rem); }
h2 { border-bottom: 2px solid ${accent}; }
dt { display: flex; justify-content: space-between; gap: 1rem; font-weight: 600; }
dd { margin: 0 0 0.75rem; }
`
